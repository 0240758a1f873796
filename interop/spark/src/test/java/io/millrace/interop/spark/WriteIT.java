package io.millrace.interop.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.Test;

class WriteIT extends SparkTrial {
  private static void write(Dataset<Row> frame, String table) {
    frame.write().format("millrace").option("table", table).mode("append").save();
  }

  private static DataStreamWriter<Row> writer(Dataset<Row> frame, String table, Path checkpoint) {
    return frame
        .writeStream()
        .format("millrace")
        .option("table", table)
        .option("checkpointLocation", checkpoint.toString())
        .trigger(Trigger.AvailableNow());
  }

  private static void awaitRows(String select, String... rows) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(server.rows(select)).containsExactly(rows));
  }

  @Test
  void everyTypeIsWrittenAsTheContractHasIt() {
    String columns =
        "id INT NOT NULL, b BOOLEAN, l BIGINT, f FLOAT, d DOUBLE, small DECIMAL(5, 2),"
            + " large DECIMAL(30, 4), s STRING, bytes BYTES, day DATE, t TIME(3), ts TIMESTAMP(3),"
            + " tz TIMESTAMP_LTZ(6), list ARRAY<INT>, attributes MAP<STRING, BIGINT>,"
            + " point ROW<x INT, label STRING, tags ARRAY<STRING>>";
    server.execute("CREATE STREAM source (" + columns + ")");
    server.execute("CREATE STREAM target (" + columns + ")");
    server.execute(
        "INSERT INTO source VALUES (1, TRUE, 12345678901, 1.5, -2.25, 123.45,"
            + " 12345678901234567890123456.7891, 'häh', '\\x00\\xFF', DATE '2026-01-31',"
            + " TIME '08:15:30', TIMESTAMP '2026-01-31 08:15:30.125',"
            + " TIMESTAMP '2026-01-31 08:15:30.123456', [1, 2, 3], MAP {'a': 1, 'b': 2},"
            + " {'x': 7, 'label': 'seven', 'tags': ['x', 'y']})");
    server.execute("INSERT INTO source (id) VALUES (2)");

    write(read("source").load(), "target");

    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> server.rows("SELECT * FROM source ORDER BY id").size() == 2);
    List<String> rows = server.rows("SELECT * FROM source ORDER BY id");
    awaitRows("SELECT * FROM target ORDER BY id", rows.toArray(String[]::new));
    write(spark.sql("SELECT CAST(3 AS SMALLINT) AS id, CAST(NULL AS STRING) AS s"), "target");
    awaitRows("SELECT id, s FROM target WHERE id = 3", "[3,null]");
  }

  @Test
  void aFrameThatDoesNotFitTheContractIsRefusedByItsColumn() {
    server.execute("CREATE STREAM strict (id BIGINT NOT NULL, name STRING)");
    assertThatThrownBy(() -> write(spark.sql("SELECT 1 AS id"), "strict"))
        .hasStackTraceContaining(
            "Cannot write to stream strict: column id is BIGINT, the frame has INT")
        .hasStackTraceContaining("CAST(id AS BIGINT) in the frame.");
    assertThatThrownBy(() -> write(spark.sql("SELECT 'x' AS name"), "strict"))
        .hasStackTraceContaining("the frame has no column id");
    assertThatThrownBy(() -> write(spark.sql("SELECT 1L AS id, 2 AS size"), "strict"))
        .hasStackTraceContaining("its contract has no column size");
    assertThatThrownBy(() -> write(spark.sql("SELECT 1L AS id, 'delete' AS _op"), "strict"))
        .hasStackTraceContaining("rows of a stream are only added");
    assertThatThrownBy(() -> write(spark.sql("SELECT nullif(1L, 1L) AS id, 'x' AS name"), "strict"))
        .hasStackTraceContaining("Cannot write column id as BIGINT: NULL in a NOT NULL column");
    assertThat(read("strict").load().count()).as("nothing of them was committed").isZero();
  }

  @Test
  void rowsOfATableAreSetAndDeletedByKeyWhereItsOtherWritersPutThem() {
    server.execute(
        "CREATE TABLE stock (shop STRING, item INT, pieces INT, PRIMARY KEY (shop, item))");
    server.execute("INSERT INTO stock VALUES ('a', 1, 10), ('a', 2, 20), ('b', 1, 30)");
    write(
        spark.sql(
            "SELECT * FROM VALUES ('a', 1, 11, 'upsert'), ('a', 2, NULL, 'delete'),"
                + " ('c', 1, 40, NULL) AS t(shop, item, pieces, _op)"),
        "stock");
    awaitRows(
        "SELECT shop, item, pieces FROM stock ORDER BY shop, item",
        "[\"a\",1,11]",
        "[\"b\",1,30]",
        "[\"c\",1,40]");
    assertThat(texts(read("stock").load().select("shop", "item", "pieces")))
        .as("the partitions of a key agree, or a row would be there twice")
        .containsExactly("[a,1,11]", "[b,1,30]", "[c,1,40]");
  }

  private static List<String> numbers(int from, int to) {
    return IntStream.range(from, to).mapToObj(n -> "[" + n + "]").sorted().toList();
  }

  private static void insert(int from, int to) {
    server.execute(
        "INSERT INTO numbers VALUES "
            + String.join(", ", IntStream.range(from, to).mapToObj(n -> "(" + n + ")").toList()));
  }

  @Test
  void anEpochThatComesAgainIsWrittenOnceAndOneThatWasHalfWrittenIsMadeWhole() throws Exception {
    Path checkpoint = folder.resolve("copies-checkpoint");
    server.execute("CREATE STREAM numbers (n INT) WITH ('partitions' = '2')");
    server.execute("CREATE STREAM copies (n INT) WITH ('partitions' = '3')");
    insert(0, 50);
    Dataset<Row> source = readStream("numbers").option("startingOffsets", "earliest").load();

    writer(source, "copies", checkpoint).start().awaitTermination();
    assertThat(texts(read("copies").load())).isEqualTo(numbers(0, 50));

    // As after a crash between the tasks' commits and the driver's.
    Fragile.unlog(checkpoint, 0);
    insert(50, 60);
    writer(source, "copies", checkpoint).start().awaitTermination();
    assertThat(texts(read("copies").load())).isEqualTo(numbers(0, 60));

    // A task is committed, and then another fails.
    insert(60, 75);
    insert(75, 90);
    Fragile.register(spark);
    Dataset<Row> fragile = source.selectExpr("fragile(_partition, n) AS n");
    assertThatThrownBy(() -> writer(fragile, "copies", checkpoint).start().awaitTermination())
        .hasStackTraceContaining("as a disk that fails");
    assertThat(read("copies").load().count()).isGreaterThan(60).isLessThan(90);
    Fragile.mend();
    writer(fragile, "copies", checkpoint).start().awaitTermination();
    assertThat(texts(read("copies").load())).isEqualTo(numbers(0, 90));

    Fragile.unlog(checkpoint, 2);
    String query =
        spark.read().json(checkpoint.resolve("metadata").toString()).first().getString(0);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", server.kafka()))) {
      assertThat(admin.listConsumerGroups().all().get())
          .extracting(group -> group.groupId())
          .contains("millrace-spark/" + query + "/0");
      admin.deleteConsumerGroups(List.of("millrace-spark/" + query + "/0")).all().get();
    }
    assertThatThrownBy(() -> writer(source, "copies", checkpoint).start().awaitTermination())
        .as("no note at all: written or not, who knows")
        .hasStackTraceContaining("none of its epochs is noted");
    assertThat(texts(read("copies").load())).isEqualTo(numbers(0, 90));
  }

  @Test
  void anEpochThatComesAgainWithAsManyOtherRowsIsRefused() throws Exception {
    Path checkpoint = folder.resolve("moved-checkpoint");
    server.execute("CREATE STREAM moving (n INT) WITH ('partitions' = '1')");
    server.execute("CREATE STREAM moved (n INT)");
    server.execute("INSERT INTO moving VALUES (1), (2), (3)");
    Dataset<Row> source = readStream("moving").option("startingOffsets", "earliest").load();
    writer(source, "moved", checkpoint).start().awaitTermination();
    Fragile.unlog(checkpoint, 0);
    Dataset<Row> others = source.selectExpr("n + 1 AS n");
    assertThatThrownBy(() -> writer(others, "moved", checkpoint).start().awaitTermination())
        .hasStackTraceContaining("task 0 wrote 3 rows and now has others");
    assertThat(texts(read("moved").load())).containsExactly("[1]", "[2]", "[3]");
  }

  @Test
  void anAggregateThatChangesIsATableInUpdateMode() throws Exception {
    Path checkpoint = folder.resolve("counts-checkpoint");
    server.execute("CREATE STREAM visits (page STRING)");
    server.execute("CREATE TABLE counts (page STRING, visits BIGINT, PRIMARY KEY (page))");
    Dataset<Row> counts =
        readStream("visits")
            .option("startingOffsets", "earliest")
            .load()
            .groupBy("page")
            .count()
            .withColumnRenamed("count", "visits");
    for (String rows : List.of("('a'), ('b')", "('a')")) {
      server.execute("INSERT INTO visits VALUES " + rows);
      writer(counts, "counts", checkpoint).outputMode("update").start().awaitTermination();
    }
    assertThat(texts(read("counts").load())).containsExactly("[a,2]", "[b,1]");
    awaitRows("SELECT page, visits FROM counts ORDER BY page", "[\"a\",2]", "[\"b\",1]");
  }

  @Test
  void aTableWithHistoryIsWrittenByItsChanges() {
    server.execute("CREATE TABLE kept (id INT, v INT, PRIMARY KEY (id)) WITH ('history' = 'scd2')");
    assertThatThrownBy(() -> write(spark.sql("SELECT 1 AS id, 2 AS v"), "kept"))
        .hasStackTraceContaining("Write its changes to kept$changes.");
    assertThat(Stream.of(read("kept$changes").load().columns())).contains("op", "before", "after");
  }
}
