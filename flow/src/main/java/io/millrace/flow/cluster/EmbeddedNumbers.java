package io.millrace.flow.cluster;

import io.millrace.flow.topic.FlowMetrics;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobID;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.runtime.jobgraph.OperatorID;

/**
 * The numbers of jobs in this process, read where they are counted: Flink's REST answers would have
 * it dump every metric of every job, thousands with Kafka's, each time somebody asks.
 */
final class EmbeddedNumbers implements MetricReporter, NumbersSource {
  private static final String JOB = "<job_id>";
  private static final String OPERATOR = "<operator_id>";

  /** {@code operator} is null for what the job has once. */
  private record Known(String name, String operator, Metric metric) {
    static Known of(String name, Metric metric, MetricGroup group) {
      return new Known(name, group.getAllVariables().get(OPERATOR), metric);
    }
  }

  private final Map<String, Set<Known>> jobs = new ConcurrentHashMap<>();
  private final Map<String, Set<Counter>> records = new ConcurrentHashMap<>();

  @Override
  public void open(MetricConfig config) {}

  @Override
  public void close() {}

  @Override
  public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
    String job = group.getAllVariables().get(JOB);
    if (job != null && name.equals(FlowMetrics.RECORDS)) {
      records.computeIfAbsent(job, j -> ConcurrentHashMap.newKeySet()).add((Counter) metric);
    }
    if (job != null && isOurs(name)) {
      jobs.computeIfAbsent(job, j -> ConcurrentHashMap.newKeySet())
          .add(Known.of(name, metric, group));
    }
  }

  @Override
  public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {
    String job = group.getAllVariables().get(JOB);
    if (job != null && name.equals(FlowMetrics.RECORDS)) {
      records.computeIfPresent(
          job,
          (j, counters) -> {
            counters.remove((Counter) metric);
            return counters.isEmpty() ? null : counters;
          });
    }
    if (job != null && isOurs(name)) {
      jobs.computeIfPresent(
          job,
          (j, known) -> {
            known.remove(Known.of(name, metric, group));
            return known.isEmpty() ? null : known;
          });
    }
  }

  private static boolean isOurs(String name) {
    return JobNumbers.OF_SUBTASKS.contains(name) || JobNumbers.OF_JOBS.contains(name);
  }

  @Override
  public CompletableFuture<JobNumbers> of(JobID job, Set<OperatorID> operators) {
    Set<String> wanted = operators.stream().map(OperatorID::toString).collect(Collectors.toSet());
    JobNumbers.Sum sum = new JobNumbers.Sum();
    for (Known known : jobs.getOrDefault(job.toString(), Set.of())) {
      if (wanted.isEmpty() || known.operator() == null || wanted.contains(known.operator())) {
        long value = value(known.metric());
        sum.add(known.name(), value, value, value);
      }
    }
    return CompletableFuture.completedFuture(sum.get());
  }

  /** The records that passed the job's readers and writers; it starts anew with its tasks. */
  long records(JobID job) {
    long sum = 0;
    for (Counter counter : records.getOrDefault(job.toString(), Set.of())) {
      sum += counter.getCount();
    }
    return sum;
  }

  private static long value(Metric metric) {
    if (metric instanceof Counter counter) {
      return counter.getCount();
    }
    // Flink's gauges of a job answer null until there is something to tell.
    return metric instanceof Gauge<?> gauge && gauge.getValue() instanceof Number number
        ? number.longValue()
        : -1;
  }
}
