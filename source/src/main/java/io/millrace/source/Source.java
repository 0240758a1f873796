package io.millrace.source;

import java.util.List;

/**
 * A system that changes come from. SOURCE_FAILED from every method where it refuses or cannot be
 * reached. Used by one thread at a time.
 */
public interface Source {
  /** The tables that the options name, looked up anew. NOT_FOUND where there are none. */
  List<SourceTable> tables();

  /**
   * Follows the system from the position that the writer holds, until the thread is interrupted;
   * throws where it cannot go on. What was not committed then is read again by the next run.
   */
  void run(SourceRun run) throws InterruptedException;

  /**
   * Takes away what it has made in the system it reads, before it is dropped or begun anew. Nothing
   * to do where that is gone already.
   */
  void forget();
}
