package io.millrace.flow.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobID;
import org.apache.flink.client.program.rest.RestClusterClient;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.rest.messages.ConversionException;
import org.apache.flink.runtime.rest.messages.EmptyRequestBody;
import org.apache.flink.runtime.rest.messages.MessagePathParameter;
import org.apache.flink.runtime.rest.messages.MessageQueryParameter;
import org.apache.flink.runtime.rest.messages.job.JobDetailsInfo;
import org.apache.flink.runtime.rest.messages.job.metrics.AggregatedMetric;
import org.apache.flink.runtime.rest.messages.job.metrics.AggregatedMetricsResponseBody;
import org.apache.flink.runtime.rest.messages.job.metrics.AggregatedSubtaskMetricsHeaders;
import org.apache.flink.runtime.rest.messages.job.metrics.AggregatedSubtaskMetricsParameters;
import org.apache.flink.runtime.rest.messages.job.metrics.JobMetricsHeaders;
import org.apache.flink.runtime.rest.messages.job.metrics.JobMetricsMessageParameters;
import org.apache.flink.runtime.rest.messages.job.metrics.Metric;
import org.apache.flink.runtime.rest.messages.job.metrics.MetricCollectionResponseBody;
import org.apache.flink.runtime.rest.messages.job.metrics.MetricsFilterParameter;

/** The numbers of jobs on a remote cluster, through its REST address. */
final class RestNumbers implements NumbersSource {
  private final RestClusterClient<String> client;
  private final Map<JobID, List<JobVertexID>> vertices = new ConcurrentHashMap<>();

  RestNumbers(RestClusterClient<String> client) {
    this.client = client;
  }

  /** A vertex bears the id of the first operator of its chain. */
  @Override
  public CompletableFuture<JobNumbers> of(JobID job, Set<OperatorID> operators) {
    Set<String> wanted = operators.stream().map(OperatorID::toString).collect(Collectors.toSet());
    return vertices(job)
        .thenApply(
            known ->
                known.stream()
                    .filter(vertex -> wanted.isEmpty() || wanted.contains(vertex.toString()))
                    .toList())
        .thenCompose(own -> numbers(job, own));
  }

  private CompletableFuture<List<JobVertexID>> vertices(JobID job) {
    List<JobVertexID> known = vertices.get(job);
    return known != null
        ? CompletableFuture.completedFuture(known)
        : client
            .getJobDetails(job)
            .thenApply(
                details -> {
                  List<JobVertexID> ids =
                      details.getJobVertexInfos().stream()
                          .map(JobDetailsInfo.JobVertexDetailsInfo::getJobVertexID)
                          .toList();
                  if (!ids.isEmpty()) {
                    vertices.put(job, ids);
                  }
                  return ids;
                });
  }

  private CompletableFuture<JobNumbers> numbers(JobID job, List<JobVertexID> known) {
    List<CompletableFuture<AggregatedMetricsResponseBody>> subtasks = new ArrayList<>();
    known.forEach(vertex -> subtasks.add(ofSubtasks(job, vertex)));
    CompletableFuture<MetricCollectionResponseBody> ofJob = ofJob(job);
    return CompletableFuture.allOf(subtasks.toArray(CompletableFuture[]::new))
        .thenCombine(
            ofJob,
            (all, answer) -> {
              JobNumbers.Sum sum = new JobNumbers.Sum();
              for (Metric metric : answer.getMetrics()) {
                long value = Double.valueOf(metric.getValue()).longValue();
                sum.add(metric.getId(), value, value, value);
              }
              subtasks.forEach(vertex -> vertex.join().getMetrics().forEach(m -> add(sum, m)));
              return sum.get();
            });
  }

  private static void add(JobNumbers.Sum sum, AggregatedMetric metric) {
    sum.add(
        JobNumbers.lastPart(metric.getId()),
        metric.getSum().longValue(),
        metric.getMin().longValue(),
        metric.getMax().longValue());
  }

  private CompletableFuture<MetricCollectionResponseBody> ofJob(JobID job) {
    JobMetricsMessageParameters parameters = new JobMetricsMessageParameters();
    parameters.jobPathParameter.resolve(job);
    parameters.metricsFilterParameter.resolve(List.copyOf(JobNumbers.OF_JOBS));
    return client.sendRequest(
        JobMetricsHeaders.getInstance(), parameters, EmptyRequestBody.getInstance());
  }

  /** Metrics are named after their operator, so the first request finds out their names. */
  private CompletableFuture<AggregatedMetricsResponseBody> ofSubtasks(
      JobID job, JobVertexID vertex) {
    return ofSubtasks(job, vertex, List.of())
        .thenCompose(
            all -> {
              List<String> ours =
                  all.getMetrics().stream()
                      .map(AggregatedMetric::getId)
                      .filter(id -> JobNumbers.OF_SUBTASKS.contains(JobNumbers.lastPart(id)))
                      .toList();
              return ours.isEmpty()
                  ? CompletableFuture.completedFuture(new AggregatedMetricsResponseBody(List.of()))
                  : ofSubtasks(job, vertex, ours);
            });
  }

  /** The parameters' fields are private to their package; they are reachable through the list. */
  private CompletableFuture<AggregatedMetricsResponseBody> ofSubtasks(
      JobID job, JobVertexID vertex, List<String> ids) {
    AggregatedSubtaskMetricsParameters parameters = new AggregatedSubtaskMetricsParameters();
    try {
      for (MessagePathParameter<?> parameter : parameters.getPathParameters()) {
        parameter.resolveFromString(
            parameter.getKey().equals("jobid") ? job.toString() : vertex.toString());
      }
    } catch (ConversionException e) {
      throw new IllegalStateException("Flink cannot read its own ids", e);
    }
    for (MessageQueryParameter<?> parameter : parameters.getQueryParameters()) {
      if (parameter instanceof MetricsFilterParameter filter && !ids.isEmpty()) {
        filter.resolve(ids);
      }
    }
    return client.sendRequest(
        AggregatedSubtaskMetricsHeaders.getInstance(), parameters, EmptyRequestBody.getInstance());
  }
}
