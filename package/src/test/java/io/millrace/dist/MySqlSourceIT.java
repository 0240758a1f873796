package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.testserver.mariadb.MariaDbServer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** CREATE SOURCE ... FROM mysql against a real MariaDB, where {@code .ci/setup} has put one. */
@EnabledIf(
    value = "io.millrace.testserver.mariadb.MariaDbServer#isInstalled",
    disabledReason = "NOT RUN: no MariaDB on this machine; .ci/setup installs it")
class MySqlSourceIT extends CaptureTrial {
  private static MariaDbServer mariadb;

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
  void createDatabase() throws SQLException {
    mariadb.execute("DROP DATABASE IF EXISTS shop", "CREATE DATABASE shop");
  }

  @Override
  String type() {
    return "mysql";
  }

  @Override
  String schema() {
    return "shop";
  }

  @Override
  void execute(String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection(mariadb.url("shop"));
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** Said for all tables by binlog_row_image. */
  @Override
  void logWhole(String table) {}

  @Override
  String retype(String type) {
    return "ALTER TABLE customers MODIFY points " + type;
  }

  @Override
  String with(String tables) {
    return " WITH ('url' = 'jdbc:mariadb://127.0.0.1:"
        + mariadb.port()
        + "/shop', 'user' = 'root', 'tables' = '"
        + tables
        + "', 'heartbeat' = '500 ms')";
  }

  @Test
  void everyTypeComesThrough() throws SQLException {
    execute(
        "CREATE TABLE shop.kinds (id bigint AUTO_INCREMENT PRIMARY KEY, b boolean, t tinyint, tu"
            + " tinyint unsigned, s smallint unsigned, m mediumint, i int, iu int unsigned, l"
            + " bigint, lu bigint unsigned, y year, f float, d double, n decimal(20,4), nl"
            + " decimal(40,2), b1 bit, b12 bit(12), bin binary(4), vb varbinary(10), bl blob, c"
            + " char(3), v varchar(20) CHARACTER SET latin1, tx mediumtext CHARACTER SET utf8mb4, e"
            + " enum('sad','happy'), st set('a','b','c'), j json, u uuid, dt date, ti time, t6"
            + " time(6), dtm datetime, dt3 datetime(3), dt6 datetime(6), ts timestamp NULL, ts6"
            + " timestamp(6) NULL, p point, g int AS (i + 1) STORED)");
    String columns =
        "(b, t, tu, s, m, i, iu, l, lu, y, f, d, n, nl, b1, b12, bin, vb, bl, c, v, tx, e, st, j, u,"
            + " dt, ti, t6, dtm, dt3, dt6, ts, ts6, p)";
    String row =
        "(true, -5, 255, 65535, -8388608, -7, 4294967295, -9, 18446744073709551615, 2026, 1.5, 2.25,"
            + " 1234567890123456.7890, 12345678901234567890123456789012345678.90, b'1',"
            + " b'101000001111', x'01020304', x'deadbeef', x'00ff', 'abc', 'ä', '日本 \uD83D\uDE80', 'happy', 'a,c',"
            + " '{\"k\": [1, null]}', '00000000-0000-0000-0000-000000000001', '2026-03-29',"
            + " '-838:59:59', '12:34:56.789012', '2026-03-29 02:30:00', '2026-03-29 02:30:00.123',"
            + " '2026-03-29 02:30:00.123456', '2026-03-29 02:30:00', '2026-03-29 02:30:00.123456',"
            + " Point(1, 2))";
    String insert = "INSERT INTO shop.kinds " + columns + " VALUES " + row;
    execute(insert, "INSERT INTO shop.kinds () VALUES ()");
    shell.run("CREATE SOURCE crm FROM mysql INTO PREFIX crm_" + with("shop.kin*"));
    eventually("SELECT count(*) AS n FROM crm_kinds", "n\n2\n");
    execute(insert);
    eventually("SELECT count(*) AS n FROM crm_kinds", "n\n3\n");
    assertThat(shell.run("SHOW DEAD LETTERS")).contains("(0 rows)");
    String[] lines = csv("SELECT * EXCLUDE (id) FROM crm_kinds ORDER BY id").split("\n");
    assertThat(lines[1]).isEqualTo(lines[3]);
    assertThat(lines[1])
        .isEqualTo(
            "1,-5,255,65535,-8388608,-7,4294967295,-9,18446744073709551615,2026,1.5,2.25,"
                + "1234567890123456.7890,12345678901234567890123456789012345678.90,true,Dwo=,"
                + "AQIDBA==,3q2+7w==,AP8=,abc,ä,日本 \uD83D\uDE80,happy,\"a,c\",\"{\"\"k\"\": [1,"
                + " null]}\",00000000-0000-0000-0000-000000000001,2026-03-29,-838:59:59,"
                + "12:34:56.789012,2026-03-29T02:30,2026-03-29T02:30:00.123,"
                + "2026-03-29T02:30:00.123456,2026-03-29T02:30:00Z,2026-03-29T02:30:00.123456Z,"
                + "AQEAAAAAAAAAAADwPwAAAAAAAABA,-6");
    assertThat(lines[2]).matches(",+");
  }

  @Test
  void whatCannotBeFollowedIsSaidWithWhatToDo() throws SQLException {
    execute(
        "CREATE TABLE shop.heap (a int)",
        "CREATE TABLE shop.hosts (id int PRIMARY KEY, address inet6)");
    assertThat(shell.run("CREATE SOURCE s FROM mysql INTO x" + with("heap")))
        .contains("Cannot follow shop.heap: there is no PRIMARY KEY");
    assertThat(shell.run("CREATE SOURCE s FROM mysql INTO x" + with("hosts")))
        .contains("Cannot follow shop.hosts: column address has type inet6");
    assertThat(shell.run("CREATE SOURCE s FROM mysql INTO x" + with("nothing")))
        .contains("there is no such table", "shop.heap, shop.hosts");
    assertThat(
            shell.run(
                "CREATE SOURCE s FROM mysql INTO x" + with("heap").replace("/shop", "/shop?a=b")))
        .contains("Invalid value for 'url': it has options (a=b)");
    assertThat(
            shell.run(
                "CREATE SOURCE s FROM mysql INTO x"
                    + with("heap").replace("127.0.0.1", "not a host")))
        .contains("Invalid value for 'url': it names no MariaDB or MySQL database");
    assertThat(csv("SHOW SOURCES").lines()).hasSize(1);
  }

  @Test
  void everyKindOfChangeComesThrough() throws SQLException {
    execute(
        "CREATE TABLE shop.customers (id int PRIMARY KEY, name varchar(20) NOT NULL COMMENT 'who',"
            + " balance decimal(10,2)) COMMENT 'who buys'",
        "INSERT INTO shop.customers VALUES (1, 'Ada', 1.50), (2, 'Bob', NULL), (3, 'Cyd', -3)");
    assertThat(shell.run("CREATE SOURCE crm FROM mysql INTO customers" + with("customers")))
        .isEqualTo("Created source crm into customers.\n");
    eventually(
        "SELECT * FROM customers ORDER BY id",
        "id,name,balance\n1,Ada,1.50\n2,Bob,\n3,Cyd,-3.00\n");
    execute(
        "UPDATE shop.customers SET balance = balance + 1 WHERE id = 1",
        "UPDATE shop.customers SET id = 20 WHERE id = 2",
        "DELETE FROM shop.customers WHERE id = 3",
        "INSERT INTO shop.customers VALUES (4, 'Dan', 0)",
        "UPDATE shop.customers SET balance = 7 WHERE id = 4");
    eventually(
        "SELECT * FROM customers ORDER BY id",
        "id,name,balance\n1,Ada,2.50\n4,Dan,7.00\n20,Bob,\n");
    execute(
        "ALTER TABLE shop.customers ADD COLUMN email varchar(50)",
        "UPDATE shop.customers SET email = 'a@x' WHERE id = 1");
    eventually(
        "SELECT * FROM customers ORDER BY id",
        "id,name,balance,email\n1,Ada,2.50,a@x\n4,Dan,7.00,\n20,Bob,,\n");
    server.close();
    execute("UPDATE shop.customers SET email = 'b@x' WHERE id = 4");
    startServer();
    eventually(
        "SELECT * FROM customers ORDER BY id",
        "id,name,balance,email\n1,Ada,2.50,a@x\n4,Dan,7.00,b@x\n20,Bob,,\n");
    execute("TRUNCATE shop.customers");
    eventually("SELECT count(*) AS n FROM customers", "n\n0\n");
    assertThat(csv("SHOW SOURCES")).contains("crm,mysql,customers,RUNNING");
    assertThat(shell.run("DROP SOURCE crm")).isEqualTo("Dropped source crm.\n");
  }
}
