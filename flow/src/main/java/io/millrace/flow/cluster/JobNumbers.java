package io.millrace.flow.cluster;

import io.millrace.flow.topic.FlowMetrics;
import java.util.Set;

/**
 * What a job's readers, writers and windows count, over all their subtasks.
 *
 * @param lagMs -1 where nothing was read yet
 * @param watermark the least of the readers; {@link Long#MAX_VALUE} where no reader tells one
 * @param stateBytes all state in the newest checkpoint; -1 before the first
 * @param lastCommit milliseconds since 1970-01-01T00:00Z; -1 before a sink's first commit
 */
public record JobNumbers(
    long rowsIn,
    long rowsOut,
    long lagRows,
    long lagMs,
    long watermark,
    long lateRows,
    int restarts,
    long stateBytes,
    long bytesOut,
    long lastCommit) {
  private static final String LATE_ROWS = "numLateRecordsDropped";
  private static final String RESTARTS = "numRestarts";
  private static final String STATE_BYTES = "lastCheckpointFullSize";

  /** The metrics that a job has once. */
  static final Set<String> OF_JOBS = Set.of(RESTARTS, STATE_BYTES);

  /** The metrics that each subtask has. */
  static final Set<String> OF_SUBTASKS =
      Set.of(
          FlowMetrics.ROWS_IN,
          FlowMetrics.ROWS_OUT,
          FlowMetrics.LAG_ROWS,
          FlowMetrics.LAG_MS,
          FlowMetrics.CURRENT_WATERMARK,
          FlowMetrics.BYTES_OUT,
          FlowMetrics.LAST_COMMIT,
          LATE_ROWS);

  /** The metric's own name, behind the operator's. */
  static String lastPart(String metric) {
    return metric.substring(metric.lastIndexOf('.') + 1);
  }

  /** Adds metrics up. Not thread-safe. */
  static final class Sum {
    private long rowsIn;
    private long rowsOut;
    private long lagRows;
    private long lagMs = -1;
    private long watermark = Long.MAX_VALUE;
    private long lateRows;
    private int restarts;
    private long stateBytes = -1;
    private long bytesOut;
    private long lastCommit = -1;

    void add(String metric, long sum, long least, long most) {
      switch (metric) {
        case FlowMetrics.ROWS_IN -> rowsIn += sum;
        case FlowMetrics.ROWS_OUT -> rowsOut += sum;
        case FlowMetrics.LAG_ROWS -> lagRows += sum;
        case FlowMetrics.LAG_MS -> lagMs = Math.max(lagMs, most);
        case FlowMetrics.CURRENT_WATERMARK -> watermark = Math.min(watermark, least);
        case FlowMetrics.BYTES_OUT -> bytesOut += sum;
        case FlowMetrics.LAST_COMMIT -> lastCommit = Math.max(lastCommit, most);
        case LATE_ROWS -> lateRows += sum;
        case RESTARTS -> restarts = (int) most;
        case STATE_BYTES -> stateBytes = most;
        default -> throw new IllegalStateException("Not asked for: " + metric);
      }
    }

    JobNumbers get() {
      return new JobNumbers(
          rowsIn,
          rowsOut,
          lagRows,
          lagMs,
          watermark,
          lateRows,
          restarts,
          stateBytes,
          bytesOut,
          lastCommit);
    }
  }
}
