package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.log.LogClient;
import io.millrace.log.LogSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What docs/reference/failures.md promises for a Kafka and a registry that go away and come back,
 * on ones that the server did not start.
 */
class OutagesIT {
  @TempDir static Path folder;
  private static Outside outside;
  private SingleProcess server;
  private Door door;

  @BeforeAll
  static void startOutside() throws Exception {
    outside = new Outside(folder);
    outside.startKafka();
    outside.startRegistry();
  }

  @AfterAll
  static void stopOutside() throws Exception {
    outside.close();
  }

  @BeforeEach
  void start() {
    server =
        SingleProcess.start(
            Configuration.load(
                folder.resolve("none"), Map.of(), outside.settings(folder.resolve("data"))));
    door = new Door(server.url().orElseThrow());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /** Sends {"n": 0, "k": "k0"}, {"n": 1, ...} and so on until it is closed. */
  static final class Load implements AutoCloseable {
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong acknowledged = new AtomicLong();
    private final Producer<byte[], byte[]> producer;
    private final Thread thread;
    private volatile boolean stopping;

    Load(LogClient log, String topic, int perSecond) {
      producer = log.producer(Map.of("delivery.timeout.ms", "600000", "max.block.ms", "600000"));
      thread =
          new Thread(
              () -> {
                long started = System.nanoTime();
                while (!stopping) {
                  long due = (System.nanoTime() - started) * perSecond / 1_000_000_000L;
                  while (sent.get() < due) {
                    long n = sent.getAndIncrement();
                    String row = "{\"n\": " + n + ", \"k\": \"k" + n % 7 + "\"}";
                    producer.send(
                        new ProducerRecord<>(topic, row.getBytes(StandardCharsets.UTF_8)),
                        (metadata, e) -> {
                          if (e == null) {
                            acknowledged.incrementAndGet();
                          }
                        });
                  }
                  java.util.concurrent.locks.LockSupport.parkNanos(2_000_000);
                }
              },
              "load");
      thread.start();
    }

    long sent() {
      return sent.get();
    }

    @Override
    public void close() throws InterruptedException {
      if (stopping) {
        return;
      }
      stopping = true;
      thread.join();
      producer.close();
      assertThat(acknowledged.get()).isEqualTo(sent.get());
    }
  }

  @Test
  void queriesSinksAndCopiesGoOnExactlyAfterTheBrokerWasKilled() throws Exception {
    Path files = folder.resolve("files");
    door.execute("CREATE STREAM events (n BIGINT, k STRING) WITH ('format' = 'json')");
    door.execute("CREATE STREAM doubled AS SELECT n, k, n * 2 AS m FROM events");
    door.execute(
        "CREATE TABLE totals (PRIMARY KEY (k)) AS"
            + " SELECT k, COUNT(*) AS c, SUM(m) AS s FROM doubled GROUP BY k");
    door.execute(
        "CREATE SINK archive FROM doubled INTO parquet WITH ('path' = '"
            + files
            + "', 'trigger' = '1 second')");
    long sent;
    try (LogClient log = LogClient.connect(LogSettings.of(outside.bootstrap()));
        Load load = new Load(log, "events", 1000)) {
      awaitRows(load);
      outside.killKafka();
      for (String show :
          List.of("SHOW QUERIES/doubled", "SHOW QUERIES/totals", "SHOW SINKS/archive")) {
        String[] parts = show.split("/");
        await("the error shows")
            .atMost(Duration.ofSeconds(30))
            .untilAsserted(
                () ->
                    assertThat(door.shown(parts[0], parts[1]).get("last_error"))
                        .contains("KAFKA_UNAVAILABLE", outside.bootstrap()));
      }
      outside.startKafka();
      awaitRows(load);
      load.close();
      sent = load.sent();
    }
    String expected = sent + "," + sent + "," + sent * (sent - 1);
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              assertThat(sums("SELECT count(*), count(DISTINCT n), 2 * sum(n) FROM events"))
                  .isEqualTo(expected);
              assertThat(sums("SELECT count(*), count(DISTINCT n), sum(m) FROM doubled"))
                  .isEqualTo(expected);
              assertThat(sums("SELECT sum(c), sum(c), sum(s) FROM totals")).isEqualTo(expected);
              assertThat(archived(files)).isEqualTo(expected);
            });
  }

  private String sums(String select) {
    return String.join(",", door.rows(select).get(0));
  }

  private static String archived(Path files) throws SQLException {
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT count(*), count(DISTINCT n), sum(m) FROM read_parquet('"
                    + files
                    + "/**/*.parquet')")) {
      row.next();
      return row.getString(1) + "," + row.getString(2) + "," + row.getString(3);
    }
  }

  private void awaitRows(Load load) {
    long target = load.sent() + 3000;
    await()
        .atMost(Duration.ofSeconds(90))
        .untilAsserted(
            () -> {
              List<List<String>> rows = door.rows("SELECT coalesce(sum(c), 0) FROM totals");
              assertThat(Long.parseLong(rows.get(0).get(0))).isGreaterThanOrEqualTo(target);
            });
  }
}
