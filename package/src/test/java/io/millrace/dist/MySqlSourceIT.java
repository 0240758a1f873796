package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.cli.ShellRunner;
import io.millrace.sink.jdbc.MariaDbServer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** CREATE SOURCE ... FROM mysql against a real MariaDB, where {@code .ci/setup} has put one. */
@EnabledIf(
    value = "io.millrace.sink.jdbc.MariaDbServer#isInstalled",
    disabledReason = "NOT RUN: no MariaDB on this machine; .ci/setup installs it")
class MySqlSourceIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static MariaDbServer mariadb;

  @TempDir Path data;
  private SingleProcess server;
  private ShellRunner shell;

  @BeforeAll
  static void startDatabase(@TempDir Path folder) throws Exception {
    mariadb =
        new MariaDbServer(
            folder,
            "--log-bin=bin",
            "--server-id=1",
            "--binlog-format=ROW",
            "--binlog-row-image=FULL");
  }

  @AfterAll
  static void stopDatabase() throws Exception {
    mariadb.close();
  }

  @BeforeEach
  void start() throws SQLException {
    mariadb.asAdministrator("DROP DATABASE IF EXISTS shop", "CREATE DATABASE shop");
    server = TestServer.start(data);
    shell = new ShellRunner(server.url().orElseThrow());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static String with(String tables) {
    return " WITH ('url' = 'jdbc:mariadb://127.0.0.1:"
        + mariadb.port()
        + "/shop', 'user' = 'root', 'tables' = '"
        + tables
        + "', 'heartbeat' = '500 ms')";
  }

  private String csv(String sql) {
    return shell.command("sql", "--output", "csv", "-e", sql).replace("\r", "");
  }

  private void eventually(String sql, String expected) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(csv(sql)).as(() -> csv("SHOW SOURCES")).isEqualTo(expected));
  }

  @Test
  void everyKindOfChangeComesThrough() throws SQLException {
    mariadb.asAdministrator(
        "CREATE TABLE shop.customers (id int PRIMARY KEY, name varchar(20) NOT NULL COMMENT 'who',"
            + " balance decimal(10,2)) COMMENT 'who buys'",
        "INSERT INTO shop.customers VALUES (1, 'Ada', 1.50), (2, 'Bob', NULL), (3, 'Cyd', -3)");
    assertThat(shell.run("CREATE SOURCE crm FROM mysql INTO customers" + with("customers")))
        .isEqualTo("Created source crm into customers.\n");
    eventually(
        "SELECT * FROM customers ORDER BY id",
        "id,name,balance\n1,Ada,1.50\n2,Bob,\n3,Cyd,-3.00\n");
    mariadb.asAdministrator(
        "UPDATE shop.customers SET balance = balance + 1 WHERE id = 1",
        "UPDATE shop.customers SET id = 20 WHERE id = 2",
        "DELETE FROM shop.customers WHERE id = 3",
        "INSERT INTO shop.customers VALUES (4, 'Dan', 0)",
        "UPDATE shop.customers SET balance = 7 WHERE id = 4");
    eventually(
        "SELECT * FROM customers ORDER BY id",
        "id,name,balance\n1,Ada,2.50\n4,Dan,7.00\n20,Bob,\n");
    mariadb.asAdministrator(
        "ALTER TABLE shop.customers ADD COLUMN email varchar(50)",
        "UPDATE shop.customers SET email = 'a@x' WHERE id = 1");
    eventually(
        "SELECT * FROM customers ORDER BY id",
        "id,name,balance,email\n1,Ada,2.50,a@x\n4,Dan,7.00,\n20,Bob,,\n");
    server.close();
    mariadb.asAdministrator("UPDATE shop.customers SET email = 'b@x' WHERE id = 4");
    server = TestServer.start(data);
    shell = new ShellRunner(server.url().orElseThrow());
    eventually(
        "SELECT * FROM customers ORDER BY id",
        "id,name,balance,email\n1,Ada,2.50,a@x\n4,Dan,7.00,b@x\n20,Bob,,\n");
    mariadb.asAdministrator("TRUNCATE shop.customers");
    eventually("SELECT count(*) AS n FROM customers", "n\n0\n");
    assertThat(csv("SHOW SOURCES")).contains("crm,mysql,customers,RUNNING");
    assertThat(shell.run("DROP SOURCE crm")).isEqualTo("Dropped source crm.\n");
  }
}
