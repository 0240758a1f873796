package io.millrace.flow.cluster;

import io.millrace.flow.FlowSettings;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.runtime.metrics.MetricRegistryConfiguration;
import org.apache.flink.runtime.metrics.MetricRegistryImpl;
import org.apache.flink.runtime.metrics.ReporterSetup;
import org.apache.flink.runtime.metrics.filter.ReporterFilter;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.minicluster.RpcServiceSharing;

/** Flink inside this process: one JobManager and one TaskManager that start nothing else. */
final class EmbeddedCluster extends MiniCluster {
  private final EmbeddedNumbers numbers;

  EmbeddedCluster(FlowSettings settings, EmbeddedNumbers numbers) {
    super(
        new MiniClusterConfiguration.Builder()
            .setConfiguration(configuration(settings))
            .setNumTaskManagers(1)
            .setNumSlotsPerTaskManager(settings.slots())
            .setRpcServiceSharing(RpcServiceSharing.SHARED)
            .build());
    this.numbers = numbers;
  }

  private static Configuration configuration(FlowSettings settings) {
    int slots = settings.slots();
    Configuration configuration = new Configuration();
    configuration.setString("rest.address", "127.0.0.1");
    configuration.setString("rest.bind-address", "127.0.0.1");
    configuration.setString("rest.bind-port", "0");
    configuration.setString("web.submit.enable", "false");
    configuration.setString("web.cancel.enable", "false");
    configuration.setString("execution.checkpointing.num-retained", "2");
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
    // One process that is killed leaves its files here, the next removes them.
    configuration.setString("io.tmp.dirs", settings.temporary().toAbsolutePath().toString());
    // All of it together: what a slot has of managed memory is far too little.
    configuration.setString("state.backend.rocksdb.memory.managed", "false");
    configuration.setString(
        "state.backend.rocksdb.memory.fixed-per-tm", settings.rocksdbMemory() + "b");
    // A cancelled task that hangs must not take the whole process with it.
    configuration.setString("task.cancellation.timeout", "0");
    return configuration;
  }

  @Override
  protected MetricRegistryImpl createMetricRegistry(Configuration configuration, long maxMessage) {
    ReporterSetup ours =
        new ReporterSetup(
            "millrace", new MetricConfig(), numbers, ReporterFilter.getNoOpFilter(), Map.of());
    return new MetricRegistryImpl(
        MetricRegistryConfiguration.fromConfiguration(configuration, maxMessage), List.of(ours));
  }
}
