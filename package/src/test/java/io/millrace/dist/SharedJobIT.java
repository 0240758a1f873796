package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All tables of a source in one Flink job, on a server that is killed. */
class SharedJobIT {
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final int MANY = Integer.getInteger("hardening.source-tables", 5);

  @TempDir Path folder;
  private EmbeddedPostgres postgres;
  private ChildJvm server;
  private int starts;
  private Door door;

  @BeforeEach
  void startDatabase() throws IOException {
    postgres = EmbeddedPostgres.builder().setServerConfig("wal_level", "logical").start();
  }

  @AfterEach
  void stop() throws Exception {
    if (server != null) {
      server.kill();
    }
    postgres.close();
  }

  private void change(String... statements) throws SQLException {
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private void createTable(String name, int rows) throws SQLException {
    change(
        "CREATE TABLE " + name + " (id int PRIMARY KEY, n int)",
        "ALTER TABLE " + name + " REPLICA IDENTITY FULL",
        "INSERT INTO " + name + " SELECT i, 0 FROM generate_series(1, " + rows + ") i");
  }

  /** Its slots are those of one job, so that a second one could not run. */
  private void startServer() throws IOException {
    List<String> arguments = new ArrayList<>();
    Map.of(
            "data", folder.resolve("data").toString(),
            "http.port", "0",
            "registry.port", "0",
            "kafka.port", "0",
            "flow.slots", "2")
        .forEach((key, value) -> arguments.addAll(List.of("--set", key + "=" + value)));
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

  private String source(String stateBackend) {
    return "CREATE SOURCE crm FROM postgres INTO PREFIX crm_ WITH ('url' = 'jdbc:postgresql://127.0.0.1:"
        + postgres.getPort()
        + "/postgres', 'user' = 'postgres', 'tables' = '*', 'heartbeat' = '500 ms',"
        + " 'partitions' = '2', 'state.backend' = '"
        + stateBackend
        + "')";
  }

  private void eventually(String sql, List<List<String>> rows) {
    await()
        .atMost(SOON)
        .ignoreExceptionsInstanceOf(IllegalStateException.class)
        .untilAsserted(
            () ->
                assertThat(door.rows(sql))
                    .as(() -> door.rows("SHOW QUERIES") + " " + door.rows("SHOW SOURCES"))
                    .isEqualTo(rows));
  }

  /** How often each number stands in the table, and how many versions its rows have had. */
  private void eventuallyHolds(String table, int rows, int sum, int versions) {
    eventually(
        "SELECT count(*), coalesce(sum(n), 0) FROM " + table,
        List.of(List.of("" + rows, "" + sum)));
    eventually(
        "SELECT count(*), count(*) FILTER (is_current) FROM \"" + table + "$history\"",
        List.of(List.of("" + versions, "" + rows)));
  }

  private void awaitNumbers(String query, int rowsIn, int rowsOut) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(door.shown("SHOW QUERIES", query))
                    .containsEntry("state", "RUNNING")
                    .containsEntry("rows_in", "" + rowsIn)
                    .containsEntry("rows_out", "" + rowsOut)
                    .containsEntry("lag_rows", "0")
                    .containsEntry("restarts", "0"));
  }

  private List<String> checkpointFolders() throws IOException {
    try (Stream<Path> folders = Files.list(folder.resolve("data").resolve("checkpoints"))) {
      return folders.map(path -> path.getFileName().toString()).toList();
    }
  }

  @Test
  void tablesOfASourceShareAJobAndComeAndGo() throws Exception {
    createTable("customers", 3);
    createTable("orders", 5);
    createTable("items", 2);
    startServer();
    door.execute(source("rocksdb"));
    eventuallyHolds("crm_customers", 3, 0, 3);
    eventuallyHolds("crm_orders", 5, 0, 5);
    eventuallyHolds("crm_items", 2, 0, 2);
    change("UPDATE orders SET n = 1");
    eventuallyHolds("crm_orders", 5, 5, 10);
    assertThat(checkpointFolders()).containsExactly("_millrace_source_crm");
    // A row and a version each; of an update the version before is ended, too.
    awaitNumbers("crm_customers", 3, 6);
    awaitNumbers("crm_orders", 10, 25);
    awaitNumbers("crm_items", 2, 4);
    assertThat(door.error("PAUSE QUERY crm_orders").toString())
        .contains("it runs in one job with those of the other tables", "PAUSE SOURCE crm;");

    server.kill();
    change("UPDATE customers SET n = 2 WHERE id = 1", "DELETE FROM items WHERE id = 2");
    startServer();
    eventuallyHolds("crm_customers", 3, 2, 4);
    eventuallyHolds("crm_items", 1, 0, 2);
    awaitNumbers("crm_customers", 1, 3);
    awaitNumbers("crm_orders", 0, 0);

    change(
        "ALTER TABLE customers ADD COLUMN email text",
        "UPDATE customers SET email = 'a@x' WHERE id = 1",
        "UPDATE orders SET n = 2 WHERE id = 1");
    eventually(
        "SELECT id, n, email FROM crm_customers WHERE id < 3 ORDER BY id",
        List.of(List.of("1", "2", "a@x"), Arrays.asList("2", "0", null)));
    eventuallyHolds("crm_customers", 3, 2, 5);
    eventuallyHolds("crm_orders", 5, 6, 11);

    door.execute("DROP SOURCE crm");
    door.execute("DROP TABLE crm_items");
    server.kill();
    change("DELETE FROM items", "INSERT INTO items VALUES (7, 7)", "UPDATE orders SET n = 3");
    startServer();
    assertThat(door.rows("SHOW QUERIES")).hasSize(2);
    door.execute("INSERT INTO crm_customers (id, n) VALUES (9, 9)");
    eventuallyHolds("crm_customers", 4, 11, 6);
    door.execute("DELETE FROM crm_customers WHERE id = 9");
    eventuallyHolds("crm_customers", 3, 2, 6);
    assertThat(door.error(source("hashmap")).get("message").asText())
        .matches(
            "Cannot create source crm: its tables share a job with table crm_(customers|orders),"
                + " whose state.backend is rocksdb");
    door.execute(source("rocksdb"));
    eventuallyHolds("crm_items", 1, 7, 1);
    eventuallyHolds("crm_orders", 5, 15, 16);
    eventuallyHolds("crm_customers", 3, 2, 6);
    change("UPDATE items SET n = 8");
    eventuallyHolds("crm_items", 1, 8, 2);
    server.kill();
    startServer();
    change("UPDATE items SET n = 9");
    eventuallyHolds("crm_items", 1, 9, 3);
    assertThat(checkpointFolders()).containsExactly("_millrace_source_crm");

    door.execute("DROP SOURCE crm");
    door.execute("DROP TABLE crm_customers");
    door.execute("DROP TABLE crm_orders");
    door.execute("INSERT INTO crm_items VALUES (8, 8)");
    eventuallyHolds("crm_items", 2, 17, 4);
    door.execute("DROP TABLE crm_items");
    assertThat(checkpointFolders()).isEmpty();
    assertThat(door.rows("SHOW QUERIES")).isEmpty();
  }

  @Test
  void manyTablesNeedNoMoreSlotsThanOne() throws Exception {
    for (int i = 0; i < MANY; i++) {
      createTable("t" + i, 1);
    }
    startServer();
    long begun = System.nanoTime();
    door.execute(source("hashmap"));
    System.out.printf("%d tables: %.1f s%n", MANY, (System.nanoTime() - begun) / 1e9);
    for (int i = 0; i < MANY; i++) {
      eventuallyHolds("crm_t" + i, 1, 0, 1);
    }
    server.kill();
    startServer();
    for (int i = 0; i < MANY; i++) {
      change("UPDATE t" + i + " SET n = " + i);
    }
    for (int i = 0; i < MANY; i++) {
      eventuallyHolds("crm_t" + i, 1, i, i == 0 ? 1 : 2);
    }
    assertThat(checkpointFolders()).containsExactly("_millrace_source_crm");
  }
}
