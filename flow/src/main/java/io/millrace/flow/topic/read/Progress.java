package io.millrace.flow.topic.read;

import java.util.Map;

/** Tells the reader that a batch has been emitted whole. Used by the task's thread alone. */
final class Progress {
  private Map<Integer, Batch.Stand> stands;

  void reached(Map<Integer, Batch.Stand> newStands) {
    stands = newStands;
  }

  /** Where the last finished batch left its partitions; null if none finished since last asked. */
  Map<Integer, Batch.Stand> take() {
    Map<Integer, Batch.Stand> taken = stands;
    stands = null;
    return taken;
  }
}
