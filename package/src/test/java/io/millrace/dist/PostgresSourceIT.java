package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** CREATE SOURCE ... FROM postgres against a real server. */
class PostgresSourceIT extends CaptureTrial {
  private static EmbeddedPostgres postgres;

  @BeforeAll
  static void startDatabase() throws IOException {
    postgres = EmbeddedPostgres.builder().setServerConfig("wal_level", "logical").start();
  }

  @AfterAll
  static void stopDatabase() throws IOException {
    postgres.close();
  }

  @BeforeEach
  void clearDatabase() throws SQLException {
    execute(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots",
        "DROP SCHEMA public CASCADE",
        "CREATE SCHEMA public");
  }

  @Override
  void execute(String... statements) throws SQLException {
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static String one(String sql) throws SQLException {
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        ResultSet row = connection.createStatement().executeQuery(sql)) {
      return row.next() ? row.getString(1) : null;
    }
  }

  @Override
  String type() {
    return "postgres";
  }

  @Override
  String schema() {
    return "public";
  }

  @Override
  void logWhole(String table) throws SQLException {
    execute("ALTER TABLE " + table + " REPLICA IDENTITY FULL");
  }

  @Override
  String retype(String type) {
    return "ALTER TABLE customers ALTER COLUMN points TYPE " + type + " USING points::" + type;
  }

  @Override
  String with(String tables) {
    return " WITH ('url' = '"
        + "jdbc:postgresql://127.0.0.1:"
        + postgres.getPort()
        + "/postgres', 'user' = 'postgres', 'tables' = '"
        + tables
        + "', 'heartbeat' = '500 ms')";
  }

  @Test
  void everyKindOfChangeComesThrough() throws SQLException {
    execute(
        "CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, balance numeric(10,2))",
        "ALTER TABLE customers REPLICA IDENTITY FULL",
        "COMMENT ON TABLE customers IS 'who buys'",
        "COMMENT ON COLUMN customers.balance IS 'in euro'",
        "INSERT INTO customers VALUES (1, 'Ada', 1.50), (2, 'Bob', NULL), (3, 'Cyd', -3)");
    assertThat(shell.run("CREATE SOURCE crm FROM postgres INTO customers" + with("customers")))
        .isEqualTo("Created source crm into customers.\n");
    eventually(
        "SELECT * FROM customers ORDER BY id",
        "id,name,balance\n1,Ada,1.50\n2,Bob,\n3,Cyd,-3.00\n");
    assertThat(shell.run("SHOW CREATE TABLE customers"))
        .contains("COMMENT 'who buys'", "COMMENT 'in euro'", "DECIMAL(10, 2)");
    assertThat(csv("DESCRIBE EXTENDED customers"))
        .contains(
            "[written by],\"query customers, source crm\",",
            "[lineage up],stream customers$changes -> table customers,",
            "[lineage up],source crm -> stream customers$changes,");
    assertThat(shell.run("ALTER TABLE customers ADD COLUMN note STRING"))
        .contains("source crm says which columns it has");
    execute(
        "UPDATE customers SET balance = balance + 1 WHERE id = 1",
        "UPDATE customers SET id = 20 WHERE id = 2",
        "DELETE FROM customers WHERE id = 3",
        "INSERT INTO customers VALUES (4, repeat('x', 10000), 0)",
        "UPDATE customers SET balance = 7 WHERE id = 4");
    eventually(
        "SELECT id, length(name) AS n, balance FROM customers ORDER BY id",
        "id,n,balance\n1,3,2.50\n4,10000,7.00\n20,3,\n");
    assertThat(
            csv(
                "SELECT id, op, before.balance AS before, after.balance AS after FROM (SELECT"
                    + " coalesce(after.id, before.id) AS id, * FROM \"customers$changes\")"
                    + " ORDER BY source_position, op DESC, id"))
        .isEqualTo(
            "id,op,before,after\n1,r,,1.50\n2,r,,\n3,r,,-3.00\n1,u,1.50,2.50\n2,d,,\n20,c,,\n"
                + "3,d,-3.00,\n4,c,,0.00\n4,u,0.00,7.00\n");
    eventually(
        "SELECT id, is_current FROM \"customers$history\" ORDER BY id, valid_from",
        "id,is_current\n1,false\n1,true\n2,false\n3,false\n4,false\n4,true\n20,true\n");
    execute("TRUNCATE customers");
    eventually("SELECT count(*) AS n FROM customers", "n\n0\n");
    assertThat(shell.run("INSERT INTO customers VALUES (1, 'x', 1)"))
        .contains("Cannot write to customers: source crm fills it");
    assertThat(shell.run("DROP TABLE customers")).contains("it is used by source crm");
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(csv("SHOW SOURCES"))
                    .matches(
                        "(?s)name,type,into,state,changes,lag,read_until,restarts,dead_letters,"
                            + "last_error\ncrm,postgres,customers,RUNNING,\\d+,[^,]+,[^,]+,0,0,\n"));
    assertThat(shell.run("DROP SOURCE crm")).isEqualTo("Dropped source crm.\n");
    assertThat(one("SELECT count(*) FROM pg_replication_slots")).isEqualTo("0");
    assertThat(one("SELECT count(*) FROM pg_publication")).isEqualTo("0");
    assertThat(shell.run("INSERT INTO customers VALUES (1, 'x', 1)"))
        .isEqualTo("Inserted 1 row.\n");
  }

  @Test
  void everyTypeComesThrough() throws SQLException {
    execute(
        "CREATE TYPE mood AS ENUM ('sad', 'happy')",
        "CREATE DOMAIN percent AS numeric(5,2)",
        "CREATE TABLE kinds (id bigserial PRIMARY KEY, b bool, s smallint, i int, r real, d double"
            + " precision, n numeric, p percent, m money, t varchar(20), c char(3), u uuid, j jsonb,"
            + " x bytea, a int[], ta text[], na numeric(6,2)[], dt date, ti time, t3 time(3),"
            + " ts timestamp, ts3 timestamp(3), tz timestamptz, iv interval, e mood, ip inet)",
        "ALTER TABLE kinds REPLICA IDENTITY FULL");
    String row =
        "(true, -5, 7, 1.5, 2.25, 12345678901234567890.123456789, 12.34, '$5.10', 'ä', 'abc',"
            + " '00000000-0000-0000-0000-000000000001', '{\"k\": [1, null]}', '\\xdeadbeef',"
            + " '{1,NULL,3}', '{a,\"b c\"}', '{1.50,2}', '2026-03-29', '12:34:56.789012',"
            + " '12:34:56.789', '2026-03-29 02:30:00.123456', '2026-03-29 02:30:00.123',"
            + " '2026-03-29 02:30:00.123456+02', '1 day 2 hours', 'happy', '10.0.0.1')";
    String columns =
        "(b, s, i, r, d, n, p, m, t, c, u, j, x, a, ta, na, dt, ti, t3, ts, ts3, tz, iv, e, ip)";
    execute("INSERT INTO kinds " + columns + " VALUES " + row, "INSERT INTO kinds DEFAULT VALUES");
    shell.run("CREATE SOURCE crm FROM postgres INTO PREFIX crm_" + with("public.kin*"));
    eventually("SELECT count(*) AS n FROM crm_kinds", "n\n2\n");
    execute("INSERT INTO kinds " + columns + " VALUES " + row);
    eventually("SELECT count(*) AS n FROM crm_kinds", "n\n3\n");
    assertThat(shell.run("SHOW DEAD LETTERS")).contains("(0 rows)");
    String shown = csv("SELECT * EXCLUDE (id) FROM crm_kinds ORDER BY id");
    String[] lines = shown.split("\n");
    assertThat(lines[1]).isEqualTo(lines[3]);
    assertThat(lines[1])
        .isEqualTo(
            "true,-5,7,1.5,2.25,12345678901234567890.123456789,12.34,5.10,ä,abc,"
                + "00000000-0000-0000-0000-000000000001,\"{\"\"k\"\": [1, null]}\",3q2+7w==,"
                + "\"[1,null,3]\",\"[\"\"a\"\",\"\"b c\"\"]\",\"[1.50,2.00]\",2026-03-29,"
                + "12:34:56.789012,12:34:56.789,2026-03-29T02:30:00.123456,2026-03-29T02:30:00.123,"
                + "2026-03-29T00:30:00.123456Z,P0Y0M1DT2H0M0S,happy,10.0.0.1");
    assertThat(lines[2]).matches(",+");
  }

  @Test
  void aRowThatDoesNotFitIsADeadLetterUntilItDoes() throws SQLException {
    execute(
        "CREATE TABLE amounts (id int PRIMARY KEY, amount numeric(10,2))",
        "ALTER TABLE amounts REPLICA IDENTITY FULL",
        "INSERT INTO amounts VALUES (1, 1), (2, 'NaN')");
    shell.run("CREATE SOURCE s FROM postgres INTO amounts" + with("amounts"));
    eventually("SELECT * FROM amounts", "id,amount\n1,1.00\n");
    eventually(
        "SELECT message FROM _millrace_dead_letters",
        "message\n\"Cannot take NAN for column amount of type DECIMAL(10, 2)\"\n");
    execute("UPDATE amounts SET amount = 2 WHERE id = 2", "UPDATE amounts SET amount = 'NaN'");
    execute("DELETE FROM amounts WHERE id = 2");
    eventually(
        "SELECT id, amount, is_current FROM \"amounts$history\" ORDER BY id",
        "id,amount,is_current\n1,1.00,true\n2,2.00,false\n");
    assertThat(csv("SELECT * FROM amounts")).isEqualTo("id,amount\n1,1.00\n");
  }

  @Test
  void aColumnThatIsAddedFlowsThrough() throws SQLException {
    execute(
        "CREATE TABLE customers (id int PRIMARY KEY, name text)",
        "ALTER TABLE customers REPLICA IDENTITY FULL",
        "INSERT INTO customers VALUES (1, 'Ada')");
    shell.run("CREATE SOURCE crm FROM postgres INTO customers" + with("customers"));
    eventually("SELECT * FROM customers", "id,name\n1,Ada\n");
    execute(
        "ALTER TABLE customers ADD COLUMN email text",
        "UPDATE customers SET email = 'a@x' WHERE id = 1",
        "INSERT INTO customers VALUES (2, 'Bob', 'b@x')");
    eventually("SELECT * FROM customers ORDER BY id", "id,name,email\n1,Ada,a@x\n2,Bob,b@x\n");
    eventually(
        "SELECT id, email, is_current FROM \"customers$history\" ORDER BY id, valid_from",
        "id,email,is_current\n1,,false\n1,a@x,true\n2,b@x,true\n");
    execute("ALTER TABLE customers DROP COLUMN name", "UPDATE customers SET email = 'c@x'");
    eventually("SELECT * FROM customers ORDER BY id", "id,name,email\n1,,c@x\n2,,c@x\n");
  }

  @Test
  void aSourceOfADatabaseThatIsGoneCanBeDropped() throws IOException, SQLException {
    EmbeddedPostgres other =
        EmbeddedPostgres.builder().setServerConfig("wal_level", "logical").start();
    try (Connection connection = other.getPostgresDatabase().getConnection()) {
      connection.createStatement().execute("CREATE TABLE keys (id int PRIMARY KEY)");
    }
    shell.run(
        "CREATE SOURCE s FROM postgres INTO keys"
            + with("keys").replace(":" + postgres.getPort(), ":" + other.getPort()));
    await().atMost(SOON).untilAsserted(() -> assertThat(csv("SHOW SOURCES")).contains("RUNNING"));
    other.close();
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(csv("SHOW SOURCES")).contains("RESTARTING", "SOURCE_FAILED"));
    assertThat(shell.run("DROP SOURCE s"))
        .startsWith("Dropped source s.\nLeft in the source: Cannot drop the replication slot");
    assertThat(csv("SHOW SOURCES").lines()).hasSize(1);
  }

  @Test
  void whatCannotBeFollowedIsSaidWithWhatToDo() throws SQLException {
    execute("CREATE TABLE heap (a int)", "CREATE TABLE part (id int PRIMARY KEY, name text)");
    assertThat(shell.run("CREATE SOURCE s FROM postgres INTO x" + with("heap")))
        .contains("Cannot follow public.heap: there is no PRIMARY KEY");
    assertThat(shell.run("CREATE SOURCE s FROM postgres INTO x" + with("part")))
        .contains("ALTER TABLE public.part REPLICA IDENTITY FULL;");
    assertThat(shell.run("CREATE SOURCE s FROM postgres INTO x" + with("nothing")))
        .contains("there is no such table", "public.heap, public.part");
    assertThat(shell.run("CREATE SOURCE s FROM postgres INTO x" + with("*")))
        .contains("PRIMARY KEY");
    assertThat(shell.run("CREATE SOURCE s FROM postgrs INTO x" + with("*")))
        .contains("Did you mean postgres?");
    assertThat(csv("SHOW SOURCES").lines()).hasSize(1);
    assertThat(csv("SHOW TABLES")).doesNotContain("x");
  }
}
