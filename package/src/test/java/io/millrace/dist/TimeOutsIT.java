package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.log.LogClient;
import io.millrace.log.LogSettings;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that was away for longer than Kafka waits: for a commit, and with old records. */
class TimeOutsIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path folder;
  private ChildJvm server;
  private int starts;
  private Door door;
  private long sent;

  @AfterEach
  void stop() throws Exception {
    if (server != null) {
      server.kill();
    }
  }

  private void start(Map<String, String> settings) throws IOException {
    List<String> arguments = new ArrayList<>();
    settings.forEach((key, value) -> arguments.addAll(List.of("--set", key + "=" + value)));
    server =
        ChildJvm.start(
            folder.resolve("server-" + ++starts + ".out"),
            List.of(),
            Map.of(),
            StartCommand.class,
            arguments);
    server.awaitPrinted("ready in");
    String port = server.output().replaceFirst("(?s).*http.port (\\d+).*", "$1");
    door = new Door("http://127.0.0.1:" + port);
  }

  private void createCopies() {
    door.execute("CREATE STREAM lines (n BIGINT) WITH ('format' = 'json', 'partitions' = '4')");
    door.execute("CREATE STREAM copies AS SELECT n FROM lines");
  }

  private void send(String bootstrap, int rows) {
    try (LogClient log = LogClient.connect(LogSettings.of(bootstrap));
        Producer<byte[], byte[]> producer = log.producer(Map.of())) {
      for (int i = 0; i < rows; i++) {
        byte[] row = ("{\"n\": " + sent + "}").getBytes();
        producer.send(new ProducerRecord<>("lines", (int) (sent++ % 4), null, row));
      }
    }
  }

  private void awaitCopies() {
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(door.rows("SELECT count(*), count(DISTINCT n) FROM copies").get(0))
                    .isEqualTo(List.of(Long.toString(sent), Long.toString(sent))));
  }

  /** Rows 1 to 3 are delivered by a query and a sink that are paused when 4 to 6 come. */
  private void pauseReadersOfBriefRows() {
    door.execute(
        "CREATE STREAM brief (n BIGINT) WITH"
            + " ('format' = 'json', 'partitions' = '1', 'retention' = '20 seconds')");
    door.execute("CREATE STREAM brief_copy AS SELECT n FROM brief");
    door.execute(
        "CREATE SINK brief_files FROM brief INTO parquet WITH ('path' = '"
            + folder.resolve("files")
            + "', 'trigger' = '1 second')");
    door.execute("INSERT INTO brief VALUES (1), (2), (3)");
    await().atMost(SOON).untilAsserted(() -> assertThat(copied()).isEqualTo("1,2,3"));
    awaitFiled("1,2,3");
    door.execute("PAUSE QUERY brief_copy");
    door.execute("PAUSE SINK brief_files");
    door.execute("INSERT INTO brief VALUES (4), (5), (6)");
  }

  private String copied() {
    return door.value("SELECT string_agg(n, ',' ORDER BY n) FROM brief_copy");
  }

  private void awaitFiled(String rows) {
    await()
        .atMost(SOON)
        // Until the first file is there.
        .ignoreException(SQLException.class)
        .untilAsserted(() -> assertThat(filed()).isEqualTo(rows));
  }

  private String filed() throws SQLException {
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT string_agg(n, ',' ORDER BY n) FROM read_parquet('"
                    + folder
                    + "/files/**/*.parquet')")) {
      row.next();
      return row.getString(1);
    }
  }

  private void resumeReadersOfExpiredRows(String bootstrap) {
    try (LogClient log = LogClient.connect(LogSettings.of(bootstrap))) {
      await().atMost(SOON).until(() -> log.beginning("brief").equals(log.end("brief", false)));
    }
    assertStops("QUERY", "brief_copy");
    assertStops("SINK", "brief_files");
    door.execute("RESUME QUERY brief_copy SKIP EXPIRED");
    door.execute("RESUME SINK brief_files SKIP EXPIRED");
    door.execute("INSERT INTO brief VALUES (7)");
    await().atMost(SOON).untilAsserted(() -> assertThat(copied()).isEqualTo("1,2,3,7"));
    awaitFiled("1,2,3,7");
    assertThat(door.shown("SHOW QUERIES", "brief_copy")).containsEntry("state", "RUNNING");
    assertThat(door.shown("SHOW SINKS", "brief_files")).containsEntry("state", "RUNNING");
  }

  private void assertStops(String kind, String name) {
    String show = kind.equals("SINK") ? "SHOW SINKS" : "SHOW QUERIES";
    door.execute("RESUME " + kind + " " + name);
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(door.shown(show, name)).containsEntry("state", "FAILED"));
    assertThat(door.shown(show, name).get("last_error"))
        .contains("DATA_EXPIRED", "retention has removed offsets", name + " SKIP EXPIRED");
  }

  @Test
  void aCommitThatComesTooLateIsSeenAndDoneAgainOnAnOutsideKafka() throws Exception {
    try (Outside outside = new Outside(folder.resolve("outside"))) {
      folder.resolve("outside").toFile().mkdir();
      CommitGate gate = outside.putGate();
      outside.startKafka();
      outside.startRegistry();
      Map<String, String> settings = new HashMap<>(outside.settings(folder.resolve("data")));
      settings.put("transaction.timeout", "1 hour");
      assertThatThrownBy(
              () ->
                  SingleProcess.start(
                      Configuration.load(folder.resolve("none"), Map.of(), settings)))
          .isInstanceOfSatisfying(
              MillraceException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_OPTION))
          .hasMessageContaining("'transaction.timeout': 1 h")
          .hasMessageContaining("transaction.max.timeout.ms, 15 min");

      settings.put("transaction.timeout", "10 seconds");
      start(settings);
      createCopies();
      pauseReadersOfBriefRows();
      send(outside.bootstrap(), 200);
      awaitCopies();
      // First every commit of a checkpoint is late, then one of two has been done.
      for (int done = 0; done < 2; done++) {
        // Paused, so that the rows of all partitions, and so both commits, are of one checkpoint.
        door.execute("PAUSE QUERY copies");
        send(outside.bootstrap(), 1000);
        gate.hold("millrace/copies/", done);
        door.execute("RESUME QUERY copies");
        int late = 2 - done;
        await().atMost(SOON).until(() -> gate.held() == late);
        server.kill();
        gate.open();
        awaitTimeOut(outside);
        start(settings);
        awaitCopies();
        assertThat(door.shown("SHOW QUERIES", "copies").get("last_error"))
            .contains("COMMIT_LOST", "records of it were written again, nothing is lost");
      }
      resumeReadersOfExpiredRows(outside.bootstrap());
    }
  }

  private static void awaitTimeOut(Outside outside) {
    try (LogClient log = LogClient.connect(LogSettings.of(outside.bootstrap()));
        Admin admin = Admin.create(log.clientProperties())) {
      ListTransactionsOptions open =
          new ListTransactionsOptions().filterStates(List.of(TransactionState.ONGOING));
      await()
          .atMost(SOON)
          .until(
              () ->
                  admin.listTransactions(open).all().get().stream()
                      .noneMatch(t -> t.transactionalId().startsWith("millrace/copies/")));
    }
  }

  @Test
  void aKilledServerWithItsOwnKafkaGoesOnExactlyAfterTheTimeOut() throws Exception {
    Map<String, String> settings =
        Map.of(
            "data", folder.resolve("data").toString(),
            "http.port", "0",
            "registry.port", "0",
            "kafka.port", Integer.toString(Outside.freePort()),
            "transaction.timeout", "10 seconds");
    String bootstrap = "127.0.0.1:" + settings.get("kafka.port");
    start(settings);
    createCopies();
    pauseReadersOfBriefRows();
    send(bootstrap, 5000);
    server.kill();
    // The broker died too, so that nobody aborts anything meanwhile: it does once it is back.
    await().atMost(SOON).pollDelay(Duration.ofSeconds(11)).until(() -> true);
    start(settings);
    awaitCopies();
    resumeReadersOfExpiredRows(bootstrap);
  }
}
