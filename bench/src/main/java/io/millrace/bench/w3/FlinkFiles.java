package io.millrace.bench.w3;

import io.millrace.bench.race.LogTable;
import io.millrace.bench.race.Place;
import io.millrace.bench.race.PlainFlink;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

/** Plain Flink SQL into its filesystem connector, which rolls its files at each checkpoint. */
final class FlinkFiles {
  private FlinkFiles() {}

  static AutoCloseable start(Place place, String path) {
    StreamTableEnvironment tables = PlainFlink.tables(place, W3.COMMIT_INTERVAL_MS);
    tables.executeSql(
        String.format(
            """
            CREATE TABLE web_logs (%s) WITH (
              %s
              'format' = 'avro-confluent', 'avro-confluent.url' = '%s')
            """,
            LogTable.sqlColumns(), PlainFlink.reading(place), place.registry()));
    tables.executeSql(
        String.format(
            """
            CREATE TABLE web_files (%s) WITH (
              'connector' = 'filesystem', 'path' = '%s',
              'format' = 'parquet', 'parquet.compression' = 'ZSTD')
            """,
            LogTable.sqlColumns(), path));
    return PlainFlink.run(tables, "INSERT INTO web_files SELECT * FROM web_logs");
  }
}
