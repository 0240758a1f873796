package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.registry.Contracts;
import io.millrace.registry.RegistrySettings;
import io.millrace.testserver.mariadb.MariaDbServer;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Tables over topics that a real Debezium has filled, compared with its database. */
class DebeziumTopicsIT extends SourceTrial {
  private static final List<String> TABLES = List.of("json", "told", "avro");

  private Contracts contracts;

  @BeforeEach
  void openRegistry() {
    contracts =
        new Contracts(
            RegistrySettings.of("http://127.0.0.1:" + server.ports().get("registry.port")));
  }

  @AfterEach
  void closeRegistry() {
    contracts.close();
  }

  private void createTopics(String topic, Map<String, String> configs) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", server.bootstrap()))) {
      admin
          .createTopics(
              DebeziumFeed.SUFFIXES.stream()
                  .map(suffix -> new NewTopic(topic + suffix, 3, (short) 1).configs(configs))
                  .toList())
          .all()
          .get();
    }
  }

  private static String rows(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      StringBuilder rows = new StringBuilder();
      while (row.next()) {
        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
          String value = row.getString(i);
          rows.append(i == 1 ? "" : ",").append(value == null ? "" : value);
        }
        rows.append('\n');
      }
      return rows.toString();
    }
  }

  private static void execute(Connection connection, String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private String body(String sql) {
    String csv = csv(sql);
    return csv.substring(csv.indexOf('\n') + 1);
  }

  @Test
  void postgresTablesAndTheirHistoryAreThoseOfTheDatabase() throws Exception {
    createTopics("shop.public.goods", Map.of());
    whatCannotBeBoundIsSaid();
    try (EmbeddedPostgres postgres =
            EmbeddedPostgres.builder().setServerConfig("wal_level", "logical").start();
        Connection connection = postgres.getPostgresDatabase().getConnection()) {
      execute(
          connection,
          "CREATE TYPE mood AS ENUM ('sad', 'happy')",
          "CREATE TABLE goods (id int PRIMARY KEY, name text NOT NULL, price numeric(10,2), b bool,"
              + " s smallint, r real, d double precision, n numeric, u uuid, j jsonb, x bytea, a"
              + " int[], ta text[], dt date, ti time, t3 time(3), ts timestamp, ts3 timestamp(3), tz"
              + " timestamptz, tt timetz, e mood, iv interval)",
          "ALTER TABLE goods ALTER name SET STORAGE EXTERNAL",
          "INSERT INTO goods SELECT i, 'name ' || i, i / 4.0 FROM generate_series(2, 20) i",
          "INSERT INTO goods VALUES (1, 'all', 0.5, true, -5, 1.5, 0.1,"
              + " 12345678901234567890.123456789, '00000000-0000-0000-0000-000000000001',"
              + " '{\"k\": 1}', '\\xdeadbeef', '{1,NULL,3}', '{a,\"b c\"}', '2026-03-29',"
              + " '12:34:56.789012', '12:34:56.789', '2026-03-29 02:30:00.123456',"
              + " '2026-03-29 02:30:00.123', '2026-03-29 02:30:00.123456+02', '12:34:56+02',"
              + " 'happy', '1 day')");
      Map<String, String> expected = new LinkedHashMap<>();
      try (DebeziumFeed feed =
          new DebeziumFeed(server.bootstrap(), contracts, postgres(postgres))) {
        await()
            .atMost(SOON)
            .until(() -> contracts.latest("shop.public.goods.avro-value").isPresent());
        bind();
        for (String table : TABLES) {
          eventually("SELECT count(*) AS n FROM " + table, "n\n20\n");
        }
        execute(
            connection,
            "UPDATE goods SET price = price + 1 WHERE id <= 5",
            "UPDATE goods SET price = price + 1, name = 'many' WHERE id = 1");
        remember(connection, expected);
        execute(
            connection,
            "UPDATE goods SET id = 100 WHERE id = 2",
            "DELETE FROM goods WHERE id = 3",
            "BEGIN",
            "UPDATE goods SET price = NULL WHERE id = 4",
            "UPDATE goods SET price = 7, tz = now() WHERE id = 4",
            "DELETE FROM goods WHERE id = 6",
            "INSERT INTO goods (id, name) VALUES (6, 'again')",
            "COMMIT");
        remember(connection, expected);
        execute(
            connection,
            "INSERT INTO goods (id, name) VALUES (3, 'back'), (21, repeat('x', 10000))");
        remember(connection, expected);
        for (String table : TABLES) {
          eventually(
              "SELECT count(*) AS n FROM \"" + table + "$changes\" WHERE op <> 'r'", "n\n15\n");
          compare(table, expected);
          compareTypes(table);
        }
        // What was not told, and what names no rows.
        execute(connection, "UPDATE goods SET price = 2 WHERE id = 21", "TRUNCATE goods");
        eventually(
            "SELECT statement, stage, field FROM _millrace_dead_letters ORDER BY ALL",
            "statement,stage,field\n"
                + TABLES.stream()
                    .sorted()
                    .map(t -> t + ",decode,after.name\n" + t + ",decode,op\n")
                    .collect(Collectors.joining()));
      }
    }
    afterwards();
    afterARestart();
  }

  private static Map<String, String> postgres(EmbeddedPostgres postgres) {
    return Map.of(
        "connector.class", "io.debezium.connector.postgresql.PostgresConnector",
        "topic.prefix", "shop",
        "database.hostname", "127.0.0.1",
        "database.port", String.valueOf(postgres.getPort()),
        "database.user", "postgres",
        "database.password", "postgres",
        "database.dbname", "postgres",
        "plugin.name", "pgoutput",
        "skipped.operations", "none");
  }

  private void whatCannotBeBoundIsSaid() {
    String with = " WITH ('topic' = 'shop.public.goods.json', 'format' = 'debezium')";
    Map.of(
            "CREATE TABLE t (id INT, PRIMARY KEY (id)) WITH ('format' = 'debezium')",
            "Cannot create table t: nothing says which topic has its changes",
            "CREATE TABLE t (id INT, PRIMARY KEY (id)) WITH ('topic' = 'no', 'format' = 'debezium')",
            "Cannot create table t: there is no topic no",
            "CREATE TABLE t" + with,
            "Cannot create table t: it has no columns, and the registry has no contract"
                + " shop.public.goods.json-value",
            "CREATE TABLE t (id INT)" + with,
            "Cannot create table t: it has no PRIMARY KEY, and the registry has no contract"
                + " shop.public.goods.json-key",
            "CREATE STREAM t (id INT)" + with,
            "Cannot create stream t: format debezium is of tables with declared columns",
            "CREATE TABLE t (PRIMARY KEY (id))" + with + " AS SELECT 1 AS id",
            "Cannot create table t: format debezium is of tables with declared columns",
            "CREATE TABLE t (id INT, t TIME(6), PRIMARY KEY (id))" + with,
            "column t would lose its microseconds",
            "CREATE TABLE t (id INT, PRIMARY KEY (id)) WITH ('format' = 'json')",
            "Cannot create table t: a table's format is avro",
            "CREATE TABLE t (id INT, u AS id + 1, PRIMARY KEY (id))" + with,
            "its columns have to be of the contract")
        .forEach(
            (statement, error) ->
                assertThat(shell.run(statement)).as(statement).contains(error, "hint: "));
    assertThat(csv("SHOW TABLES").lines()).hasSize(1);
  }

  private void bind() {
    String columns =
        " (id INT, name STRING, price DECIMAL(10, 2), b BOOLEAN, s INT, r FLOAT, d DOUBLE, n STRING"
            + ", u STRING, j STRING, x BYTES, a ARRAY<INT>, ta ARRAY<STRING>, dt DATE, ti BIGINT,"
            + " t3 TIME(3), ts TIMESTAMP(6), ts3 TIMESTAMP(3), tz TIMESTAMP_LTZ(6), tt STRING, e"
            + " STRING, iv BIGINT, PRIMARY KEY (id))";
    for (String table : List.of("json", "told")) {
      // Of a number alone nothing says which part of a second it counts.
      String declared = table.equals("json") ? columns.replace("TIME(3)", "BIGINT") : columns;
      assertThat(shell.run("CREATE TABLE " + table + declared + with(table)))
          .isEqualTo("Created table " + table + ".\n");
    }
    assertThat(shell.run("CREATE TABLE avro" + with("avro"))).isEqualTo("Created table avro.\n");
    assertThat(shell.run("SHOW CREATE TABLE avro"))
        .contains("name STRING", "price DECIMAL(10, 2)", "TIMESTAMP_LTZ(6)", "PRIMARY KEY (id)");
  }

  private static String with(String suffix) {
    return " WITH ('topic' = 'shop.public.goods." + suffix + "', 'format' = 'debezium')";
  }

  private static void remember(Connection connection, Map<String, String> expected)
      throws SQLException {
    String at = rows(connection, "SELECT clock_timestamp() AT TIME ZONE 'UTC'").strip();
    expected.put(at, rows(connection, "SELECT id, name, price FROM goods ORDER BY id"));
  }

  private void compare(String table, Map<String, String> expected) {
    for (Map.Entry<String, String> at : expected.entrySet()) {
      await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(
                          body(
                              "SELECT id, name, price FROM "
                                  + table
                                  + "_as_of(TIMESTAMPTZ '"
                                  + at.getKey()
                                  + "+00') ORDER BY id"))
                      .as("%s at %s", table, at.getKey())
                      .isEqualTo(at.getValue()));
    }
    String now = new ArrayList<>(expected.values()).get(expected.size() - 1);
    eventually("SELECT id, name, price FROM " + table + " ORDER BY id", "id,name,price\n" + now);
  }

  private void compareTypes(String table) {
    String timesOfDay =
        switch (table) {
          case "json" -> "45296789012,45296789,";
          case "told" -> "45296789012,12:34:56.789,";
          default -> "12:34:56.789012,12:34:56.789,";
        };
    assertThat(body("SELECT * FROM " + table + " WHERE id IN (1, 20) ORDER BY id"))
        .as(table)
        .isEqualTo(
            "1,many,2.50,true,-5,1.5,0.1,12345678901234567890.123456789,"
                + "00000000-0000-0000-0000-000000000001,\"{\"\"k\"\": 1}\",3q2+7w==,\"[1,null,3]\","
                + "\"[\"\"a\"\",\"\"b c\"\"]\",2026-03-29,"
                + timesOfDay
                + "2026-03-29T02:30:00.123456,2026-03-29T02:30:00.123,"
                + "2026-03-29T00:30:00.123456Z,10:34:56Z,happy,86400000000\n"
                + "20,name 20,5.00"
                + ",".repeat(19)
                + "\n");
  }

  /** With an event that is older than what is known, as a connector tells it again. */
  private void afterARestart() throws Exception {
    server.close();
    startServer();
    eventually("SELECT count(*) AS n FROM json", "n\n21\n");
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", server.bootstrap()),
            new StringSerializer(),
            new StringSerializer())) {
      String event =
          "{\"after\":{\"id\":%d,\"name\":\"%s\"},\"op\":\"c\",\"source\":{\"ts_ms\":%d,\"lsn\":1}}";
      for (String one :
          List.of(
              event.formatted(1, "long ago", 1000), event.formatted(500, "new", 1700000000000L))) {
        producer.send(new ProducerRecord<>("shop.public.goods.json", one)).get();
      }
    }
    eventually("SELECT id, name FROM json WHERE id IN (1, 500)", "id,name\n1,many\n500,new\n");
    eventually(
        "SELECT name, valid_from FROM \"json$history\" WHERE id = 1 ORDER BY valid_from LIMIT 1",
        "name,valid_from\nlong ago,1970-01-01T00:00:01Z\n");
  }

  private void afterwards() {
    assertThat(shell.run("INSERT INTO told (id, name) VALUES (1, 'x')"))
        .contains(
            "Cannot write to told: its changes are those of topic shop.public.goods.told, which"
                + " others write");
    for (String statement :
        List.of(
            "UPDATE told SET name = 'x' WHERE id = 1",
            "DELETE FROM told WHERE id = 1",
            "INSERT INTO told SELECT * FROM json",
            "INSERT INTO \"told$changes\" SELECT * FROM `json$changes`",
            "CREATE QUERY q AS INSERT INTO \"told$changes\" SELECT * FROM `json$changes`")) {
      assertThat(shell.run(statement)).as(statement).contains("which others write");
    }
    assertThat(shell.run("DROP STREAM \"told$changes\"")).contains("it belongs to table told");
    assertThat(shell.run("DROP TABLE avro")).isEqualTo("Dropped table avro.\n");
    assertThat(csv("SHOW TABLES")).doesNotContain("\navro,", "avro$history");
    assertThat(csv("SHOW STREAMS")).doesNotContain("avro$changes");
    assertThat(csv("SHOW TOPICS")).contains("shop.public.goods.avro");
    assertThat(contracts.latest("shop.public.goods.avro-value")).isPresent();
    assertThat(contracts.latest("shop.public.goods.avro-key")).isPresent();
  }

  @Test
  @EnabledIf(
      value = "io.millrace.testserver.mariadb.MariaDbServer#isInstalled",
      disabledReason = "NOT RUN: no MariaDB on this machine; .ci/setup installs it")
  void ofMariaDbsChangesWithinASecondTheLastCounts(@TempDir Path folder) throws Exception {
    createTopics("shop.shop.goods", Map.of("cleanup.policy", "compact"));
    try (MariaDbServer mariadb =
        new MariaDbServer(folder, "--log-bin=bin", "--server-id=1", "--binlog-format=ROW")) {
      mariadb.execute(
          "CREATE DATABASE shop",
          "CREATE TABLE shop.goods (id int PRIMARY KEY, n decimal(10,2), t time(3), d datetime(6),"
              + " z timestamp, e enum('a', 'b'), u bigint unsigned)",
          "INSERT INTO shop.goods VALUES (1, 1, '12:34:56.789', '2026-03-29 02:30:00.123456',"
              + " '2026-03-29 02:30:00', 'b', 18446744073709551615), (2, 0, NULL, NULL, NULL, NULL,"
              + " NULL)");
      try (Connection connection = DriverManager.getConnection(mariadb.url("shop"));
          DebeziumFeed feed = new DebeziumFeed(server.bootstrap(), contracts, mariadb(mariadb))) {
        await()
            .atMost(SOON)
            .until(() -> contracts.latest("shop.shop.goods.avro-value").isPresent());
        for (int i = 0; i < 50; i++) {
          execute(connection, "UPDATE goods SET n = n + 1");
        }
        execute(
            connection,
            "UPDATE goods SET id = 3 WHERE id = 2",
            "INSERT INTO goods (id, n) VALUES (2, -1)",
            "DELETE FROM goods WHERE id = 3");
        shell.run(
            "CREATE TABLE goods (id INT, n DECIMAL(10, 2), t TIME(3), d TIMESTAMP(6), z"
                + " TIMESTAMP_LTZ(3), e STRING, u DECIMAL(20, 0), PRIMARY KEY (id)) WITH ('topic' ="
                + " 'shop.shop.goods.json', 'format' = 'debezium', 'time.precision.mode' ="
                + " 'adaptive_time_microseconds')");
        eventually(
            "SELECT * FROM goods ORDER BY id",
            "id,n,t,d,z,e,u\n"
                + "1,51.00,12:34:56.789,2026-03-29T02:30:00.123456,2026-03-29T02:30:00Z,b,"
                + "18446744073709551615\n2,-1.00,,,,,\n");
        eventually(
            "SELECT count(*) AS n, count(DISTINCT source_position) AS places FROM"
                + " \"goods$changes\" WHERE after.id = 1",
            "n,places\n51,51\n");
        assertThat(csv("SELECT id, n FROM \"goods$history\" WHERE is_current ORDER BY id"))
            .isEqualTo("id,n\n1,51.00\n2,-1.00\n");
        assertThat(shell.run("SHOW DEAD LETTERS")).contains("(0 rows)");
        aColumnThatIsAddedIsRead(connection);
      }
    }
  }

  private void aColumnThatIsAddedIsRead(Connection connection) throws SQLException {
    assertThat(shell.run("ALTER TABLE goods ADD COLUMN more STRING"))
        .startsWith("Added more to goods.\n");
    execute(
        connection,
        "ALTER TABLE goods ADD COLUMN more varchar(10)",
        "UPDATE goods SET more = 'yes' WHERE id = 2");
    eventually("SELECT id, more FROM goods ORDER BY id", "id,more\n1,\n2,yes\n");
    assertThat(contracts.versions("shop.shop.goods.json-value")).isEmpty();
    // Over Avro the evolution of the contract needs nothing but a new look.
    assertThat(
            shell.run(
                "CREATE TABLE later WITH ('topic' = 'shop.shop.goods.avro', 'format' = 'debezium')"))
        .isEqualTo("Created table later.\n");
    eventually("SELECT id, n, more FROM later ORDER BY id", "id,n,more\n1,51.00,\n2,-1.00,yes\n");
  }

  private static Map<String, String> mariadb(MariaDbServer server) {
    Map<String, String> connector = new HashMap<>();
    connector.put("connector.class", "io.debezium.connector.mariadb.MariaDbConnector");
    connector.put("topic.prefix", "shop");
    connector.put("database.hostname", "127.0.0.1");
    connector.put("database.port", String.valueOf(server.port()));
    connector.put("database.user", "root");
    connector.put("database.server.id", "4711");
    connector.put("database.ssl.mode", "disable");
    connector.put("database.include.list", "shop");
    connector.put("include.schema.changes", "false");
    connector.put("bigint.unsigned.handling.mode", "precise");
    connector.put("schema.history.internal", "io.debezium.relational.history.MemorySchemaHistory");
    return connector;
  }
}
