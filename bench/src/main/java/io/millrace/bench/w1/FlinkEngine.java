package io.millrace.bench.w1;

import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

/** Plain Flink SQL with its stock Kafka connector and formats, in a cluster of its own. */
final class FlinkEngine {
  private FlinkEngine() {}

  static AutoCloseable start(Place place) {
    Configuration configuration = new Configuration();
    configuration.setString("parallelism.default", Integer.toString(Place.PARALLELISM));
    configuration.setString("pipeline.object-reuse", "true");
    configuration.setString("state.backend.type", "hashmap");
    configuration.setString("execution.checkpointing.interval", Place.COMMIT_INTERVAL_MS + " ms");
    configuration.setString("execution.checkpointing.storage", "filesystem");
    configuration.setString(
        "execution.checkpointing.dir", place.folder().resolve("checkpoints").toUri().toString());
    // A failure shall show, not start over.
    configuration.setString("restart-strategy.type", "disable");
    StreamTableEnvironment tables =
        StreamTableEnvironment.create(
            StreamExecutionEnvironment.createLocalEnvironment(configuration));
    tables.executeSql(
        String.format(
            """
            CREATE TABLE web_lines (%s) WITH (
              'connector' = 'kafka', 'topic' = '%s',
              'properties.bootstrap.servers' = '%s',
              'properties.group.id' = 'w1-flink',
              'properties.isolation.level' = 'read_committed',
              %s
              'scan.startup.mode' = 'earliest-offset',
              'format' = 'csv', 'csv.field-delimiter' = ' ', 'csv.null-literal' = '-',
              'csv.disable-quote-character' = 'true')
            """,
            LogTable.sqlColumns(), place.input(), place.kafka(), properties(Place.CONSUMER)));
    tables.executeSql(
        String.format(
            """
            CREATE TABLE web_logs (%s) WITH (
              'connector' = 'kafka', 'topic' = '%s',
              'properties.bootstrap.servers' = '%s',
              %s
              'properties.transaction.timeout.ms' = '900000',
              'sink.delivery-guarantee' = 'exactly-once',
              'sink.transactional-id-prefix' = 'w1-flink',
              'sink.transaction-naming-strategy' = 'pooling',
              'format' = 'avro-confluent', 'avro-confluent.url' = '%s')
            """,
            LogTable.sqlColumns(),
            place.output(),
            place.kafka(),
            properties(Place.PRODUCER),
            place.registry()));
    JobClient job =
        tables
            .executeSql("INSERT INTO web_logs SELECT * FROM web_lines")
            .getJobClient()
            .orElseThrow();
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

  private static String properties(Map<String, String> properties) {
    return properties.entrySet().stream()
        .map(one -> "'properties." + one.getKey() + "' = '" + one.getValue() + "',")
        .collect(Collectors.joining(" "));
  }
}
