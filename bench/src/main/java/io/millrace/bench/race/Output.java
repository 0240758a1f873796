package io.millrace.bench.race;

import java.io.IOException;

/** The rows that one engine has committed. Used by one thread. */
public interface Output extends AutoCloseable {
  /** How far it is committed; at least the number of rows, and it never falls. */
  long committed() throws IOException;

  /** Adds the rows that have been committed since last asked, as the lines that they were. */
  void read(LineDigest digest) throws IOException;

  @Override
  void close() throws IOException;
}
