package io.millrace.bench.race;

import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

/** Plain Flink SQL in a cluster of its own, with its stock connectors and formats. */
public final class PlainFlink {
  private PlainFlink() {}

  /** Tables of a cluster in this process that takes a checkpoint every {@code intervalMs}. */
  public static StreamTableEnvironment tables(Place place, int intervalMs) {
    Configuration configuration = new Configuration();
    configuration.setString("parallelism.default", Integer.toString(Place.PARALLELISM));
    configuration.setString("pipeline.object-reuse", "true");
    configuration.setString("state.backend.type", "hashmap");
    configuration.setString("execution.checkpointing.interval", intervalMs + " ms");
    configuration.setString("execution.checkpointing.storage", "filesystem");
    configuration.setString(
        "execution.checkpointing.dir", place.folder().resolve("checkpoints").toUri().toString());
    // A failure shall show, not start over.
    configuration.setString("restart-strategy.type", "disable");
    return StreamTableEnvironment.create(
        StreamExecutionEnvironment.createLocalEnvironment(configuration));
  }

  /** The options of a table over the input topic, but for its format. */
  public static String reading(Place place) {
    return String.format(
        """
        'connector' = 'kafka', 'topic' = '%s',
        'properties.bootstrap.servers' = '%s',
        'properties.group.id' = 'flink',
        'properties.isolation.level' = 'read_committed',
        %s
        'scan.startup.mode' = 'earliest-offset',
        """,
        place.input(), place.kafka(), properties(Place.CONSUMER));
  }

  /** Kafka clients' properties as options of a table, each followed by a comma. */
  public static String properties(Map<String, String> properties) {
    return properties.entrySet().stream()
        .map(one -> "'properties." + one.getKey() + "' = '" + one.getValue() + "',")
        .collect(Collectors.joining(" "));
  }

  /** Runs the INSERT until the process ends; a failure ends it. */
  public static AutoCloseable run(StreamTableEnvironment tables, String insert) {
    JobClient job = tables.executeSql(insert).getJobClient().orElseThrow();
    job.getJobExecutionResult()
        .whenComplete(
            (result, failure) -> {
              if (failure != null) {
                failure.printStackTrace();
                Runtime.getRuntime().halt(1);
              }
            });
    return () -> Runtime.getRuntime().halt(0);
  }
}
