package io.millrace.sink;

import io.millrace.model.RowKind;
import io.millrace.model.RowWriter;

/**
 * Takes rows; used by one thread. Before each row, {@link #next} says which record it comes from;
 * then the row is pushed into {@link #rows()}. A row that this sink cannot take is refused by
 * {@link RowRefusedException} from {@code endRow()}: that row alone leaves no trace.
 */
public interface SinkWriter extends AutoCloseable {
  /** The same object for the writer's life. */
  RowWriter rows();

  /** A DELETE row carries its key columns only. */
  void next(int partition, long offset, RowKind kind);
}
