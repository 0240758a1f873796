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
}
