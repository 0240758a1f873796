package io.millrace.flow.topic;

import io.millrace.model.Positions;
import java.io.Serializable;

/** Where a reader of a topic begins when it restores no checkpoint. */
public sealed interface Start extends Serializable {
  /** The oldest record that the topic still holds. */
  Start EARLIEST = new Earliest();

  /** The first record committed after the reader starts. */
  Start LATEST = new Latest();

  /** See {@link #EARLIEST}. */
  record Earliest() implements Start {}

  /** See {@link #LATEST}. */
  record Latest() implements Start {}

  /**
   * The records at these offsets; partitions that are not named begin at their oldest record. An
   * offset that retention has passed stops the reader with DATA_EXPIRED.
   */
  record At(Positions positions) implements Start {}

  /**
   * Positions outside of what the topic held at one moment, also restored ones, become the first
   * offset it held then: what lay between is given up. What retention removes later still stops the
   * reader.
   */
  record Skipping(Start otherwise, Positions first, Positions end) implements Start {
    /** Where to go on instead of {@code offset}. */
    public long position(int partition, long offset) {
      long from = first.offsets().getOrDefault(partition, 0L);
      return offset < from || offset > end.offsets().getOrDefault(partition, Long.MAX_VALUE)
          ? from
          : offset;
    }
  }
}
