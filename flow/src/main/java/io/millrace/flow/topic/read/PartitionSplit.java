package io.millrace.flow.topic.read;

import io.millrace.flow.topic.Replayed;
import org.apache.flink.api.connector.source.SourceSplit;

/**
 * One partition to read, or the topic of replayed records, which stands for {@link
 * Replayed#PARTITION}.
 *
 * @param next offset of the next record
 * @param stop offset to stop at (exclusive), negative for never
 * @param marks what is known of the partition's writers, as {@code Marks.toBytes()}; may be empty
 * @param declared the watermark of the rows so far, where rows drive it: the partition may get no
 *     more of them, and must not hold time back after a restart
 */
record PartitionSplit(int partition, long next, long stop, byte[] marks, long declared)
    implements SourceSplit {
  static final long NEVER = -1;

  /** A partition of which nothing is known yet. */
  static PartitionSplit unread(int partition, long next, long stop) {
    return new PartitionSplit(partition, next, stop, new byte[0], Long.MIN_VALUE);
  }

  /** The topic of replayed records from this offset on. */
  static PartitionSplit replayed(long next) {
    return unread(Replayed.PARTITION, next, NEVER);
  }

  static String id(int partition) {
    return Integer.toString(partition);
  }

  PartitionSplit withNext(long offset) {
    return new PartitionSplit(partition, offset, stop, marks, declared);
  }

  boolean isReplayed() {
    return partition == Replayed.PARTITION;
  }

  boolean isFinished() {
    return stop >= 0 && next >= stop;
  }

  @Override
  public String splitId() {
    return id(partition);
  }

  @Override
  public String toString() {
    return "partition " + partition + " from " + next + (stop < 0 ? "" : " to " + stop);
  }
}
