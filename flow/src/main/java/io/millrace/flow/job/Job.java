package io.millrace.flow.job;

import io.millrace.flow.JobStatus;
import io.millrace.flow.JobStatus.State;
import io.millrace.flow.cluster.Failures;
import io.millrace.flow.cluster.FlinkCluster;
import io.millrace.flow.topic.FlowMetrics;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.JobID;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.rest.messages.EmptyRequestBody;
import org.apache.flink.runtime.rest.messages.JobExceptionsHeaders;
import org.apache.flink.runtime.rest.messages.JobExceptionsInfoWithHistory;
import org.apache.flink.runtime.rest.messages.JobExceptionsInfoWithHistory.RootExceptionInfo;
import org.apache.flink.runtime.rest.messages.MessageParameters;
import org.apache.flink.runtime.rest.messages.MessagePathParameter;
import org.apache.flink.runtime.rest.messages.MessageQueryParameter;
import org.apache.flink.runtime.rest.messages.job.JobDetailsInfo;
import org.apache.flink.runtime.rest.messages.job.JobExceptionsMessageParameters;
import org.apache.flink.runtime.rest.messages.job.metrics.AggregatedMetric;
import org.apache.flink.runtime.rest.messages.job.metrics.AggregatedMetricsResponseBody;
import org.apache.flink.runtime.rest.messages.job.metrics.AggregatedSubtaskMetricsHeaders;
import org.apache.flink.runtime.rest.messages.job.metrics.AggregatedSubtaskMetricsParameters;
import org.apache.flink.runtime.rest.messages.job.metrics.JobMetricsHeaders;
import org.apache.flink.runtime.rest.messages.job.metrics.JobMetricsMessageParameters;
import org.apache.flink.runtime.rest.messages.job.metrics.Metric;
import org.apache.flink.runtime.rest.messages.job.metrics.MetricsFilterParameter;

/**
 * One submission of a statement, and what Flink tells of it. Flink is asked when somebody wants to
 * know, at most once a second, by a handful of small requests at the same time; what was said last
 * stays when the job has ended. Thread-safe.
 */
final class Job {
  private static final Duration FRESH = Duration.ofMillis(900);
  private static final String LATE_ROWS = "numLateRecordsDropped";
  private static final Set<String> NUMBERS =
      Set.of(
          FlowMetrics.ROWS_IN,
          FlowMetrics.ROWS_OUT,
          FlowMetrics.LAG_ROWS,
          FlowMetrics.LAG_MS,
          FlowMetrics.CURRENT_WATERMARK,
          LATE_ROWS);

  private final Name statement;
  private final JobID id;
  private final FlinkCluster cluster;
  private final Instant submitted = Instant.now();
  private final Map<JobVertexID, List<String>> metricIds = new ConcurrentHashMap<>();

  private boolean wasRunning;
  private JobStatus last;
  private long lastNanos;
  private long rowsInBefore;
  private long rowsInAt;

  Job(Name statement, JobID id, FlinkCluster cluster) {
    this.statement = statement;
    this.id = id;
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
            -1);
    this.lastNanos = System.nanoTime() - FRESH.toNanos();
    this.rowsInAt = System.nanoTime();
  }

  JobID id() {
    return id;
  }

  /** The job has ended, and that was asked for. */
  synchronized void paused() {
    last = with(State.PAUSED, last.lastError());
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
    String act = "ask Flink about " + statement;
    JobDetailsInfo details;
    try {
      details = cluster.await(cluster.client().getJobDetails(id), act);
    } catch (MillraceException e) {
      return with(State.FAILED, Optional.of(e.getMessage()));
    }
    List<CompletableFuture<AggregatedMetricsResponseBody>> asked = new ArrayList<>();
    for (JobDetailsInfo.JobVertexDetailsInfo vertex : details.getJobVertexInfos()) {
      asked.add(numbersOf(vertex.getJobVertexID()));
    }
    CompletableFuture<Map<String, String>> jobNumbers = jobNumbers();
    Numbers numbers = new Numbers();
    asked.forEach(vertex -> cluster.await(vertex, act).getMetrics().forEach(numbers::add));
    Map<String, String> ofJob = cluster.await(jobNumbers, act);
    int restarts = Math.max(last.restarts(), number(ofJob, "numRestarts", 0).intValue());
    State state = state(details, restarts);
    Optional<String> error = last.lastError();
    if (state == State.RESTARTING || state == State.FAILED || restarts > last.restarts()) {
      error = cluster.await(lastError(), act).or(last::lastError);
    }
    if (isFinal(state)) {
      return with(state, state == State.FAILED ? error : Optional.empty());
    }
    return numbers.status(state, restarts, error, number(ofJob, "lastCheckpointDuration", -1));
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
        last.lastCheckpointMs());
  }

  private State state(JobDetailsInfo details, int restarts) {
    return switch (details.getJobStatus()) {
      case INITIALIZING, CREATED, SUSPENDED, RECONCILING -> State.STARTING;
      case FAILING, RESTARTING -> State.RESTARTING;
      case FAILED -> State.FAILED;
      case CANCELLING -> last.state();
      case CANCELED, FINISHED -> State.FINISHED;
      case RUNNING -> {
        boolean all =
            details.getJobVertexInfos().stream()
                .flatMap(v -> v.getTasksPerState().entrySet().stream())
                .filter(e -> e.getValue() > 0)
                .allMatch(
                    e ->
                        e.getKey() == ExecutionState.RUNNING
                            || e.getKey() == ExecutionState.FINISHED);
        wasRunning |= all;
        yield all ? State.RUNNING : wasRunning || restarts > 0 ? State.RESTARTING : State.STARTING;
      }
    };
  }

  private static Number number(Map<String, String> numbers, String key, long otherwise) {
    String text = numbers.get(key);
    return text == null ? otherwise : Double.valueOf(text).longValue();
  }

  private CompletableFuture<Map<String, String>> jobNumbers() {
    JobMetricsMessageParameters parameters = new JobMetricsMessageParameters();
    parameters.jobPathParameter.resolve(id);
    parameters.metricsFilterParameter.resolve(List.of("numRestarts", "lastCheckpointDuration"));
    return cluster
        .client()
        .sendRequest(
            JobMetricsHeaders.getInstance(), parameters, EmptyRequestBody.getInstance())
        .thenApply(
            answer -> {
              Map<String, String> numbers = new HashMap<>();
              for (Metric metric : answer.getMetrics()) {
                numbers.put(metric.getId(), metric.getValue());
              }
              return numbers;
            });
  }

  /** The first request finds out under which ids a vertex has our numbers, the others ask. */
  private CompletableFuture<AggregatedMetricsResponseBody> numbersOf(JobVertexID vertex) {
    List<String> ids = metricIds.get(vertex);
    if (ids != null) {
      return ids.isEmpty()
          ? CompletableFuture.completedFuture(new AggregatedMetricsResponseBody(List.of()))
          : metrics(vertex, ids);
    }
    boolean settled = last.state() == State.RUNNING && last.restarts() == 0;
    return metrics(vertex, List.of())
        .thenCompose(
            all -> {
              List<String> ours =
                  all.getMetrics().stream()
                      .map(AggregatedMetric::getId)
                      .filter(metric -> NUMBERS.contains(lastPart(metric)))
                      .toList();
              // Operators register when they open, so an early answer may lack them.
              if (!ours.isEmpty() || settled) {
                metricIds.put(vertex, ours);
              }
              return ours.isEmpty()
                  ? CompletableFuture.completedFuture(new AggregatedMetricsResponseBody(List.of()))
                  : metrics(vertex, ours);
            });
  }

  private static String lastPart(String metric) {
    return metric.substring(metric.lastIndexOf('.') + 1);
  }

  private CompletableFuture<AggregatedMetricsResponseBody> metrics(
      JobVertexID vertex, List<String> ids) {
    AggregatedSubtaskMetricsParameters parameters = new AggregatedSubtaskMetricsParameters();
    resolve(parameters, vertex, ids);
    return cluster
        .client()
        .sendRequest(
            AggregatedSubtaskMetricsHeaders.getInstance(),
            parameters,
            EmptyRequestBody.getInstance());
  }

  /** The parameters' fields are private to their package; they are reachable through the list. */
  private void resolve(MessageParameters parameters, JobVertexID vertex, List<String> ids) {
    try {
      for (MessagePathParameter<?> parameter : parameters.getPathParameters()) {
        parameter.resolveFromString(
            parameter.getKey().equals("jobid") ? id.toString() : vertex.toString());
      }
      for (MessageQueryParameter<?> parameter : parameters.getQueryParameters()) {
        if (parameter instanceof MetricsFilterParameter filter && !ids.isEmpty()) {
          filter.resolve(ids);
        }
      }
    } catch (org.apache.flink.runtime.rest.messages.ConversionException e) {
      throw new IllegalStateException("Flink cannot read its own ids", e);
    }
  }

  private CompletableFuture<Optional<String>> lastError() {
    JobExceptionsMessageParameters parameters = new JobExceptionsMessageParameters();
    parameters.jobPathParameter.resolve(id);
    return cluster
        .client()
        .sendRequest(
            JobExceptionsHeaders.getInstance(), parameters, EmptyRequestBody.getInstance())
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

  /** What the vertices answered, added up. */
  private final class Numbers {
    private long rowsIn;
    private long rowsOut;
    private long lagRows;
    private long lagMs = -1;
    private long watermark = Long.MAX_VALUE;
    private long lateRows;

    void add(AggregatedMetric metric) {
      switch (lastPart(metric.getId())) {
        case FlowMetrics.ROWS_IN -> rowsIn += metric.getSum().longValue();
        case FlowMetrics.ROWS_OUT -> rowsOut += metric.getSum().longValue();
        case FlowMetrics.LAG_ROWS -> lagRows += metric.getSum().longValue();
        case FlowMetrics.LAG_MS -> lagMs = Math.max(lagMs, metric.getMax().longValue());
        case FlowMetrics.CURRENT_WATERMARK ->
            watermark = Math.min(watermark, metric.getMin().longValue());
        case LATE_ROWS -> lateRows += metric.getSum().longValue();
        default -> throw new IllegalStateException("Not asked for: " + metric.getId());
      }
    }

    JobStatus status(State state, int restarts, Optional<String> error, Number checkpointMs) {
      long now = System.nanoTime();
      // A restarted job counts from zero again.
      long read = rowsIn < rowsInBefore ? rowsIn : rowsIn - rowsInBefore;
      double rate = Math.max(0, read) / ((now - rowsInAt) / 1e9);
      rowsInBefore = rowsIn;
      rowsInAt = now;
      boolean hasWatermark = watermark != Long.MAX_VALUE && watermark > Long.MIN_VALUE / 2;
      return new JobStatus(
          state,
          rate,
          rowsIn,
          rowsOut,
          lagRows,
          lagMs < 0 ? OptionalLong.empty() : OptionalLong.of(lagMs),
          restarts,
          error,
          hasWatermark ? Optional.of(Instant.ofEpochMilli(watermark)) : Optional.empty(),
          submitted,
          lateRows,
          checkpointMs.longValue());
    }
  }
}
