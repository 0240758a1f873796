package io.millrace.flow.cluster;

import io.millrace.flow.FlowSettings;
import io.millrace.log.LogClient;
import io.millrace.log.TopicInfo;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.client.program.rest.RestClusterClient;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.minicluster.RpcServiceSharing;

/**
 * The cluster that jobs run on. The one inside this process is addressed through its REST endpoint
 * just like any other, so there is one way to submit, watch and stop. Thread-safe.
 */
public final class FlinkCluster implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final FlowSettings settings;
  private final MiniCluster embedded;
  private final URI rest;
  private final RestClusterClient<String> client;

  private FlinkCluster(FlowSettings settings, MiniCluster embedded, URI rest) {
    this.settings = settings;
    this.embedded = embedded;
    this.rest = rest;
    try {
      this.client = new RestClusterClient<>(clientConfiguration(), "millrace");
    } catch (Exception e) {
      throw new MillraceException(
          ErrorCode.QUERY_FAILED, "Failed to reach the Flink cluster at " + rest, e);
    }
  }

  /** Starts the embedded cluster, or finds the remote one that the settings name. */
  public static FlinkCluster start(FlowSettings settings) {
    if (settings.remote().isPresent()) {
      FlinkCluster cluster =
          new FlinkCluster(settings, null, URI.create("http://" + settings.remote().get()));
      cluster.await(cluster.client.getClusterOverview(), "reach the Flink cluster");
      return cluster;
    }
    MiniCluster cluster = embedded(settings.slots());
    try {
      cluster.start();
      return new FlinkCluster(settings, cluster, cluster.getRestAddress().get());
    } catch (Exception e) {
      cluster.closeAsync();
      throw new MillraceException(
          ErrorCode.INTERNAL_ERROR, "Failed to start the embedded Flink cluster", e);
    }
  }

  private static MiniCluster embedded(int slots) {
    Configuration configuration = new Configuration();
    configuration.setString("rest.address", "127.0.0.1");
    configuration.setString("rest.bind-address", "127.0.0.1");
    configuration.setString("rest.bind-port", "0");
    configuration.setString("web.submit.enable", "false");
    configuration.setString("web.cancel.enable", "false");
    configuration.setString("execution.checkpointing.num-retained", "2");
    configuration.setString("metrics.fetcher.update-interval", "1 s");
    // How old an answer about a job may be.
    configuration.setString("web.refresh-interval", "500");
    // The answers about a finished job are read once, soon after it ended.
    configuration.setString("jobstore.expiration-time", "600");
    configuration.setString("jobstore.max-capacity", "200");
    configuration.setString("web.exception-history-size", "4");
    // A window operator refuses less than about 2 MB; memory is only taken when one opens.
    configuration.setString("taskmanager.memory.managed.size", slots * 8 + "m");
    String network = Math.max(64, slots) + "m";
    configuration.setString("taskmanager.memory.network.min", network);
    configuration.setString("taskmanager.memory.network.max", network);
    // A cancelled task that hangs must not take the whole process with it.
    configuration.setString("task.cancellation.timeout", "0");
    return new MiniCluster(
        new MiniClusterConfiguration.Builder()
            .setConfiguration(configuration)
            .setNumTaskManagers(1)
            .setNumSlotsPerTaskManager(slots)
            .setRpcServiceSharing(RpcServiceSharing.SHARED)
            .build());
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
