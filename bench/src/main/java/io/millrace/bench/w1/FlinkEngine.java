package io.millrace.bench.w1;

import io.millrace.bench.race.LogTable;
import io.millrace.bench.race.Place;
import io.millrace.bench.race.PlainFlink;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

/** Plain Flink SQL from lines read as CSV to rows under a contract. */
final class FlinkEngine {
  private FlinkEngine() {}

  static AutoCloseable start(Place place) {
    StreamTableEnvironment tables = PlainFlink.tables(place, W1.COMMIT_INTERVAL_MS);
    tables.executeSql(
        String.format(
            """
            CREATE TABLE web_lines (%s) WITH (
              %s
              'format' = 'csv', 'csv.field-delimiter' = ' ', 'csv.null-literal' = '-',
              'csv.disable-quote-character' = 'true')
            """,
            LogTable.sqlColumns(), PlainFlink.reading(place)));
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
            PlainFlink.properties(Place.PRODUCER),
            place.registry()));
    return PlainFlink.run(tables, "INSERT INTO web_logs SELECT * FROM web_lines");
  }
}
