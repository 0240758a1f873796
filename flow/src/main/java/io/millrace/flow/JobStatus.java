package io.millrace.flow;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How a statement's job fares, at most a second old. Where queries share a job, its state,
 * restarts, error and checkpoints are told of each; rows, lag and watermark are each query's own.
 *
 * @param rowsPerSecond rows read in the last seconds
 * @param rowsIn rows read since the job was submitted
 * @param rowsOut rows written since the job was submitted
 * @param lagRows committed records of its inputs that it has yet to read
 * @param lagMs the age of what it reads now; empty where it has read nothing yet
 * @param restarts how often the job was restarted since it was submitted
 * @param lastError what stopped or restarted it last, in one sentence
 * @param watermark how far event time has come
 * @param since when the job was submitted, or reached its final state
 * @param lateRows rows that windows dropped for being behind the watermark
 * @param stateBytes what the job kept in its newest checkpoint; empty before the first
 * @param bytesOut bytes of the records that a sink took; 0 where the job fills a topic
 * @param lastCommit when a sink last committed rows of this submission
 */
public record JobStatus(
    State state,
    double rowsPerSecond,
    long rowsIn,
    long rowsOut,
    long lagRows,
    OptionalLong lagMs,
    int restarts,
    Optional<String> lastError,
    Optional<Instant> watermark,
    Instant since,
    long lateRows,
    OptionalLong stateBytes,
    long bytesOut,
    Optional<Instant> lastCommit) {

  /** Where a job stands in its life. */
  public enum State {
    STARTING,
    RUNNING,
    RESTARTING,
    PAUSED,
    FAILED,
    FINISHED
  }
}
