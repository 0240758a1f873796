package io.millrace.flow;

import io.millrace.model.Column;
import java.time.Duration;
import java.util.List;

/**
 * The changes of a running query, one after the other. The life of a cursor: {@link #next} until
 * the reader has enough or the cursor is {@link #finished}, then {@link #close}. One thread reads;
 * any thread may close.
 */
public interface ChangeCursor extends AutoCloseable {
  List<Column> columns();

  /**
   * Moves to the next change and returns true; false where none came within {@code timeout}, or
   * none will come. Never waits longer. Throws QUERY_FAILED where the query stopped.
   */
  boolean next(Duration timeout);

  /**
   * What happened to the current row: {@code '+'} it came, {@code '-'} it went, {@code 'u'} it is
   * the row before an update, {@code 'U'} the row after.
   */
  char op();

  /** The value of a column of the current row, as a plain Java object; null for NULL. */
  Object value(int column);

  /** Whether the query has ended and every change was read. */
  boolean finished();

  /**
   * The rows that the answer lacks, of a cursor that is finished or closed. May wait for the job to
   * end; throws QUERY_FAILED or TIMED_OUT where it cannot be told.
   */
  LeftOut leftOut();

  /** Ends the query's job. */
  @Override
  void close();
}
