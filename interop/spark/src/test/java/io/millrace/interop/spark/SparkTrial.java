package io.millrace.interop.spark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamReader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** A server and a Spark session that the tests of a class have in common. */
abstract class SparkTrial {
  @TempDir static Path folder;
  static TestServer server;
  static SparkSession spark;

  @BeforeAll
  static void start() throws IOException {
    server = TestServer.start(folder);
    spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("millrace")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.local.dir", folder.resolve("local").toString())
            .config("spark.sql.warehouse.dir", folder.resolve("spark-warehouse").toString())
            .config("spark.datasource.millrace.kafka", server.kafka())
            .config("spark.datasource.millrace.registry", server.registry())
            .config("spark.sql.catalog.millrace", "io.millrace.interop.spark.MillraceCatalog")
            .config("spark.sql.catalog.millrace.kafka", server.kafka())
            .config("spark.sql.catalog.millrace.registry", server.registry())
            .getOrCreate();
  }

  @AfterAll
  static void stop() {
    spark.stop();
    server.close();
  }

  static DataFrameReader read(String table) {
    return spark.read().format("millrace").option("table", table);
  }

  static DataStreamReader readStream(String table) {
    return spark.readStream().format("millrace").option("table", table);
  }

  /** The rows as Spark shows them, in some order of their own. */
  static List<String> texts(Dataset<Row> rows) {
    return rows.collectAsList().stream().map(Row::toString).sorted().toList();
  }
}
