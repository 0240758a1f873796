package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.cli.ShellRunner;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables WITH ('history' = 'scd2'), through the doors that people use. */
class HistoryIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path data;
  private SingleProcess server;
  private ShellRunner shell;

  @BeforeEach
  void start() {
    server = TestServer.start(data);
    shell = new ShellRunner(server.url().orElseThrow());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private String csv(String sql) {
    return shell.command("sql", "--output", "csv", "-e", sql).replace("\r", "");
  }

  private void eventually(String sql, String expected) {
    await().atMost(SOON).untilAsserted(() -> assertThat(csv(sql)).isEqualTo(expected));
  }

  @Test
  void statementsMakeVersionsAndReadTheirOwnWrites() {
    shell.run(
        "CREATE TABLE sites (id INT, city STRING, visits INT, PRIMARY KEY (id))"
            + " WITH ('history' = 'scd2', 'history.columns' = 'city')");
    assertThat(
            shell.run("INSERT INTO sites VALUES (1, 'Kyiv', 1), (2, 'Lviv', 1), (3, 'Odesa', 1)"))
        .isEqualTo("Inserted 3 rows.\n");
    // None of these waits for the job: each sees what those before it wrote.
    assertThat(shell.run("UPDATE sites SET visits = visits + 1 WHERE id = 1"))
        .isEqualTo("Updated 1 row.\n");
    shell.run("UPDATE sites SET city = 'Rome', visits = visits + 1 WHERE id = 1");
    assertThat(shell.run("DELETE FROM sites WHERE city = 'Lviv'")).isEqualTo("Deleted 1 row.\n");
    eventually("SELECT * FROM sites ORDER BY id", "id,city,visits\n1,Rome,3\n3,Odesa,1\n");
    eventually(
        "SELECT id, city, visits, is_current, valid_to IS NULL AS open FROM \"sites$history\""
            + " ORDER BY id, valid_from",
        "id,city,visits,is_current,open\n1,Kyiv,2,false,false\n1,Rome,3,true,true\n"
            + "2,Lviv,1,false,false\n3,Odesa,1,true,true\n");
    assertThat(csv("SELECT id, city FROM sites_as_of(now()) ORDER BY id"))
        .isEqualTo("id,city\n1,Rome\n3,Odesa\n");
    assertThat(
            csv(
                "SELECT id, city, visits FROM sites_as_of((SELECT min(valid_from) + INTERVAL 1"
                    + " MICROSECOND FROM \"sites$history\" WHERE id = 1)) WHERE id = 1"))
        .isEqualTo("id,city,visits\n1,Kyiv,2\n");
    assertThat(csv("SELECT op, COUNT(*) AS n FROM \"sites$changes\" GROUP BY op ORDER BY op"))
        .isEqualTo("op,n\nd,1\nu,5\n");
    assertThat(shell.run("DROP TABLE \"sites$history\"")).contains("belongs to table sites");
    shell.run("CREATE VIEW moved AS SELECT * FROM \"sites$history\" WHERE NOT is_current");
    assertThat(shell.run("DROP TABLE sites")).contains("it is used by view moved");
    assertThat(shell.run("DROP TABLE sites CASCADE")).contains("Dropped table sites");
    assertThat(csv("SHOW TOPICS")).doesNotContain("sites");
  }

  @Test
  void aJoinWithWhatHeldThenIsCorrectedWhenMoreIsLearned() {
    shell.run(
        "CREATE TABLE sites (id INT, city STRING, PRIMARY KEY (id)) WITH ('history' = 'scd2')");
    shell.run("CREATE STREAM hits (site INT, hit BIGINT, seen TIMESTAMP_LTZ(6))");
    created(
        "CREATE TABLE located (PRIMARY KEY (hit)) AS SELECT h.hit, MAX(s.city) AS city FROM hits h"
            + " JOIN `sites$history` s ON h.site = s.id AND h.seen >= s.valid_from AND (s.valid_to IS"
            + " NULL OR h.seen < s.valid_to) GROUP BY h.hit");
    created(
        "CREATE TABLE visited (PRIMARY KEY (id, valid_from)) AS SELECT h.site, s.id,"
            + " s.valid_from, s.city, h.hits FROM (SELECT site, COUNT(*) AS hits, MAX(seen) AS seen FROM"
            + " hits GROUP BY site) h JOIN `sites$history` s ON h.site = s.id AND h.seen >="
            + " s.valid_from AND (s.valid_to IS NULL OR h.seen < s.valid_to)");
    change("1", "Kyiv", "2026-01-01");
    shell.run("INSERT INTO hits VALUES (1, 7, TIMESTAMPTZ '2026-03-01 00:00:00+00')");
    eventually("SELECT * FROM located", "hit,city\n7,Kyiv\n");
    eventually("SELECT site, city, hits FROM visited", "site,city,hits\n1,Kyiv,1\n");
    change("2", "Rome", "2026-02-01");
    eventually("SELECT * FROM located", "hit,city\n7,Rome\n");
    eventually("SELECT site, city, hits FROM visited", "site,city,hits\n1,Rome,1\n");
    change("3", "Oslo", "2026-04-01");
    change("4", null, "2026-02-15");
    eventually("SELECT * FROM located", "hit,city\n");
    eventually("SELECT count(*) AS n FROM visited", "n\n0\n");
  }

  @Test
  void aStreamIsEnrichedWithTheVersionThatHeldAtItsRowsTimes() {
    shell.run(
        "CREATE TABLE sites (id INT, city STRING, PRIMARY KEY (id)) WITH ('history' = 'scd2')");
    for (String type : List.of("TIMESTAMP(3)", "TIMESTAMP_LTZ(3)")) {
      String hits = type.equals("TIMESTAMP(3)") ? "hits" : "zoned";
      created(
          "CREATE STREAM "
              + hits
              + " (site INT, hit BIGINT, seen "
              + type
              + ", WATERMARK FOR seen"
              + " AS seen) WITH ('partitions' = '1')");
      created(
          "CREATE STREAM "
              + hits
              + "_located AS SELECT h.hit, h.seen, s.city, s.history_id FROM "
              + hits
              + " h LEFT JOIN sites FOR SYSTEM_TIME AS OF h.seen AS s ON h.site = s.id");
    }
    change("3", null, "2026-03-01");
    change("1", "Kyiv", "2026-01-01");
    change("4", "Oslo", "2026-04-01");
    change("2", "Rome", "2026-02-01");
    eventually("SELECT COUNT(*) AS n FROM \"sites$history\"", "n\n3\n");
    for (String hits : List.of("hits", "zoned")) {
      shell.run(
          "INSERT INTO "
              + hits
              + " VALUES (1, 1, TIMESTAMP '2026-01-01 00:00:00'),"
              + " (1, 2, TIMESTAMP '2026-01-31 23:59:59.999'), (1, 3, TIMESTAMP '2026-02-15 00:00:00'),"
              + " (1, 4, TIMESTAMP '2026-03-01 00:00:00'), (2, 5, TIMESTAMP '2026-03-20 00:00:00'),"
              + " (1, 6, TIMESTAMP '2026-05-01 00:00:00'), (1, 7, TIMESTAMP '2027-01-01 00:00:00')");
      eventually(
          "SELECT hit, l.city, h.city AS by_id FROM "
              + hits
              + "_located l LEFT JOIN"
              + " \"sites$history\" h USING (history_id) WHERE hit < 7 ORDER BY hit",
          "hit,city,by_id\n1,Kyiv,Kyiv\n2,Kyiv,Kyiv\n3,Rome,Rome\n4,,\n5,,\n6,Oslo,Oslo\n");
    }
    assertThat(csv("SELECT * FROM _millrace_dead_letters")).doesNotContain("located");
    assertThat(shell.run("DROP TABLE sites")).contains("it is used by stream hits_located");
  }

  @Test
  void aTableThatAQueryFillsKeepsItsHistoryToo() {
    shell.run("CREATE STREAM orders (id INT, country STRING)");
    created(
        "CREATE TABLE sales (PRIMARY KEY (country)) WITH ('history' = 'scd2') AS"
            + " SELECT country, COUNT(*) AS orders FROM orders GROUP BY country");
    for (int orders = 1; orders <= 3; orders++) {
      shell.run("INSERT INTO orders VALUES (" + orders + ", 'FI')");
      eventually("SELECT * FROM sales", "country,orders\nFI," + orders + "\n");
    }
    eventually(
        "SELECT country, orders, is_current FROM \"sales$history\" ORDER BY valid_from",
        "country,orders,is_current\nFI,1,false\nFI,2,false\nFI,3,true\n");
    assertThat(
            csv(
                "SELECT orders FROM sales_as_of((SELECT valid_from FROM \"sales$history\" WHERE"
                    + " orders = 2))"))
        .isEqualTo("orders\n2\n");
    server.close();
    start();
    shell.run("INSERT INTO orders VALUES (4, 'FI')");
    eventually(
        "SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE is_current) AS current FROM \"sales$history\"",
        "n,current\n4,1\n");
    assertThat(shell.command("sql", "--output", "json", "-e", "SHOW QUERIES"))
        .as("both went on from their checkpoints")
        .doesNotContain("\"rows_in\":4");
    assertThat(shell.run("INSERT INTO \"sales$history\" SELECT * FROM `sales$history`"))
        .contains("it is made of the changes of sales");
    assertThat(shell.run("DROP TABLE \"sales$history\"")).contains("belongs to table sales");
    assertThat(shell.run("DROP TABLE sales")).isEqualTo("Dropped table sales.\n");
    assertThat(csv("SHOW TOPICS")).doesNotContain("sales");
    assertThat(csv("SHOW QUERIES")).doesNotContain("sales");
  }

  private void created(String sql) {
    assertThat(shell.run(sql)).startsWith("Created ");
  }

  private void change(String position, String city, String day) {
    String row = "{'id': 1, 'city': " + (city == null ? "NULL" : "'" + city + "'") + "}";
    assertThat(
            shell.run(
                "INSERT INTO \"sites$changes\" VALUES ("
                    + (city == null ? "'d', " + row + ", NULL" : "'u', NULL, " + row)
                    + ", TIMESTAMPTZ '"
                    + day
                    + " 00:00:00+00', "
                    + position
                    + ")"))
        .isEqualTo("Inserted 1 row.\n");
  }

  @Test
  void refusedChangesAreDeadLettersAndRefusedTablesLeaveNothing() {
    shell.run("CREATE TABLE kept (id INT, PRIMARY KEY (id)) WITH ('history' = 'scd2')");
    shell.run(
        "INSERT INTO \"kept$changes\" VALUES ('x', NULL, {'id': 1}, TIMESTAMPTZ '2026-01-01', 1),"
            + " ('u', NULL, NULL, TIMESTAMPTZ '2026-01-01', 2),"
            + " ('c', NULL, {'id': 7}, TIMESTAMPTZ '2026-01-01', 3)");
    eventually("SELECT * FROM kept", "id\n7\n");
    eventually(
        "SELECT message FROM _millrace_dead_letters WHERE statement = 'kept' ORDER BY 1",
        "message\n\"Cannot read column after: it is null, so nobody knows which row changed\"\n"
            + "\"Cannot read column op: it is 'x' and not c, u, d or r\"\n");
    assertThat(shell.run("INSERT INTO \"kept$history\" VALUES (1, now(), NULL, true, 'x')"))
        .contains("it is made of the changes of kept", "`kept$changes`");
    assertThat(shell.run("INSERT INTO kept SELECT id FROM kept"))
        .contains("it is filled from its changes");
    assertThat(shell.run("CREATE QUERY more AS INSERT INTO kept SELECT id + 1 FROM kept"))
        .contains("it is filled from its changes");
    assertThat(shell.run("ALTER STREAM \"kept$changes\" ADD COLUMN a INT"))
        .contains("it has the columns of kept");
    assertThat(
            shell.run(
                "CREATE TABLE no (id INT, valid_to DATE, PRIMARY KEY (id))"
                    + " WITH ('history' = 'scd2')"))
        .contains("valid_to has the name of a column of its versions");
    assertThat(shell.run("CREATE STREAM no (id INT) WITH ('history' = 'scd2')"))
        .contains("error: ");
    assertThat(csv("SHOW TOPICS")).doesNotContain("no");
  }
}
