package io.millrace.interop.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.Test;

class ReadIT extends SparkTrial {
  @Test
  void aStreamHasTheColumnsOfItsContractWhoeverWroteTheRows() {
    server.execute(
        "CREATE STREAM kinds (id INT NOT NULL, b BOOLEAN, l BIGINT, f FLOAT, d DOUBLE,"
            + " small DECIMAL(5, 2), middle DECIMAL(15, 3), large DECIMAL(30, 4), s STRING,"
            + " bytes BYTES, day DATE, t TIME(3), ts TIMESTAMP(3), tz TIMESTAMP_LTZ(6),"
            + " list ARRAY<INT>, attributes MAP<STRING, BIGINT>,"
            + " point ROW<x INT, label STRING, tags ARRAY<STRING>>)"
            + " WITH ('partitions' = '1')");
    server.execute(
        "INSERT INTO kinds VALUES (1, TRUE, 12345678901, 1.5, -2.25, 123.45, -123456789012.345,"
            + " 12345678901234567890123456.7891, 'häh', '\\x00\\xFF', DATE '2026-01-31', TIME '08:15:30',"
            + " TIMESTAMP '2026-01-31 08:15:30.125', TIMESTAMP '2026-01-31 08:15:30.123456',"
            + " [1, 2, 3], MAP {'a': 1, 'b': 2}, {'x': 7, 'label': 'seven', 'tags': ['x', 'y']})");
    server.execute("INSERT INTO kinds (id) VALUES (2)");
    server.execute("ALTER STREAM kinds ADD COLUMN added STRING");
    server.execute("INSERT INTO kinds (id, added) VALUES (3, 'new')");

    assertThat(read("kinds").load().schema().toDDL())
        .isEqualTo(
            "id INT NOT NULL,b BOOLEAN,l BIGINT,f FLOAT,d DOUBLE,small DECIMAL(5,2),"
                + "middle DECIMAL(15,3),large DECIMAL(30,4),s STRING,bytes BINARY,day DATE,"
                + "t INTERVAL HOUR TO SECOND,ts TIMESTAMP_NTZ,tz TIMESTAMP,list ARRAY<INT>,"
                + "attributes MAP<STRING, BIGINT>,"
                + "point STRUCT<x: INT, label: STRING, tags: ARRAY<STRING>>,added STRING");
    assertThat(
            read("kinds")
                .load()
                .selectExpr(
                    "id",
                    "b",
                    "l",
                    "f",
                    "d",
                    "small",
                    "middle",
                    "large",
                    "s",
                    "hex(bytes)",
                    "day",
                    "string(t)",
                    "ts",
                    "string(tz)",
                    "string(list)",
                    "string(attributes)",
                    "string(point)",
                    "added")
                .collectAsList())
        .extracting(Row::toString)
        .containsExactly(
            "[1,true,12345678901,1.5,-2.25,123.45,-123456789012.345,"
                + "12345678901234567890123456.7891,häh,00FF,2026-01-31,"
                + "INTERVAL '08:15:30' HOUR TO SECOND,2026-01-31T08:15:30.125,"
                + "2026-01-31 08:15:30.123456,[1, 2, 3],{a -> 1, b -> 2},{7, seven, [x, y]},null]",
            "[2" + ",null".repeat(17) + "]",
            "[3" + ",null".repeat(16) + ",new]");
    Dataset<Row> narrow = read("kinds").load().select("added", "id");
    assertThat(texts(narrow)).containsExactly("[new,3]", "[null,1]", "[null,2]");
    assertThat(narrow.queryExecution().executedPlan().toString())
        .as("only what is asked for is decoded")
        .contains("[id, added]");
    assertThat(read("kinds").load().count()).isEqualTo(3);
  }

  @Test
  void aTableGivesItsCurrentRowsAndItsChangesOnDemand() {
    server.execute(
        "CREATE TABLE sites (site STRING, region STRING, visits INT NOT NULL, PRIMARY KEY (site))");
    server.execute("INSERT INTO sites VALUES ('shop', 'emea', 1), ('blog', 'emea', 2)");
    server.execute("INSERT INTO sites VALUES ('shop', 'apac', 3), ('docs', 'amer', 4)");
    server.execute("DELETE FROM sites WHERE site = 'blog'");

    assertThat(texts(read("sites").load())).containsExactly("[docs,amer,4]", "[shop,apac,3]");
    assertThat(
            texts(
                read("sites")
                    .option("changes", "on")
                    .load()
                    .select("_op", "site", "region", "visits")))
        .containsExactly(
            "[delete,blog,null,null]",
            "[upsert,blog,emea,2]",
            "[upsert,docs,amer,4]",
            "[upsert,shop,apac,3]",
            "[upsert,shop,emea,1]");
    assertThatThrownBy(() -> read("sites").option("endingOffsets", "latest").load().count())
        .hasStackTraceContaining("'changes' = 'on'");
  }

  @Test
  void metadataIsThereForWhoAsksAndNarrowsWhatIsRead() {
    server.execute("CREATE STREAM numbers (n INT) WITH ('partitions' = '1')");
    for (int n = 0; n < 5; n++) {
      server.execute("INSERT INTO numbers VALUES (" + n + ")");
    }
    assertThat(read("numbers").load().columns()).containsExactly("n");
    List<Row> rows =
        read("numbers")
            .load()
            .select("n", "_topic", "_partition", "_offset", "_timestamp", "_key", "_headers")
            .orderBy("n")
            .collectAsList();
    assertThat(rows).hasSize(5);
    Row third = rows.get(2);
    assertThat(third.getString(1)).isEqualTo("numbers");
    assertThat(third.getInt(2)).isZero();
    assertThat(third.isNullAt(5)).isTrue();
    long offset = third.getLong(3);
    Instant written = third.getTimestamp(4).toInstant();

    assertThat(texts(read("numbers").load().where("_offset >= " + offset)))
        .containsExactly("[2]", "[3]", "[4]");
    assertThat(texts(read("numbers").load().where("_offset < " + offset)))
        .containsExactly("[0]", "[1]");
    Dataset<Row> later = read("numbers").load().where("_timestamp >= TIMESTAMP '" + written + "'");
    assertThat(texts(later)).containsExactly("[2]", "[3]", "[4]");
    assertThat(later.queryExecution().executedPlan().toString())
        .contains("where _timestamp >= " + written);
    assertThat(
            texts(read("numbers").option("startingTimestamp", "" + written.toEpochMilli()).load()))
        .containsExactly("[2]", "[3]", "[4]");
    assertThat(
            texts(
                read("numbers")
                    .option("startingOffsets", "{\"numbers\":{\"0\":" + offset + "}}")
                    .option("endingOffsets", "{\"numbers\":{\"0\":" + (offset + 1) + "}}")
                    .load()))
        .containsExactly("[2]");
    assertThat(read("numbers").load().where("_partition = 7").count()).isZero();
  }

  @Test
  void theKeyOfATableIsFoundOrAskedFor() {
    server.execute(
        "CREATE TABLE pairs (a STRING, b STRING NOT NULL, PRIMARY KEY (b))"
            + " WITH ('partitions' = '1')");
    server.execute("INSERT INTO pairs VALUES ('x', 'y')");
    server.execute("DELETE FROM pairs WHERE b = 'y'");
    server.execute("CREATE TABLE twins (a STRING NOT NULL, b STRING, PRIMARY KEY (b))");
    server.execute("INSERT INTO twins VALUES ('x', 'y')");

    assertThat(texts(read("pairs").option("changes", "on").load()))
        .containsExactly("[null,y]", "[x,y]");
    assertThatThrownBy(() -> read("twins").load())
        .hasMessage("Cannot tell which column is the key of table twins: a, b");
    assertThat(texts(read("twins").option("key", "b").load())).containsExactly("[x,y]");
    assertThat(read("twins").option("url", server.url()).load().schema().toDDL())
        .isEqualTo("a STRING,b STRING NOT NULL");
  }

  private static List<String> drain(Path checkpoint, Path out, Map<String, String> options)
      throws TimeoutException, StreamingQueryException {
    readStream("events")
        .options(options)
        .load()
        .select("n", "_offset")
        .writeStream()
        .format("json")
        .option("checkpointLocation", checkpoint.toString())
        .option("path", out.toString())
        .trigger(Trigger.AvailableNow())
        .start()
        .awaitTermination();
    return spark.read().schema("n INT").json(out.toString()).collectAsList().stream()
        .map(row -> "" + row.getInt(0))
        .sorted()
        .toList();
  }

  @Test
  void aQueryGoesOnWhereItStoodAndNeverPassesOverWhatHasExpired() throws Exception {
    Path checkpoint = folder.resolve("events-checkpoint");
    Path out = folder.resolve("events-out");
    server.execute("CREATE STREAM events (n INT) WITH ('partitions' = '1')");
    server.execute("INSERT INTO events VALUES (0)");
    assertThat(drain(checkpoint, out, Map.of())).as("a new query begins at the end").isEmpty();
    server.execute("INSERT INTO events VALUES (1), (2), (3), (4), (5)");
    assertThat(drain(checkpoint, out, Map.of("maxOffsetsPerTrigger", "2")))
        .containsExactly("1", "2", "3", "4", "5");
    assertThat(checkpoint.resolve("commits").toFile().list((d, name) -> name.matches("\\d+")))
        .as("epochs of two offsets at most, transaction markers among them")
        .hasSizeGreaterThanOrEqualTo(3);

    server.execute("INSERT INTO events VALUES (6)");
    server.execute("INSERT INTO events VALUES (7)");
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", server.kafka()))) {
      long last = read("events").load().where("n = 7").select("_offset").first().getLong(0);
      admin
          .deleteRecords(
              Map.of(new TopicPartition("events", 0), RecordsToDelete.beforeOffset(last)))
          .all()
          .get();
    }
    assertThatThrownBy(() -> drain(checkpoint, out, Map.of()))
        .hasStackTraceContaining("DATA_EXPIRED")
        .hasStackTraceContaining("retention has removed offsets");
    assertThat(drain(checkpoint, out, Map.of("skipExpired", "on")))
        .containsExactly("1", "2", "3", "4", "5", "7");
  }

  @Test
  void whatIsNotThereIsSaidSo() {
    assertThatThrownBy(() -> read("nothing").load())
        .hasStackTraceContaining("Cannot find nothing: there is no topic nothing");
    assertThatThrownBy(() -> read("nothing").option("starting_offsets", "earliest").load())
        .hasStackTraceContaining("Did you mean 'startingOffsets'?");
    server.execute("CREATE STREAM lines (line STRING) WITH ('format' = 'raw')");
    assertThatThrownBy(() -> read("lines").load())
        .hasStackTraceContaining("the registry has no contract lines-value");
  }
}
