package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.cli.ShellRunner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Statements against a whole server, as a person types them, with what the person sees. */
class StatementsIT {
  @TempDir static Path folder;
  private static SingleProcess server;
  private static ShellRunner shell;

  @BeforeAll
  static void start() {
    server = TestServer.start(folder.resolve("data"));
    shell = new ShellRunner(server.url().orElseThrow());
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static void eventually(String select, String expected) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(csv(select)).isEqualTo(expected));
  }

  private static String csv(String select) {
    return shell.command("sql", "--output", "csv", "-e", select).replace("\r\n", "\n");
  }

  @Test
  void aMisspeltWordIsPointedAtAndTheRightOneNamed() {
    assertThat(shell.run("CREATE STRAEM s (a INT)"))
        .contains("error: Cannot parse", "CREATE STRAEM s (a INT)\n         ^^^^^^", "STREAM");
  }

  @Test
  void anErrorInsideAQueryIsPointedAtInTheWholeStatement() {
    shell.run("CREATE STREAM carets (amount INT)");
    assertThat(shell.run("CREATE STREAM out AS\nSELECT amuont FROM carets"))
        .contains("line 2: SELECT amuont FROM carets\n               ^", "amount");
    assertThat(shell.run("SELECT amuont FROM carets")).contains("       ^", "amount");
  }

  @Test
  void anUnknownTableIsRefusedWithTheNearestName() {
    shell.run("CREATE STREAM payments (a INT)");
    assertThat(shell.run("DESCRIBE paymnets")).contains("Did you mean payments?");
    assertThat(shell.run("SELECT * FROM paymnets")).contains("payments");
  }

  @Test
  void rowsOfATableAreUpsertedUpdatedAndDeletedByKey() {
    shell.run("CREATE TABLE stock (sku STRING, n INT, note STRING, PRIMARY KEY (sku))");
    assertThat(shell.run("INSERT INTO stock VALUES ('a', 1, 'x'), ('b', 2, NULL), ('a', 3, 'y')"))
        .isEqualTo("Inserted 3 rows.\n");
    assertThat(shell.run("INSERT INTO stock (n, sku) VALUES (7, 'c')"))
        .isEqualTo("Inserted 1 row.\n");
    eventually("SELECT * FROM stock ORDER BY sku", "sku,n,note\na,3,y\nb,2,\nc,7,\n");
    assertThat(shell.run("UPDATE stock SET n = n * 10, note = 'z' WHERE n < 5"))
        .isEqualTo("Updated 2 rows.\n");
    assertThat(shell.run("DELETE FROM stock WHERE sku = 'c'")).isEqualTo("Deleted 1 row.\n");
    eventually("SELECT * FROM stock ORDER BY sku", "sku,n,note\na,30,z\nb,20,z\n");
    assertThat(shell.run("UPDATE stock SET sku = 'q' WHERE n = 20")).contains("sku is in its key");
    assertThat(shell.run("INSERT INTO stock (n) VALUES (1)")).contains("sku is NOT NULL");
    assertThat(shell.run("INSERT INTO stock VALUES ('x', 'many', NULL)")).contains("error:");
  }

  @Test
  void aDerivedStreamFollowsItsInputAndCanBePausedAndResumed() {
    shell.run("CREATE STREAM clicks (id INT, page STRING)");
    assertThat(
            shell.run(
                "CREATE STREAM shop_clicks AS SELECT id, UPPER(page) AS page FROM clicks WHERE page LIKE 'shop%'"))
        .isEqualTo("Created stream shop_clicks.\n");
    shell.run("INSERT INTO clicks VALUES (1, 'shop/a'), (2, 'blog/b'), (3, 'shop/c')");
    eventually("SELECT * FROM shop_clicks ORDER BY id", "id,page\n1,SHOP/A\n3,SHOP/C\n");
    assertThat(csv("SHOW QUERIES")).containsPattern("(?m)^shop_clicks,shop_clicks,RUNNING,");
    assertThat(shell.run("PAUSE QUERY shop_clicks")).isEqualTo("Paused query shop_clicks.\n");
    assertThat(csv("SHOW QUERIES")).containsPattern("(?m)^shop_clicks,shop_clicks,PAUSED,");
    shell.run("INSERT INTO clicks VALUES (4, 'shop/d')");
    assertThat(shell.run("RESUME QUERY shop_clicks")).isEqualTo("Resumed query shop_clicks.\n");
    eventually("SELECT * FROM shop_clicks ORDER BY id", "id,page\n1,SHOP/A\n3,SHOP/C\n4,SHOP/D\n");
  }

  @Test
  void severalQueriesFillOneStreamAndInsertSelectIsBounded() {
    shell.run("CREATE STREAM north (id INT)");
    shell.run("CREATE STREAM south (id INT)");
    shell.run("CREATE STREAM everywhere (id INT, side STRING)");
    assertThat(shell.run("CREATE QUERY n AS INSERT INTO everywhere SELECT id, 'north' FROM north"))
        .isEqualTo("Created query n.\n");
    assertThat(
            shell.run(
                "CREATE QUERY s AS INSERT INTO everywhere (side, id) SELECT 'south', id FROM south"))
        .isEqualTo("Created query s.\n");
    shell.run("INSERT INTO north VALUES (1)");
    shell.run("INSERT INTO south VALUES (2)");
    eventually("SELECT * FROM everywhere ORDER BY id", "id,side\n1,north\n2,south\n");
    assertThat(shell.run("INSERT INTO north SELECT id + 10 FROM south"))
        .isEqualTo("Inserted 1 row into north.\n");
    eventually("SELECT * FROM everywhere ORDER BY id", "id,side\n1,north\n2,south\n12,north\n");
    assertThat(shell.run("DROP STREAM north")).contains("it is used by query n");
  }

  @Test
  void whatCannotBeDecodedOrComputedIsADeadLetterAndTheOthersGoOn() {
    shell.run("CREATE STREAM lines (id INT, amount STRING) WITH ('format' = 'delimited')");
    shell.run("CREATE STREAM sums AS SELECT id, CAST(amount AS INT) + 1 AS amount FROM lines");
    shell.run("CREATE STREAM raw_lines (line STRING) WITH ('topic' = 'lines', 'format' = 'raw')");
    shell.run("INSERT INTO raw_lines VALUES ('1,10'), ('x,20'), ('3,many'), ('4,40')");
    eventually("SELECT * FROM sums ORDER BY id", "id,amount\n1,11\n4,41\n");
    eventually(
        "SELECT stage, decode(record_value) AS line FROM _millrace_dead_letters WHERE statement = 'sums' ORDER BY 1",
        "stage,line\ndecode,\"x,20\"\nexpression,\"3,many\"\n");
    assertThat(shell.run("SHOW DEAD LETTERS OF sums")).contains("(2 rows)", "id");
  }

  private static final String BILLS = "SELECT * FROM bills ORDER BY id";

  private static void deadBills(String expected) {
    eventually(
        "SELECT decode(record_value) AS line FROM _millrace_dead_letters WHERE statement = 'bills'"
            + " ORDER BY 1",
        "line\n" + expected);
  }

  @Test
  void deadLettersGoThroughTheirStatementAgainOnceWhatRefusedThemIsMended() {
    shell.run("CREATE STREAM bill_lines (id INT, amount STRING) WITH ('format' = 'delimited')");
    shell.run("CREATE STREAM bills AS SELECT id, CAST(amount AS INT) AS amount FROM bill_lines");
    shell.run("CREATE STREAM bill_raw (l STRING) WITH ('topic' = 'bill_lines', 'format' = 'raw')");
    shell.run("INSERT INTO bill_raw VALUES ('1,10'), ('2,20,paid'), ('x,30'), ('4,many')");
    deadBills("\"2,20,paid\"\n\"4,many\"\n\"x,30\"\n");
    assertThat(shell.command("sql", "--output", "vertical", "-e", "SHOW QUERIES"))
        .containsPattern("dead_letters *\\| 3");

    // Before anything is mended they all come back.
    assertThat(shell.run("REPLAY DEAD LETTERS OF bills WHERE stage = 'expression'"))
        .startsWith("Sent 1 dead letter through its statement again.");
    deadBills("\"2,20,paid\"\n\"4,many\"\n\"x,30\"\n");
    eventually(BILLS, "id,amount\n1,10\n");

    shell.run("ALTER STREAM bill_lines ADD COLUMN note STRING");
    assertThat(shell.run("REPLAY DEAD LETTERS OF bills")).startsWith("Sent 3 dead letters");
    eventually(BILLS, "id,amount\n1,10\n2,20\n");
    deadBills("\"4,many\"\n\"x,30\"\n");

    shell.run("DROP STREAM bills");
    assertThat(shell.run("REPLAY DEAD LETTERS OF bills"))
        .contains("Sent 0 dead letters", "2 dead letters of statements that are no more stayed.");
    shell.run(
        "CREATE STREAM bills WITH ('start' = 'latest') AS"
            + " SELECT id, TRY_CAST(amount AS INT) AS amount FROM bill_lines");
    assertThat(shell.run("REPLAY DEAD LETTERS OF bills")).startsWith("Sent 2 dead letters");
    eventually(BILLS, "id,amount\n4,\n");
    deadBills("\"x,30\"\n");

    // What is read from the start needs no replay, and a replay would double nothing.
    shell.run("DROP STREAM bills");
    shell.run(
        "CREATE STREAM bills AS SELECT id, TRY_CAST(amount AS INT) AS amount FROM bill_lines");
    eventually(BILLS, "id,amount\n1,10\n2,20\n4,\n");
    deadBills("\"x,30\"\n");
    assertThat(shell.run("REPLAY DEAD LETTERS OF bills")).startsWith("Sent 1 dead letter ");
    deadBills("\"x,30\"\n");
    eventually(BILLS, "id,amount\n1,10\n2,20\n4,\n");
    assertThat(shell.run("REPLAY DEAD LETTERS WHERE no_column = 1")).contains("no_column");
  }

  @Test
  void lateRowsAreCountedAndKept() {
    shell.run(
        "CREATE STREAM visits_at (d STRING, t AS TO_TIMESTAMP(d), WATERMARK FOR t AS t - INTERVAL"
            + " '10' SECOND) WITH ('partitions' = '1')");
    shell.run(
        "CREATE TABLE visit_counts (PRIMARY KEY (window_start)) AS SELECT window_start, COUNT(*) AS"
            + " n FROM TABLE(TUMBLE(TABLE visits_at, DESCRIPTOR(t), INTERVAL '1' MINUTE)) GROUP BY"
            + " window_start, window_end");
    shell.run("INSERT INTO visits_at VALUES ('2026-01-01 00:00:01'), ('2026-01-01 00:05:00')");
    eventually("SELECT * FROM visit_counts", "window_start,n\n2026-01-01T00:00,1\n");
    // Out of order but in time, on the brink, and late.
    shell.run(
        "INSERT INTO visits_at VALUES ('2026-01-01 00:04:55'), ('2026-01-01 00:04:51'),"
            + " ('2026-01-01 00:00:02'), ('2026-01-01 00:09:00')");
    eventually(
        "SELECT * FROM visit_counts ORDER BY 1",
        "window_start,n\n2026-01-01T00:00,1\n2026-01-01T00:04,2\n2026-01-01T00:05,1\n");
    eventually(
        "SELECT stage, \"offset\", code, message FROM _millrace_dead_letters WHERE statement ="
            + " 'visit_counts'",
        "stage,offset,code,message\nlate,5,LATE_ROW,\"its event time is 288 s behind the watermark;"
            + " it went on, but windows that had closed do not count it\"\n");
    assertThat(shell.command("sql", "--output", "vertical", "-e", "SHOW QUERIES"))
        .containsPattern("late_rows *\\| 1");
    assertThat(shell.run("REPLAY DEAD LETTERS OF visit_counts")).startsWith("Sent 0 dead letters");
  }

  @Test
  void lateRowsOfAComputedTimeAreKeptWhereMarksDriveTheWatermark() {
    shell.run(
        "CREATE STREAM calls_at (d STRING, t AS TO_TIMESTAMP(d), WATERMARK FOR t AS t)"
            + " WITH ('partitions' = '1')");
    shell.run(
        "CREATE STREAM calls (t AS TO_TIMESTAMP(d), WATERMARK FOR t AS t) WITH ('partitions' = '1')"
            + " AS SELECT d FROM calls_at");
    shell.run(
        "CREATE TABLE call_counts (PRIMARY KEY (window_start)) AS SELECT window_start, COUNT(*) AS"
            + " n FROM TABLE(TUMBLE(TABLE calls, DESCRIPTOR(t), INTERVAL '1' MINUTE)) GROUP BY"
            + " window_start, window_end");
    shell.run("INSERT INTO calls_at VALUES ('2026-01-01 00:00:01'), ('2026-01-01 00:05:00')");
    eventually("SELECT * FROM call_counts", "window_start,n\n2026-01-01T00:00,1\n");
    shell.run("INSERT INTO calls_at VALUES ('2026-01-01 00:00:02'), ('no time')");
    eventually(
        "SELECT statement, count(*) AS n FROM _millrace_dead_letters WHERE stage = 'late' AND"
            + " statement LIKE 'call%' GROUP BY statement ORDER BY 1",
        "statement,n\ncall_counts,1\ncalls,1\n");
  }

  @Test
  void aDeadLetterThatIsNoTextIsShownInHexadecimal() {
    shell.run("CREATE STREAM codes (n INT) WITH ('format' = 'delimited')");
    shell.run("CREATE STREAM code_copy AS SELECT n FROM codes");
    shell.run("CREATE STREAM code_bytes (b BYTES) WITH ('topic' = 'codes', 'format' = 'raw')");
    assertThat(shell.run("INSERT INTO code_bytes VALUES ('\\xFF\\x00')"))
        .isEqualTo("Inserted 1 row.\n");
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> assertThat(shell.run("SHOW DEAD LETTERS OF code_copy")).contains("0xff00"));
  }

  @Test
  void aRowWithoutEventTimeIsADeadLetterOfTheWindowAndTheOthersAreCounted() {
    shell.run(
        "CREATE STREAM dated (d STRING, t AS TO_TIMESTAMP(d), WATERMARK FOR t AS t) WITH"
            + " ('partitions' = '1')");
    assertThat(
            shell.run(
                "CREATE TABLE dated_counts (PRIMARY KEY (window_start)) AS SELECT window_start,"
                    + " COUNT(*) AS n FROM TABLE(TUMBLE(TABLE dated, DESCRIPTOR(t), INTERVAL '1'"
                    + " MINUTE)) GROUP BY window_start, window_end"))
        .isEqualTo("Created table dated_counts.\n");
    shell.run(
        "INSERT INTO dated VALUES ('2026-01-01 00:00:01'), ('nonsense'), ('2026-01-01 00:00:02'),"
            + " ('2026-01-01 00:05:00')");
    eventually("SELECT * FROM dated_counts", "window_start,n\n2026-01-01T00:00,2\n");
    eventually(
        "SELECT stage, \"offset\" FROM _millrace_dead_letters WHERE statement = 'dated_counts'",
        "stage,offset\nexpression,1\n");
  }

  @Test
  void aColumnIsAddedWhileRowsFlowAndOlderRowsHaveNull() {
    shell.run("CREATE STREAM growing (a INT)");
    shell.run("INSERT INTO growing VALUES (1)");
    assertThat(shell.run("ALTER STREAM growing ADD COLUMN b STRING"))
        .startsWith("Added b to growing.\n")
        .contains(
            "  contract growing-value: changed; a version more behind 1, which BACKWARD_TRANSITIVE"
                + " allows\n",
            "  serving copy of growing: changed; has b from now on\n");
    assertThat(shell.run("INSERT INTO growing VALUES (2, 'two')")).isEqualTo("Inserted 1 row.\n");
    eventually("SELECT * FROM growing ORDER BY a", "a,b\n1,\n2,two\n");
    assertThat(shell.run("ALTER STREAM growing ADD COLUMN c INT NOT NULL"))
        .contains("c is NOT NULL");
    assertThat(shell.run("SHOW CREATE growing")).contains("a INT,\n", "b STRING");
    assertThat(shell.run("SHOW CONTRACT growing VERSION 1")).doesNotContain("\"b\"");
  }

  @Test
  void aRunningSinkCarriesAColumnThatIsAddedToItsStream() {
    Path files = folder.resolve("widened");
    shell.run("CREATE STREAM widened (a INT)");
    shell.run(
        "CREATE SINK widened_files FROM widened INTO parquet WITH ('path' = '"
            + files
            + "', 'trigger' = '300 ms')");
    shell.run("INSERT INTO widened VALUES (1)");
    assertThat(shell.run("ALTER STREAM widened ADD COLUMN b STRING"))
        .contains("sink widened_files: restarted; carries b from now on\n");
    shell.run("INSERT INTO widened VALUES (2, 'two')");
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptionsInstanceOf(SQLException.class) // no file yet
        .untilAsserted(() -> assertThat(rowsOf(files)).containsExactly("1,null", "2,two"));
  }

  private static List<String> rowsOf(Path parquetFiles) throws SQLException {
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT a, b FROM read_parquet('"
                    + parquetFiles
                    + "/*.parquet', union_by_name = true) ORDER BY a")) {
      List<String> lines = new ArrayList<>();
      while (rows.next()) {
        lines.add(rows.getInt(1) + "," + rows.getString(2));
      }
      return lines;
    }
  }

  @Test
  void aPushQueryStartsAtTheBeginningWhenAskedAndEndsAtItsLimit() {
    shell.run("CREATE STREAM pushed (a INT)");
    shell.run("INSERT INTO pushed VALUES (1), (2), (3)");
    assertThat(
            csv("SELECT a * 2 AS b FROM pushed EMIT CHANGES LIMIT 3 WITH ('start' = 'earliest')")
                .lines())
        .containsExactlyInAnyOrder("op,b", "+,2", "+,4", "+,6");
    assertThat(shell.run("PRINT pushed FROM BEGINNING LIMIT 1")).contains("\"a\":", "(1 row)");
  }

  @Test
  void aPreviewRunsTheTextOfAContinuousQueryOverWhatIsThereAndEnds() {
    shell.run("CREATE STREAM tried (page STRING)");
    shell.run("INSERT INTO tried VALUES ('a'), ('b'), ('a')");
    assertThat(csv("PREVIEW SELECT UPPER(page) AS page FROM tried").lines())
        .containsExactlyInAnyOrder("op,page", "+,A", "+,B", "+,A");
    shell.run("INSERT INTO tried VALUES ('7')");
    assertThat(shell.run("PREVIEW SELECT CAST(page AS INT) AS page FROM tried"))
        .contains("+ |    7", "\n(1 row)\nnotice: 3 rows were left out, the first: topic tried, ");
  }

  @Test
  void metadataColumnsAreThereWhereDeclaredAndNeverInAContract() {
    shell.run(
        "CREATE STREAM traced (a INT, _offset BIGINT METADATA FROM 'offset' VIRTUAL)"
            + " WITH ('partitions' = '1')");
    shell.run("INSERT INTO traced VALUES (7), (8)");
    eventually("SELECT a, _offset FROM traced ORDER BY a", "a,_offset\n7,0\n8,1\n");
    assertThat(
            shell.run(
                "CREATE STREAM traced_copy AS SELECT a, _offset AS source_offset FROM traced"))
        .isEqualTo("Created stream traced_copy.\n");
    eventually("SELECT * FROM traced_copy ORDER BY a", "a,source_offset\n7,0\n8,1\n");
    assertThat(shell.run("SHOW CONTRACT traced")).contains("\"a\"").doesNotContain("_offset");
  }

  @Test
  void explainSaysHowEitherEngineRunsAQuery() {
    shell.run("CREATE STREAM explained (a INT)");
    assertThat(shell.run("EXPLAIN SELECT a FROM explained")).contains("Seq Scan", "explained");
    assertThat(shell.run("EXPLAIN CREATE STREAM e AS SELECT a + 1 AS b FROM explained"))
        .contains("TableSourceScan", "explained");
  }

  @Test
  void aViewIsUsedByQueriesButNotByPullQueries() {
    shell.run("CREATE STREAM base (a INT)");
    assertThat(shell.run("CREATE VIEW doubled AS SELECT a * 2 AS b FROM base"))
        .isEqualTo("Created view doubled.\n");
    assertThat(shell.run("SELECT * FROM doubled")).contains("EMIT CHANGES");
    assertThat(shell.run("CREATE STREAM plus_one AS SELECT b + 1 AS c FROM doubled"))
        .isEqualTo("Created stream plus_one.\n");
    shell.run("INSERT INTO base VALUES (4)");
    eventually("SELECT * FROM plus_one", "c\n9\n");
    assertThat(shell.run("DROP STREAM base")).contains("view doubled", "stream plus_one");
    assertThat(shell.run("DROP STREAM base CASCADE")).contains("Dropped stream base and");
    assertThat(shell.run("DROP STREAM base")).contains("there is none");
  }

  @Test
  void aRefusedCreateLeavesNothingBehind() {
    assertThat(shell.run("CREATE TABLE bad (PRIMARY KEY (nope)) AS SELECT 1 AS a"))
        .contains("error:");
    assertThat(shell.run("CREATE STREAM bad2 (a INT) WITH ('retenton' = '1 day')"))
        .contains("Did you mean 'retention'?");
    assertThat(csv("SHOW TOPICS")).doesNotContain("bad");
    assertThat(csv("SHOW TABLES")).doesNotContain("bad");
  }

  @Test
  void aSinkWritesParquetThatOthersRead() throws Exception {
    Path files = folder.resolve("files");
    shell.run("CREATE STREAM filed (day STRING, n INT)");
    assertThat(
            shell.run(
                "CREATE SINK filed_files FROM filed INTO parquet WITH ('path' = '"
                    + files
                    + "', 'partition-by' = 'day', 'trigger' = '300 ms')"))
        .isEqualTo("Created sink filed_files.\n");
    shell.run("INSERT INTO filed VALUES ('mon', 1), ('tue', 2), ('mon', 3)");
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> assertThat(parquetFiles(files)).contains("day=mon").contains("day=tue"));
    assertThat(csv("SHOW SINKS")).containsPattern("(?m)^filed_files,filed into parquet,RUNNING,");
    assertThat(shell.run("CREATE SINK no FROM filed INTO parqet WITH ('path' = 'x')"))
        .contains("Did you mean parquet?");
    assertThat(shell.run("DROP SINK filed_files")).isEqualTo("Dropped sink filed_files.\n");
  }

  private static String parquetFiles(Path folder) throws Exception {
    if (!Files.isDirectory(folder)) {
      return "";
    }
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths.map(Path::toString).filter(p -> p.endsWith(".parquet")).toList().toString();
    }
  }

  @Test
  void schemasHoldNamesApart() {
    assertThat(shell.run("CREATE STREAM sales.orders (a INT)")).contains("CREATE SCHEMA sales");
    assertThat(shell.run("CREATE SCHEMA sales")).isEqualTo("Created schema sales.\n");
    assertThat(shell.run("CREATE STREAM sales.orders (a INT)"))
        .isEqualTo("Created stream sales.orders.\n");
    shell.run("INSERT INTO sales.orders VALUES (5)");
    eventually("SELECT a FROM sales.orders", "a\n5\n");
    assertThat(csv("SHOW TOPICS")).contains("sales.orders");
    assertThat(shell.run("DROP SCHEMA sales")).contains("stream sales.orders");
    assertThat(shell.run("DROP SCHEMA sales CASCADE")).isEqualTo("Dropped schema sales.\n");
    for (String reserved : List.of("information_schema", "Main", "_millrace_copies")) {
      assertThat(shell.run("CREATE SCHEMA " + reserved)).contains("is reserved", "_millrace");
    }
  }
}
