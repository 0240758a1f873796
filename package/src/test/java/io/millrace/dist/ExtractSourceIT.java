package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** CREATE SOURCE ... FROM extract against a real server. */
class ExtractSourceIT extends SourceTrial {
  private static EmbeddedPostgres postgres;

  @BeforeAll
  static void startDatabase() throws IOException {
    postgres = EmbeddedPostgres.builder().start();
  }

  @AfterAll
  static void stopDatabase() throws IOException {
    postgres.close();
  }

  @BeforeEach
  void clearDatabase() throws SQLException {
    database("DROP SCHEMA public CASCADE", "CREATE SCHEMA public");
  }

  private static void database(String... statements) throws SQLException {
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static String with(String more) {
    return " WITH ('url' = 'jdbc:postgresql://127.0.0.1:"
        + postgres.getPort()
        + "/postgres', 'user' = 'postgres', "
        + more
        + ")";
  }

  @Test
  void aSnapshotFindsInsertsUpdatesAndDeletesWithoutAnyColumnThatTellsThem() throws SQLException {
    database(
        "CREATE TABLE parts (id int PRIMARY KEY, name text, price numeric(8,2))",
        "INSERT INTO parts VALUES (1, 'nut', 0.10), (2, 'bolt', 0.20), (3, 'cog', NULL)");
    assertThat(
            shell.run(
                "CREATE SOURCE nightly FROM extract INTO parts"
                    + with("'table' = 'parts', 'every' = '1 second'")))
        .isEqualTo("Created source nightly into parts.\n");
    eventually(
        "SELECT * FROM parts ORDER BY id", "id,name,price\n1,nut,0.10\n2,bolt,0.20\n3,cog,\n");
    database(
        "DELETE FROM parts WHERE id = 2",
        "UPDATE parts SET price = 5 WHERE id = 3",
        "INSERT INTO parts VALUES (4, 'cam', 1)");
    eventually(
        "SELECT * FROM parts ORDER BY id", "id,name,price\n1,nut,0.10\n3,cog,5.00\n4,cam,1.00\n");
    eventually(
        "SELECT id, price, is_current FROM \"parts$history\" ORDER BY id, valid_from",
        "id,price,is_current\n1,0.10,true\n2,0.20,false\n3,,false\n3,5.00,true\n4,1.00,true\n");
    // Whoever starts anew knows the rows as well, and a row that is the same again is no change.
    server.close();
    database("DELETE FROM parts WHERE id = 4");
    startServer();
    eventually("SELECT id FROM parts ORDER BY id", "id\n1\n3\n");
    assertThat(csv("SELECT op, count(*) AS n FROM \"parts$changes\" GROUP BY op ORDER BY op"))
        .isEqualTo("op,n\nc,4\nd,2\nu,1\n");
    eventually(
        "SELECT source, mode, rows_read, inserted, updated, deleted, error FROM"
            + " _millrace_extracts WHERE inserted + updated + deleted > 0 AND deleted = 1 AND"
            + " inserted = 0",
        "source,mode,rows_read,inserted,updated,deleted,error\nnightly,snapshot,2,0,0,1,\n");
    database("ALTER TABLE parts ADD COLUMN weight int", "UPDATE parts SET weight = 7 WHERE id = 1");
    eventually(
        "SELECT * FROM parts ORDER BY id", "id,name,price,weight\n1,nut,0.10,7\n3,cog,5.00,\n");
    assertThat(shell.run("DROP SOURCE nightly")).isEqualTo("Dropped source nightly.\n");
  }

  @Test
  void aRunThatFailsHalfWayChangesNothing() throws SQLException {
    database(
        "CREATE TABLE many (id int PRIMARY KEY, divisor int)",
        "INSERT INTO many SELECT g, 1 FROM generate_series(1, 20000) g");
    shell.run(
        "CREATE SOURCE s FROM extract INTO many"
            + with(
                "'query' = 'SELECT id, 100 / divisor AS share FROM many ORDER BY id', 'key' = 'id',"
                    + " 'every' = '1 second'"));
    eventually("SELECT count(*) AS n, sum(share) AS s FROM many", "n,s\n20000,2000000\n");
    database("UPDATE many SET divisor = 2", "UPDATE many SET divisor = 0 WHERE id = 19000");
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(csv("SHOW SOURCES"))
                    .contains("RESTARTING", "SOURCE_FAILED", "division by zero"));
    eventually(
        "SELECT DISTINCT inserted, updated, deleted, error LIKE '%division by zero%' AS told FROM"
            + " _millrace_extracts WHERE error IS NOT NULL",
        "inserted,updated,deleted,told\n0,0,0,true\n");
    assertThat(csv("SELECT count(*) AS n, sum(share) AS s FROM many"))
        .isEqualTo("n,s\n20000,2000000\n");
    database("UPDATE many SET divisor = 4 WHERE id = 19000");
    eventually("SELECT count(*) AS n, sum(share) AS s FROM many", "n,s\n20000,999975\n");
    assertThat(csv("SELECT count(*) AS n FROM \"many$changes\"")).isEqualTo("n\n40000\n");
  }

  @Test
  void appendTakesRowsBehindThoseReadOnce() throws SQLException {
    database(
        "CREATE TABLE log (id bigserial PRIMARY KEY, at timestamptz DEFAULT now(), text text)",
        "INSERT INTO log (text) SELECT 'a' FROM generate_series(1, 100)");
    shell.run(
        "CREATE SOURCE s FROM extract INTO log_lines"
            + with(
                "'table' = 'log', 'mode' = 'append', 'cursor' = 'id', 'safety-lag' = '500 ms',"
                    + " 'every' = '1 second'"));
    eventually("SELECT count(*) AS n FROM log_lines", "n\n100\n");
    database("INSERT INTO log (text) SELECT 'b' FROM generate_series(1, 50)");
    eventually(
        "SELECT text, count(*) AS n FROM log_lines GROUP BY text ORDER BY text",
        "text,n\na,100\nb,50\n");
    assertThat(csv("SELECT count(*) AS n FROM \"log_lines$changes\"")).isEqualTo("n\n150\n");
  }

  @Test
  void aQueryIsToldSinceWhenAndDeletesNothing() throws SQLException {
    database(
        "CREATE TABLE stock (id int PRIMARY KEY, n int, changed timestamptz DEFAULT now())",
        "INSERT INTO stock VALUES (1, 10), (2, 20)");
    shell.run(
        "CREATE SOURCE s FROM extract INTO stock"
            + with(
                "'query' = 'SELECT id, n FROM stock WHERE changed > :since::timestamptz - interval"
                    + " ''1 minute'' AND changed <= :until', 'mode' = 'query', 'key' = 'id',"
                    + " 'every' = '1 second'"));
    eventually("SELECT * FROM stock ORDER BY id", "id,n\n1,10\n2,20\n");
    database("DELETE FROM stock WHERE id = 1", "UPDATE stock SET n = 21, changed = now()");
    eventually("SELECT * FROM stock ORDER BY id", "id,n\n1,10\n2,21\n");
  }

  @Test
  void optionsThatMakeNoSenseAreRefused() throws SQLException {
    database("CREATE TABLE t (a int)");
    String create = "CREATE SOURCE s FROM extract INTO t";
    assertThat(shell.run(create + with("'table' = 't', 'every' = '1 hour'")))
        .contains("Cannot extract t: it has no primary key", "Say 'key'");
    assertThat(shell.run(create + with("'table' = 't', 'key' = 'b', 'every' = '1 hour'")))
        .contains("no such column: b");
    assertThat(shell.run(create + with("'table' = 't', 'key' = 'a'")))
        .contains("say either 'every' or 'cron'");
    assertThat(shell.run(create + with("'table' = 't', 'key' = 'a', 'cron' = '61 * * * *'")))
        .contains("61");
    assertThat(
            shell.run(
                create
                    + with("'table' = 't', 'key' = 'a', 'cron' = '0 2 * * *', 'zone' = 'Mars/X'")))
        .contains("Mars/X");
    assertThat(shell.run(create + with("'table' = 'no', 'key' = 'a', 'every' = '1 hour'")))
        .contains("relation \"no\" does not exist");
  }
}
