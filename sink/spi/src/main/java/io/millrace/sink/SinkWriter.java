package io.millrace.sink;

import io.millrace.model.RowKind;
import io.millrace.model.RowWriter;

/**
 * Takes rows. Used by one thread. Its life:
 *
 * <ol>
 *   <li>{@link #next} says which record the following row comes from;
 *   <li>the row is pushed into {@link #rows()}; one that fails half-way is abandoned there, and one
 *       that this sink cannot take is refused by {@link RowRefusedException} from {@code endRow()}:
 *       either leaves no trace;
 *   <li>at each checkpoint, {@link StagedWriter#stage} or {@link KeyedWriter#flush};
 *   <li>{@code close()}: rows that no checkpoint has are given up. A writer that crashes is not
 *       closed, or is closed after its successor has opened; neither may harm what is staged.
 * </ol>
 */
public interface SinkWriter extends AutoCloseable {
  /** The same object for the writer's life. */
  RowWriter rows();

  /** A DELETE row carries its key columns only. */
  void next(int partition, long offset, RowKind kind);
}
