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
 */
record PartitionSplit(int partition, long next, long stop, byte[] marks) implements SourceSplit {
  static final long NEVER = -1;

  /** The topic of replayed records from this offset on. */
  static PartitionSplit replayed(long next) {
    return new PartitionSplit(Replayed.PARTITION, next, NEVER, new byte[0]);
  }

  static String id(int partition) {
    return Integer.toString(partition);
  }

  PartitionSplit withNext(long offset) {
    return new PartitionSplit(partition, offset, stop, marks);
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
