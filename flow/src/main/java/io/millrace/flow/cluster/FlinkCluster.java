package io.millrace.flow.cluster;

import io.millrace.flow.FlowSettings;
import io.millrace.log.LogClient;
import io.millrace.log.TopicInfo;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobID;
import org.apache.flink.client.program.rest.RestClusterClient;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.messages.webmonitor.JobDetails;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.rest.messages.EmptyMessageParameters;
import org.apache.flink.runtime.rest.messages.EmptyRequestBody;
import org.apache.flink.runtime.rest.messages.JobsOverviewHeaders;
import org.apache.flink.util.FileUtils;

/**
 * The cluster that jobs run on. The one inside this process is addressed through its REST endpoint
 * just like any other, so there is one way to submit, watch and stop. Thread-safe.
 */
public final class FlinkCluster implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration FRESH = Duration.ofMillis(500);

  private final FlowSettings settings;
  private final MiniCluster embedded;
  private final URI rest;
  private final RestClusterClient<String> client;
  private final NumbersSource numbers;

  /** Null where the cluster is a remote one. */
  private final Pacer pacer;

  private Map<JobID, JobDetails> overview = Map.of();
  private long overviewNanos = System.nanoTime() - FRESH.toNanos();

  private FlinkCluster(FlowSettings settings, MiniCluster embedded, URI rest, EmbeddedNumbers own) {
    this.settings = settings;
    this.embedded = embedded;
    this.rest = rest;
    try {
      this.client = new RestClusterClient<>(clientConfiguration(), "millrace");
    } catch (Exception e) {
      throw new MillraceException(
          ErrorCode.QUERY_FAILED, "Failed to reach the Flink cluster at " + rest, e);
    }
    this.numbers = own == null ? new RestNumbers(client) : own;
    this.pacer = own == null ? null : new Pacer(embedded, own);
  }

  /** Starts the embedded cluster, or finds the remote one that the settings name. */
  public static FlinkCluster start(FlowSettings settings) {
    if (settings.remote().isPresent()) {
      FlinkCluster cluster =
          new FlinkCluster(settings, null, URI.create("http://" + settings.remote().get()), null);
      cluster.await(cluster.client.getClusterOverview(), "reach the Flink cluster");
      return cluster;
    }
    empty(settings.temporary());
    EmbeddedNumbers numbers = new EmbeddedNumbers();
    MiniCluster cluster = new EmbeddedCluster(settings, numbers);
    try {
      cluster.start();
      return new FlinkCluster(settings, cluster, cluster.getRestAddress().get(), numbers);
    } catch (Exception e) {
      cluster.closeAsync();
      throw new MillraceException(
          ErrorCode.INTERNAL_ERROR,
          "Failed to start the embedded Flink cluster: " + Failures.sentence(e),
          e);
    }
  }

  private static void empty(Path folder) {
    try {
      FileUtils.deleteDirectory(folder.toFile());
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.INTERNAL_ERROR, "Failed to empty " + folder + ": " + e.getMessage(), e);
    }
  }

  /** What a client needs to know to submit to this cluster; a new object each time. */
  public Configuration clientConfiguration() {
    Configuration configuration = new Configuration();
    configuration.setString("execution.target", "remote");
    configuration.setString("execution.attached", "false");
    configuration.setString("rest.address", rest.getHost());
    configuration.setString("rest.port", Integer.toString(rest.getPort()));
    configuration.setString("jobmanager.rpc.address", rest.getHost());
    configuration.setString("rest.retry.max-attempts", "5");
    configuration.setString("rest.retry.delay", "200 ms");
    return configuration;
  }

  /** The client; it stays open until the cluster is closed. */
  public RestClusterClient<String> client() {
    return client;
  }

  /**
   * How many subtasks a job over these topics has: no more than the largest has partitions, since
   * others would stand idle. Refused where the embedded cluster has not as many slots free, since
   * Flink would let the job wait without a word.
   */
  public int parallelism(String what, Collection<String> topics, LogClient log) {
    int partitions = 1;
    for (String topic : topics) {
      TopicInfo info =
          log.find(topic)
              .orElseThrow(
                  () ->
                      new MillraceException(
                          ErrorCode.NOT_FOUND, "Cannot read topic " + topic + ": it is gone"));
      partitions = Math.max(partitions, info.partitions());
    }
    int parallelism = Math.min(settings.parallelism(), partitions);
    int free =
        await(client.getClusterOverview(), "ask Flink for free slots").getNumSlotsAvailable();
    if (embedded != null && free < parallelism) {
      throw new MillraceException(
              ErrorCode.QUERY_FAILED,
              "Cannot run "
                  + what
                  + ": "
                  + free
                  + " of "
                  + settings.slots()
                  + " slots are free, "
                  + parallelism
                  + " needed")
          .hint("Raise the number of slots, or drop or pause other queries.");
    }
    return parallelism;
  }

  /**
   * How often Flink itself is to checkpoint a job that shall do so every {@code wanted}: seldom
   * where the job is {@link #pace paced}.
   */
  public Duration ownInterval(Duration wanted) {
    return pacer == null || wanted.compareTo(Pacer.IDLE) >= 0 ? wanted : Pacer.IDLE;
  }

  /** Checkpoints a job every {@code interval} while it has something to commit, until it ends. */
  public void pace(JobID job, Duration interval) {
    if (pacer != null && interval.compareTo(Pacer.IDLE) < 0) {
      pacer.add(job, interval);
    }
  }

  /** The newest numbers of some operators of a job, or of all; after its end there are none. */
  public JobNumbers numbers(JobID job, Set<OperatorID> operators) {
    return await(numbers.of(job, operators), "ask Flink for a job's numbers");
  }

  /** How a job stands, from one answer about all jobs that is at most half a second old. */
  public synchronized Optional<JobDetails> details(JobID job) {
    if (System.nanoTime() - overviewNanos >= FRESH.toNanos() || !overview.containsKey(job)) {
      overview =
          await(
                  client.sendRequest(
                      JobsOverviewHeaders.getInstance(),
                      EmptyMessageParameters.getInstance(),
                      EmptyRequestBody.getInstance()),
                  "ask Flink for its jobs")
              .getJobs()
              .stream()
              .collect(Collectors.toMap(JobDetails::getJobId, d -> d));
      overviewNanos = System.nanoTime();
    }
    return Optional.ofNullable(overview.get(job));
  }

  /** Waits for an answer; {@code act} completes "Failed to ...". */
  public <T> T await(CompletableFuture<T> answer, String act) {
    return await(answer, act, PATIENCE);
  }

  /** Waits at most {@code patience} for an answer. */
  public <T> T await(CompletableFuture<T> answer, String act, Duration patience) {
    try {
      return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new MillraceException(
          ErrorCode.QUERY_FAILED, "Failed to " + act + ": " + Failures.sentence(e), e);
    } catch (TimeoutException e) {
      throw new MillraceException(
          ErrorCode.TIMED_OUT,
          "Failed to " + act + ": no answer from Flink within " + patience.toSeconds() + " s",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MillraceException(ErrorCode.CANCELLED, "Cannot " + act + ": interrupted", e);
    }
  }

  @Override
  public void close() {
    if (pacer != null) {
      pacer.close();
    }
    client.close();
    if (embedded != null) {
      try {
        embedded.closeAsync().get(30, TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException e) {
        throw new MillraceException(
            ErrorCode.INTERNAL_ERROR, "Failed to stop the embedded Flink cluster", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
