package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.registry.Contracts;
import io.millrace.registry.RegistrySettings;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tables over topics that a real Debezium has filled, compared with its database. */
class DebeziumTopicsIT extends SourceTrial {
  private Contracts contracts;

  @BeforeEach
  void openRegistry() {
    contracts =
        new Contracts(
            RegistrySettings.of("http://127.0.0.1:" + server.ports().get("registry.port")));
  }

  private void createTopics(String topic) throws Exception {
    List<NewTopic> topics = new ArrayList<>();
    for (String suffix : DebeziumFeed.SUFFIXES) {
      NewTopic one = new NewTopic(topic + suffix, 3, (short) 1);
      topics.add(suffix.equals(".avro") ? one.configs(Map.of("cleanup.policy", "compact")) : one);
    }
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", server.bootstrap()))) {
      admin.createTopics(topics).all().get();
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
    createTopics("shop.public.customers");
    createTopics("shop.public.kinds");
    try (EmbeddedPostgres postgres =
            EmbeddedPostgres.builder().setServerConfig("wal_level", "logical").start();
        Connection connection = postgres.getPostgresDatabase().getConnection()) {
      execute(
          connection,
          "CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, price numeric(10,2),"
              + " changed timestamptz)",
          "INSERT INTO customers SELECT i, 'name ' || i, i / 4.0, now() FROM"
              + " generate_series(1, 20) i",
          "CREATE TYPE mood AS ENUM ('sad', 'happy')",
          "CREATE TABLE kinds (id bigint PRIMARY KEY, b bool, s smallint, r real, d double"
              + " precision, n numeric, p numeric(9,3), u uuid, j jsonb, x bytea, a int[], ta"
              + " text[], dt date, ti time, t3 time(3), ts timestamp, ts3 timestamp(3), tz"
              + " timestamptz, tt timetz, e mood, iv interval)",
          "INSERT INTO kinds VALUES (1, true, -5, 1.5, 0.1, 12345678901234567890.123456789, -12.345,"
              + " '00000000-0000-0000-0000-000000000001', '{\"k\": 1}', '\\xdeadbeef',"
              + " '{1,NULL,3}', '{a,\"b c\"}', '2026-03-29', '12:34:56.789012', '12:34:56.789',"
              + " '2026-03-29 02:30:00.123456', '2026-03-29 02:30:00.123', '2026-03-29"
              + " 02:30:00.123456+02', '12:34:56+02', 'happy', '1 day')",
          "INSERT INTO kinds (id) VALUES (2)");
      Map<String, String> expected = new LinkedHashMap<>();
      try (DebeziumFeed feed =
          new DebeziumFeed(server.bootstrap(), contracts, postgres(postgres))) {
        await()
            .atMost(SOON)
            .until(() -> contracts.latest("shop.public.customers.avro-value").isPresent());
        bindCustomers();
        bindKinds();
        for (String table : List.of("json", "told", "avro")) {
          eventually("SELECT count(*) AS n FROM " + table, "n\n20\n");
        }
        execute(
            connection,
            "UPDATE customers SET price = price + 1 WHERE id <= 5",
            "UPDATE customers SET price = price + 1, name = 'many' WHERE id = 1");
        remember(connection, expected);
        execute(
            connection,
            "UPDATE customers SET id = 100 WHERE id = 2",
            "DELETE FROM customers WHERE id = 3",
            "BEGIN",
            "UPDATE customers SET price = NULL WHERE id = 4",
            "UPDATE customers SET price = 7, changed = now() WHERE id = 4",
            "DELETE FROM customers WHERE id = 6",
            "INSERT INTO customers VALUES (6, 'again', 6, NULL)",
            "COMMIT");
        remember(connection, expected);
        execute(
            connection,
            "INSERT INTO customers VALUES (3, 'back', 3, NULL), (21, repeat('y', 10000), 1, NULL)",
            "ALTER TABLE customers ALTER name SET STORAGE EXTERNAL",
            "INSERT INTO customers VALUES (22, repeat('x', 10000), 1, NULL)",
            "INSERT INTO kinds SELECT 3, b, s, r, d, n, p, u, j, x, a, ta, dt, ti, t3, ts, ts3, tz,"
                + " tt, e, iv FROM kinds WHERE id = 1");
        remember(connection, expected);
        for (String table : List.of("json", "told", "avro")) {
          eventually(
              "SELECT count(*) AS n FROM \"" + table + "$changes\" WHERE op <> 'r'", "n\n16\n");
          compare(table, expected);
          kinds(table + "_kinds");
        }
        notTold(connection);
      }
    }
    afterwards();
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

  private void bindCustomers() {
    String columns =
        " (id INT, name STRING, price DECIMAL(10, 2), changed TIMESTAMP_LTZ(6), PRIMARY KEY (id))";
    for (String table : List.of("json", "told")) {
      assertThat(
              shell.run(
                  "CREATE TABLE "
                      + table
                      + columns
                      + " WITH ('topic' = 'shop.public.customers."
                      + table
                      + "', 'format' = 'debezium')"))
          .isEqualTo("Created table " + table + ".\n");
    }
    assertThat(
            shell.run(
                "CREATE TABLE avro WITH ('topic' = 'shop.public.customers.avro', 'format' ="
                    + " 'debezium', 'history.columns' = 'price')"))
        .isEqualTo("Created table avro.\n");
    assertThat(shell.run("SHOW CREATE TABLE avro"))
        .contains("name STRING", "price DECIMAL(10, 2)", "TIMESTAMP_LTZ(6)", "PRIMARY KEY (id)");
  }

  private void bindKinds() {
    String columns =
        " (id BIGINT, b BOOLEAN, s INT, r FLOAT, d DOUBLE, n STRING, p DECIMAL(9, 3), u STRING, j"
            + " STRING, x BYTES, a ARRAY<INT>, ta ARRAY<STRING>, dt DATE, ti BIGINT, t3 TIME(3), ts"
            + " TIMESTAMP(6), ts3 TIMESTAMP(3), tz TIMESTAMP_LTZ(6), tt STRING, e STRING, iv BIGINT"
            + ", PRIMARY KEY (id))";
    for (String table : List.of("json", "told", "avro")) {
      shell.run(
          "CREATE TABLE "
              + table
              + "_kinds"
              + columns
              + " WITH ('topic' = 'shop.public.kinds."
              + table
              + "', 'format' = 'debezium', 'time.precision.mode' = 'connect')");
    }
  }

  private static void remember(Connection connection, Map<String, String> expected)
      throws SQLException {
    String at = rows(connection, "SELECT clock_timestamp() AT TIME ZONE 'UTC'").strip();
    expected.put(at, rows(connection, "SELECT id, name, price FROM customers ORDER BY id"));
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

  private void kinds(String table) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(body("SELECT * FROM " + table + " ORDER BY id").lines()).hasSize(3));
    String[] lines = body("SELECT * EXCLUDE (id) FROM " + table + " ORDER BY id").split("\n");
    assertThat(lines[0])
        .as(table)
        .isEqualTo(lines[2])
        .isEqualTo(
            "true,-5,1.5,0.1,12345678901234567890.123456789,-12.345,"
                + "00000000-0000-0000-0000-000000000001,\"{\"\"k\"\": 1}\",3q2+7w==,\"[1,null,3]\","
                + "\"[\"\"a\"\",\"\"b c\"\"]\",2026-03-29,45296789012,12:34:56.789,"
                + "2026-03-29T02:30:00.123456,2026-03-29T02:30:00.123,"
                + "2026-03-29T00:30:00.123456Z,10:34:56Z,happy,86400000000");
    assertThat(lines[1]).matches(",+");
  }

  /** What was not told, and what names no rows. */
  private void notTold(Connection connection) throws SQLException {
    execute(connection, "UPDATE customers SET price = 2 WHERE id = 22", "TRUNCATE customers");
    eventually(
        "SELECT statement, stage, error_code, field FROM _millrace_dead_letters ORDER BY ALL",
        "statement,stage,error_code,field\n"
            + List.of("avro", "json", "told").stream()
                .map(
                    t ->
                        t + ",decode,DECODE_FAILED,after.name\n" + t + ",decode,DECODE_FAILED,op\n")
                .collect(Collectors.joining()));
  }

  private void afterwards() {
    assertThat(shell.run("INSERT INTO told VALUES (1, 'x', 1, NULL)"))
        .contains(
            "Cannot write to told: its changes are those of topic shop.public.customers.told, which"
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
    assertThat(csv("SHOW TABLES")).doesNotContain("avro,", "avro$history");
    assertThat(csv("SHOW STREAMS")).doesNotContain("avro$changes");
    assertThat(csv("SHOW TOPICS")).contains("shop.public.customers.avro");
    assertThat(contracts.latest("shop.public.customers.avro-value")).isPresent();
    assertThat(contracts.latest("shop.public.customers.avro-key")).isPresent();
  }
}
