package io.millrace.flow.job;

import io.millrace.flow.JobStatus;
import io.millrace.flow.JobStatus.State;
import io.millrace.flow.cluster.Failures;
import io.millrace.flow.cluster.FlinkCluster;
import io.millrace.flow.cluster.JobNumbers;
import io.millrace.model.Name;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.messages.webmonitor.JobDetails;
import org.apache.flink.runtime.rest.messages.EmptyRequestBody;
import org.apache.flink.runtime.rest.messages.JobExceptionsHeaders;
import org.apache.flink.runtime.rest.messages.JobExceptionsInfoWithHistory;
import org.apache.flink.runtime.rest.messages.JobExceptionsInfoWithHistory.RootExceptionInfo;
import org.apache.flink.runtime.rest.messages.job.JobExceptionsMessageParameters;

/**
 * One submission of a statement, in a job of its own or shared, and what Flink tells of it. Flink
 * is asked when somebody wants to know, at most once a second, and about all jobs at a time; what
 * was said last stays when the job has ended. Thread-safe.
 */
final class Job {
  private static final Duration FRESH = Duration.ofMillis(900);

  private final Name statement;
  private final Name name;
  private final JobID id;
  private final Set<OperatorID> operators;
  private final StateBackend backend;
  private final FlinkCluster cluster;
  private final Instant submitted = Instant.now();

  private boolean wasRunning;
  private JobStatus last;
  private long lastNanos;
  private long rowsInBefore;
  private long rowsInAt;

  /**
   * @param name of the job
   * @param operators those of the statement; none: all of the job's are
   * @param restoredBytes all state that it begins with
   */
  Job(
      Name statement,
      Name name,
      JobID id,
      Set<OperatorID> operators,
      StateBackend backend,
      OptionalLong restoredBytes,
      FlinkCluster cluster) {
    this.statement = statement;
    this.name = name;
    this.id = id;
    this.operators = operators;
    this.backend = backend;
    this.cluster = cluster;
    this.last =
        new JobStatus(
            State.STARTING,
            0,
            0,
            0,
            0,
            OptionalLong.empty(),
            0,
            Optional.empty(),
            Optional.empty(),
            submitted,
            0,
            restoredBytes,
            0,
            Optional.empty());
    this.lastNanos = System.nanoTime() - FRESH.toNanos();
    this.rowsInAt = System.nanoTime();
  }

  Name name() {
    return name;
  }

  JobID id() {
    return id;
  }

  /** The job has ended, and that was asked for. */
  synchronized void paused() {
    last = with(State.PAUSED, last.lastError());
  }

  /** The job is ended for this reason, and is not to run again by itself. */
  synchronized void failed(String reason) {
    last = with(State.FAILED, Optional.of(reason));
  }

  /** How much of the heap the job's state takes, by its newest checkpoint; usually it is more. */
  synchronized long bytesOnHeap() {
    return backend == StateBackend.HASHMAP && !isFinal(last.state())
        ? stateBytes(cluster.numbers(id, Set.of())).orElse(0)
        : 0;
  }

  /** Until there is a checkpoint of this submission, what it was restored from tells. */
  private OptionalLong stateBytes(JobNumbers numbers) {
    return numbers.stateBytes() < 0 ? last.stateBytes() : OptionalLong.of(numbers.stateBytes());
  }

  synchronized boolean hasEnded() {
    return isFinal(status().state());
  }

  private static boolean isFinal(State state) {
    return state == State.PAUSED || state == State.FAILED || state == State.FINISHED;
  }

  /** At most a second old. */
  synchronized JobStatus status() {
    boolean fresh = System.nanoTime() - lastNanos < FRESH.toNanos();
    if (!fresh && !isFinal(last.state())) {
      last = ask();
      lastNanos = System.nanoTime();
    }
    return last;
  }

  private JobStatus ask() {
    Optional<JobDetails> details = cluster.details(id);
    if (details.isEmpty()) {
      return with(State.FAILED, Optional.of("Flink no longer knows the job"));
    }
    JobNumbers numbers = cluster.numbers(id, operators);
    int restarts = Math.max(last.restarts(), numbers.restarts());
    State state = state(details.get(), restarts);
    Optional<String> error = last.lastError();
    if (state == State.RESTARTING || state == State.FAILED || restarts > last.restarts()) {
      error = cluster.await(lastError(), "ask Flink about " + statement).or(last::lastError);
    }
    return isFinal(state)
        ? with(state, state == State.FAILED ? error : Optional.empty())
        : with(state, error, restarts, numbers);
  }

  private JobStatus with(State state, Optional<String> error) {
    return new JobStatus(
        state,
        0,
        last.rowsIn(),
        last.rowsOut(),
        last.lagRows(),
        last.lagMs(),
        last.restarts(),
        error,
        last.watermark(),
        isFinal(state) ? Instant.now() : submitted,
        last.lateRows(),
        last.stateBytes(),
        last.bytesOut(),
        last.lastCommit());
  }

  private State state(JobDetails details, int restarts) {
    return switch (details.getStatus()) {
      case INITIALIZING, CREATED, SUSPENDED, RECONCILING -> State.STARTING;
      case FAILING, RESTARTING -> State.RESTARTING;
      case FAILED -> State.FAILED;
      case CANCELLING -> last.state();
      case CANCELED, FINISHED -> State.FINISHED;
      case RUNNING -> {
        int[] tasks = details.getTasksPerState();
        boolean all =
            tasks[ExecutionState.RUNNING.ordinal()] + tasks[ExecutionState.FINISHED.ordinal()]
                == details.getNumTasks();
        wasRunning |= all;
        yield all ? State.RUNNING : wasRunning || restarts > 0 ? State.RESTARTING : State.STARTING;
      }
    };
  }

  private JobStatus with(State state, Optional<String> error, int restarts, JobNumbers numbers) {
    long now = System.nanoTime();
    // A restarted job counts from zero again.
    long read =
        numbers.rowsIn() < rowsInBefore ? numbers.rowsIn() : numbers.rowsIn() - rowsInBefore;
    double rate = read / ((now - rowsInAt) / 1e9);
    rowsInBefore = numbers.rowsIn();
    rowsInAt = now;
    // Readers without a row answer the lowest number there is, or nearly.
    boolean timed =
        numbers.watermark() != Long.MAX_VALUE && numbers.watermark() > Long.MIN_VALUE / 2;
    return new JobStatus(
        state,
        rate,
        numbers.rowsIn(),
        numbers.rowsOut(),
        numbers.lagRows(),
        numbers.lagMs() < 0 ? OptionalLong.empty() : OptionalLong.of(numbers.lagMs()),
        restarts,
        error,
        timed ? Optional.of(Instant.ofEpochMilli(numbers.watermark())) : Optional.empty(),
        submitted,
        numbers.lateRows(),
        stateBytes(numbers),
        numbers.bytesOut(),
        numbers.lastCommit() < 0
            ? last.lastCommit()
            : Optional.of(Instant.ofEpochMilli(numbers.lastCommit())));
  }

  private CompletableFuture<Optional<String>> lastError() {
    JobExceptionsMessageParameters parameters = new JobExceptionsMessageParameters();
    parameters.jobPathParameter.resolve(id);
    return cluster
        .client()
        .sendRequest(JobExceptionsHeaders.getInstance(), parameters, EmptyRequestBody.getInstance())
        .thenApply(JobExceptionsInfoWithHistory::getExceptionHistory)
        .thenApply(history -> newest(history.getEntries()));
  }

  private static Optional<String> newest(Collection<RootExceptionInfo> entries) {
    RootExceptionInfo newest = null;
    for (RootExceptionInfo entry : entries) {
      if (newest == null || entry.getTimestamp() > newest.getTimestamp()) {
        newest = entry;
      }
    }
    return Optional.ofNullable(newest)
        .map(
            e -> {
              String operator = Failures.operator(e.getTaskName());
              String sentence = Failures.sentence(e.getStacktrace());
              return operator.isEmpty() ? sentence : "Failed in " + operator + ": " + sentence;
            });
  }
}
