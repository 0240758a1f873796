package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;

/** Rows that are too old are gone: from the topic, the copy, the history and the sinks. */
class ExpiryIT extends SourceTrial {
  @Test
  void aTablesOldRowsAreDeletedWhereverItIsReadAndThoseThatAreSetAgainStay() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.builder().start();
        Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement mart = connection.createStatement()) {
      shell.run(
          "CREATE TABLE seen (id INT, city STRING, PRIMARY KEY (id)) WITH ('expire' = '8 s')");
      shell.run(
          "CREATE SINK mart FROM seen INTO jdbc WITH ('trigger' = '300 ms', 'user' = 'postgres',"
              + " 'url' = 'jdbc:postgresql://127.0.0.1:"
              + postgres.getPort()
              + "/postgres')");
      shell.run("INSERT INTO seen VALUES (1, 'Kyiv'), (2, 'Lviv'), (3, 'Odesa')");
      String all = "id,city\n1,Kyiv\n2,Lviv\n3,Odesa\n";
      eventually("SELECT * FROM seen ORDER BY id", all);
      eventually(mart, "1 Kyiv 2 Lviv 3 Odesa ");
      await()
          .atMost(SOON)
          .pollInterval(Duration.ofSeconds(1))
          .until(
              () -> {
                shell.run("INSERT INTO seen VALUES (1, 'Kyiv')");
                return csv("SELECT * FROM seen").equals("id,city\n1,Kyiv\n");
              });
      eventually(mart, "1 Kyiv ");
      assertThat(csv("SHOW QUERIES")).contains("seen$expire,seen,RUNNING");
      assertThat(csv("DESCRIBE EXTENDED seen")).contains("[expire],8 s", "query seen$expire");

      shell.run("INSERT INTO seen VALUES (4, 'Rome')");
      server.close();
      startServer();
      eventually("SELECT count(*) AS n FROM seen", "n\n0\n");
      eventually(mart, "");
      Map<String, byte[]> left = newest("seen");
      assertThat(left).hasSize(4);
      assertThat(left.values()).containsOnlyNulls();
    }
  }

  @Test
  void howLongRowsStayIsAltered() {
    shell.run("CREATE TABLE sites (id INT, city STRING, PRIMARY KEY (id))");
    shell.run("INSERT INTO sites VALUES (1, 'Kyiv')");
    assertThat(shell.run("ALTER TABLE sites SET ('expire' = '1 day')"))
        .contains("rows of sites: changed; deleted once nobody has set them for 1 day from now on");
    eventually("SELECT * FROM sites", "id,city\n1,Kyiv\n");
    assertThat(shell.run("DROP QUERY \"sites$expire\""))
        .contains("it belongs to table sites", "SET ('expire' = 'never')");
    assertThat(csv("EXPLAIN ALTER TABLE sites SET ('expire' = '1 s')"))
        .contains("deleted once nobody has set them for 1 s from now on, before: deleted");
    shell.run("ALTER TABLE sites SET ('expire' = '1 s')");
    eventually("SELECT count(*) AS n FROM sites", "n\n0\n");
    shell.run("ALTER TABLE sites SET ('expire' = 'never')");
    assertThat(csv("SHOW QUERIES")).doesNotContain("sites");
    shell.run("INSERT INTO sites VALUES (2, 'Lviv')");
    eventually("SELECT * FROM sites", "id,city\n2,Lviv\n");
    shell.run("ALTER TABLE sites SET ('expire' = '1 h')");
    shell.run("PAUSE QUERY \"sites$expire\"");
    assertThat(csv("SHOW QUERIES")).contains("sites$expire,sites,PAUSED");
    assertThat(shell.run("DROP TABLE sites")).isEqualTo("Dropped table sites.\n");
    assertThat(csv("SHOW QUERIES")).doesNotContain("sites");

    shell.run("CREATE STREAM hits (id INT)");
    assertThat(shell.run("ALTER STREAM hits SET ('expire' = '1 day')"))
        .contains("'expire' belongs to tables; a stream has 'retention'");
    assertThat(shell.run("CREATE STREAM more (id INT) WITH ('expire' = '1 day')"))
        .contains("expire");
    assertThat(shell.run("CREATE TABLE t (id INT, PRIMARY KEY (id)) WITH ('expire' = 'tomorrow')"))
        .contains("Invalid value for 'expire'");
    assertThat(
            shell.run(
                "CREATE TABLE t (id INT, s STRING, ts AS TO_TIMESTAMP(s), WATERMARK FOR ts AS ts,"
                    + " PRIMARY KEY (id)) WITH ('expire' = '1 day')"))
        .contains("event time ts is not held in its records");
  }

  @Test
  void historyEndsWithTheRowAtTheInstantThatItsChangesSay() {
    shell.run(
        "CREATE TABLE sites (id INT, city STRING, PRIMARY KEY (id))"
            + " WITH ('history' = 'scd2', 'expire' = '5 s')");
    shell.run("INSERT INTO sites VALUES (1, 'Kyiv')");
    eventually("SELECT * FROM sites", "id,city\n1,Kyiv\n");
    String versions =
        "SELECT city, is_current, epoch(valid_to - valid_from) AS seconds FROM \"sites$history\""
            + " ORDER BY valid_from";
    eventually(versions, "city,is_current,seconds\nKyiv,false,5.0\n");
    eventually("SELECT count(*) AS n FROM sites", "n\n0\n");
    assertThat(csv("SELECT count(*) AS n FROM sites_as_of(now())")).isEqualTo("n\n0\n");
    assertThat(
            csv(
                "SELECT city FROM sites_as_of((SELECT valid_to - INTERVAL 1 MICROSECOND FROM"
                    + " \"sites$history\"))"))
        .isEqualTo("city\nKyiv\n");
    shell.run("INSERT INTO sites VALUES (1, 'Rome')");
    assertThat(shell.run("ALTER TABLE sites SET ('expire' = '1 day')"))
        .contains("rows of sites: changed");
    eventually("SELECT * FROM sites", "id,city\n1,Rome\n");
    eventually(
        "SELECT city, is_current FROM \"sites$history\" ORDER BY valid_from",
        "city,is_current\nKyiv,false\nRome,true\n");
    shell.run("ALTER TABLE sites SET ('expire' = '1 s')");
    eventually("SELECT count(*) AS n FROM sites", "n\n0\n");
  }

  @Test
  void aDerivedTablesRowsExpireByEventTimeAndItsHistoryFollows() {
    shell.run(
        "CREATE STREAM orders (country STRING, ordered TIMESTAMP_LTZ(3), WATERMARK FOR ordered AS ordered)");
    assertThat(
            shell.run(
                "CREATE TABLE latest (PRIMARY KEY (country)) WITH ('expire' = '6 s', 'history' ="
                    + " 'scd2') AS SELECT country, MAX(ordered) AS ordered FROM orders GROUP BY country"))
        .startsWith("Created ");
    assertThat(
            shell.run(
                "CREATE TABLE readings (id INT, measured TIMESTAMP(3), PRIMARY KEY (id),"
                    + " WATERMARK FOR measured AS measured) WITH ('expire' = '1 day')"))
        .startsWith("Created ");
    shell.run("INSERT INTO orders VALUES ('FI', now())");
    eventually("SELECT country FROM latest", "country\nFI\n");
    eventually(
        "SELECT country, is_current FROM \"latest$history\"", "country,is_current\nFI,false\n");
    eventually("SELECT count(*) AS n FROM latest", "n\n0\n");
    shell.run(
        "INSERT INTO readings VALUES (1, TIMESTAMP '2020-01-01 00:00:00'),"
            + " (2, now()::TIMESTAMP), (3, NULL)");
    eventually("SELECT id FROM readings ORDER BY id", "id\n2\n3\n");
    assertThat(csv("SELECT statement FROM _millrace_dead_letters")).isEqualTo("statement\n");
    assertThat(shell.run("DROP TABLE latest")).isEqualTo("Dropped table latest.\n");
    assertThat(csv("SHOW QUERIES")).doesNotContain("latest");
  }

  @Test
  void aStreamsOldRowsAreGoneFromTheTopicAndTheCopy() {
    shell.run("CREATE STREAM hits (id INT) WITH ('retention' = '3 s', 'partitions' = '1')");
    shell.run("INSERT INTO hits VALUES (1), (2)");
    eventually("SELECT id FROM hits ORDER BY id", "id\n1\n2\n");
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(server.conductor().parts().log().beginning("hits").offsets().get(0))
                    .as("both rows, and the end of their transaction")
                    .isEqualTo(3));
    eventually("SELECT count(*) AS n FROM hits", "n\n0\n");
    shell.run("INSERT INTO hits VALUES (3)");
    eventually("SELECT id FROM hits", "id\n3\n");
  }

  private static void eventually(Statement mart, String expected) {
    await()
        .atMost(SOON)
        .ignoreExceptionsInstanceOf(SQLException.class)
        .untilAsserted(
            () -> {
              StringBuilder text = new StringBuilder();
              try (ResultSet rows = mart.executeQuery("SELECT id, city FROM mart ORDER BY id")) {
                while (rows.next()) {
                  text.append(rows.getInt(1)).append(' ').append(rows.getString(2)).append(' ');
                }
              }
              assertThat(text).hasToString(expected);
            });
  }

  /** What committed readers find last under each key of a table. */
  private Map<String, byte[]> newest(String topic) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", server.bootstrap());
    properties.put("isolation.level", "read_committed");
    Map<String, byte[]> newest = new TreeMap<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      var partitions =
          consumer.partitionsFor(topic).stream()
              .map((PartitionInfo p) -> new TopicPartition(topic, p.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          newest.put(HexFormat.of().formatHex(record.key()), record.value());
        }
      }
    }
    return newest;
  }
}
