package io.millrace.flow;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How jobs run.
 *
 * @param temporary the embedded cluster's folder, emptied at its start
 * @param checkpoints the folder that holds one folder of checkpoints per statement
 * @param checkpointInterval how often a continuous query commits; a derived row is seen half an
 *     interval later on average
 * @param parallelism the most subtasks of one job; never more than its topics have partitions
 * @param slots how many subtasks the embedded cluster can hold at the same time
 * @param rocksdbMemory bytes outside the heap for all state that the embedded cluster keeps on disk
 * @param remote {@code host:port} of a Flink cluster's REST address; empty: a cluster inside this
 *     process
 * @param transactionTimeout how long a transaction of a query may stay open before Kafka aborts it
 * @param heartbeat how soon a watermark reaches a partition that gets no rows
 */
public record FlowSettings(
    Path temporary,
    Path checkpoints,
    Duration checkpointInterval,
    int parallelism,
    int slots,
    long rocksdbMemory,
    Optional<String> remote,
    Duration transactionTimeout,
    Duration heartbeat) {

  /** An embedded cluster, two subtasks per job, commits every 200 ms. */
  public static FlowSettings defaults(Path checkpoints) {
    return new FlowSettings(
        checkpoints.resolveSibling(checkpoints.getFileName() + ".tmp"),
        checkpoints,
        Duration.ofMillis(200),
        2,
        64,
        256L << 20,
        Optional.empty(),
        Duration.ofDays(7),
        Duration.ofMillis(200));
  }
}
