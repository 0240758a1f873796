package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.cli.ShellRunner;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes of contracts: what they do to all that depends on them, told before and done at once. */
class AlterIT {
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

  private static String csv(String statement) {
    return shell.command("sql", "--output", "csv", "-e", statement).replace("\r\n", "\n");
  }

  private static void eventually(String select, String expected) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(csv(select)).isEqualTo(expected));
  }

  @Test
  void whatAnAddedColumnDoesToEachIsToldAndThenDone() {
    shell.run("CREATE STREAM visits (id INT, page STRING)");
    shell.run("CREATE VIEW all_visits AS SELECT * FROM visits");
    shell.run("CREATE VIEW pages AS SELECT page FROM visits");
    shell.run("CREATE STREAM copied AS SELECT * FROM all_visits");
    shell.run("CREATE STREAM hand (id INT, page STRING)");
    shell.run("CREATE QUERY by_hand AS INSERT INTO visits SELECT id, page FROM hand");
    shell.run(
        "CREATE SINK files FROM visits INTO parquet WITH ('path' = '"
            + folder.resolve("files")
            + "', 'trigger' = '300 ms')");
    String effects =
        "contract visits-value,changed,\"a version more behind 1, which BACKWARD_TRANSITIVE"
            + " allows\"\n"
            + "serving copy of visits,changed,has agent from now on\n"
            + "view all_visits,changed,has agent from now on\n"
            + "view pages,unchanged,its columns stay\n"
            + "query by_hand,unchanged,it goes on with its plan\n"
            + "stream copied,unchanged,it goes on with its plan; created anew it would have agent\n"
            + "sink files,restarted,carries agent from now on\n";
    assertThat(csv("EXPLAIN ALTER STREAM visits ADD COLUMN agent STRING"))
        .isEqualTo("dependant,effect,detail\n" + effects);
    assertThat(csv("DESCRIBE visits")).doesNotContain("agent");
    assertThat(shell.run("SHOW CONTRACT visits")).contains("1").doesNotContain("agent");

    assertThat(shell.run("ALTER STREAM visits ADD COLUMN agent STRING"))
        .startsWith("Added agent to visits.\n  contract visits-value: changed; ")
        .contains(
            "\n  view pages: unchanged; its columns stay\n",
            "\n  sink files: restarted; carries agent from now on\n");
    shell.run("INSERT INTO visits VALUES (1, '/', 'curl')");
    shell.run("INSERT INTO hand VALUES (2, '/a')");
    eventually("SELECT * FROM visits ORDER BY id", "id,page,agent\n1,/,curl\n2,/a,\n");
    eventually("SELECT * FROM copied ORDER BY id", "id,page\n1,/\n2,/a\n");
  }

  @Test
  void aColumnBecomesWiderWhereNoPlanReadsItNarrow() {
    shell.run(
        "CREATE TABLE stock (sku STRING, n INT, price DECIMAL(4, 2), weight FLOAT NOT NULL,"
            + " PRIMARY KEY (sku))");
    shell.run(
        "CREATE TABLE skus (PRIMARY KEY (sku)) AS SELECT sku, COUNT(*) AS c FROM stock GROUP BY sku");
    shell.run("INSERT INTO stock VALUES ('a', 1, 12.50, 0.5)");
    assertThat(shell.run("ALTER TABLE stock ALTER COLUMN n TYPE BIGINT"))
        .startsWith("n of stock is BIGINT from now on.\n")
        .contains(
            "serving copy of stock: changed; has n as BIGINT from now on, filled anew",
            "table skus: unchanged; it goes on with its plan\n");
    shell.run("ALTER TABLE stock ALTER COLUMN price TYPE DECIMAL(12, 2)");
    shell.run("ALTER TABLE stock ALTER COLUMN weight SET DATA TYPE DOUBLE");
    assertThat(shell.run("ALTER TABLE stock ALTER COLUMN n TYPE BIGINT"))
        .isEqualTo("n of stock is BIGINT already.\n");
    assertThat(shell.run("INSERT INTO stock VALUES ('b', 5000000000, 1234567890.00, 0.1)"))
        .isEqualTo("Inserted 1 row.\n");
    eventually(
        "SELECT * FROM stock ORDER BY sku",
        "sku,n,price,weight\na,1,12.50,0.5\nb,5000000000,1234567890.00,0.1\n");
    eventually("SELECT * FROM skus ORDER BY sku", "sku,c\na,1\nb,1\n");
    assertThat(shell.run("SHOW CREATE stock")).contains("n BIGINT", "weight DOUBLE NOT NULL");
    assertThat(shell.run("ALTER TABLE stock ALTER COLUMN n TYPE INT"))
        .contains(
            "error: Cannot alter stock: column n is BIGINT and cannot become INT",
            "hint: A column can become wider",
            "is a new version");
    assertThat(shell.run("ALTER TABLE stock ALTER COLUMN price TYPE DECIMAL(14, 3)"))
        .contains("cannot become DECIMAL(14, 3)");
    assertThat(shell.run("ALTER TABLE stock ALTER COLUMN sku TYPE BYTES"))
        .contains("is in its key");
    assertThat(shell.run("ALTER TABLE stock ALTER COLUMN m TYPE BIGINT")).contains("no column m");
  }

  @Test
  void aDependantThatCannotGoOnRefusesTheWholeAndNothingChanges() {
    shell.run("CREATE STREAM sums_in (id INT, n INT)");
    shell.run("CREATE STREAM doubled AS SELECT id, n * 2 AS n FROM sums_in");
    shell.run("CREATE STREAM other (id INT, extra STRING)");
    shell.run("CREATE VIEW joined AS SELECT s.n, extra FROM sums_in s JOIN other o ON s.id = o.id");
    String before = csv("DESCRIBE EXTENDED sums_in");
    assertThat(shell.run("ALTER STREAM sums_in ALTER COLUMN n TYPE BIGINT"))
        .contains(
            "error: Cannot alter sums_in: stream doubled: its plan reads n as INT, and could not"
                + " read it as BIGINT",
            "hint: Nothing was changed.");
    assertThat(shell.run("ALTER STREAM sums_in ADD COLUMN extra STRING"))
        .contains("Cannot alter sums_in: view joined: it would no longer plan: ", "extra");
    assertThat(csv("EXPLAIN ALTER STREAM sums_in ADD COLUMN extra STRING"))
        .contains("contract sums_in-value,changed,", "view joined,refused,");
    assertThat(csv("DESCRIBE EXTENDED sums_in")).isEqualTo(before);
    assertThat(shell.run("SHOW CONTRACT sums_in VERSION 2")).contains("error:");
    shell.run("INSERT INTO sums_in VALUES (1, 4)");
    eventually("SELECT * FROM doubled", "id,n\n1,8\n");
  }

  @Test
  void aContractThatTheLevelForbidsChangesNothing() {
    shell.run("CREATE STREAM strict (id INT) WITH ('compatibility' = 'full')");
    assertThat(shell.run("ALTER STREAM strict ALTER COLUMN id TYPE BIGINT"))
        .contains(
            "error: Cannot alter strict: contract strict-value: Field id is NULL or INT in version 1, which"
                + " cannot read LONG of the new schema",
            "hint: Nothing was changed.");
    assertThat(csv("DESCRIBE strict")).contains("id,INT,");
    assertThat(
            shell.run(
                "ALTER STREAM strict SET ('compatibility' = 'backward', 'retention' = '1 day')"))
        .contains(
            "Altered strict.\n  topic strict: changed; keeps rows for 1 day, before: 7 days\n"
                + "  contract strict-value: changed; its next versions are judged by BACKWARD"
                + " instead of FULL\n");
    assertThat(shell.run("ALTER STREAM strict ALTER COLUMN id TYPE BIGINT"))
        .startsWith("id of strict is BIGINT from now on.");
  }

  @Test
  void aTableWithHistoryIsAlteredWithAllThreeOrNotAtAll() {
    shell.run("CREATE TABLE kept (id INT, n INT, PRIMARY KEY (id)) WITH ('history' = 'scd2')");
    shell.run("CREATE VIEW versions_of_kept AS SELECT * FROM \"kept$history\"");
    assertThat(shell.run("ALTER TABLE kept ADD COLUMN note STRING"))
        .contains(
            "contract kept.changes-value: changed",
            "contract kept.history-value: changed",
            "contract kept-value: changed",
            "query kept: restarted; fills note from now on",
            "view versions_of_kept: changed; has note from now on");
    shell.run("INSERT INTO kept VALUES (1, 2, 'new')");
    eventually("SELECT * FROM kept", "id,n,note\n1,2,new\n");
    assertThat(shell.run("ALTER TABLE kept ALTER COLUMN n TYPE BIGINT"))
        .contains("column n has a history, whose versions are kept as INT");
  }

  @Test
  void aPlaceThatCannotTakeTheColumnRefusesItBeforeAnythingIsRegistered() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.builder().start();
        Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement mart = connection.createStatement()) {
      mart.execute("CREATE TABLE fixed (id int)");
      shell.run("CREATE STREAM sold (id INT)");
      String into =
          " FROM sold INTO jdbc WITH ('trigger' = '300 ms', 'user' = 'postgres', 'url' ="
              + " 'jdbc:postgresql://127.0.0.1:"
              + postgres.getPort()
              + "/postgres'";
      shell.run("CREATE SINK fixed" + into + ", 'create-table' = 'off')");
      shell.run("CREATE SINK mart" + into + ")");
      String contract = csv("SHOW CONTRACT sold");
      String described = csv("DESCRIBE sold");

      assertThat(shell.run("ALTER STREAM sold ADD COLUMN price DECIMAL(9, 2)"))
          .contains(
              "error: Cannot alter sold: sink fixed: table fixed has no column price\n",
              "EXPLAIN ALTER");
      assertThat(csv("EXPLAIN ALTER STREAM sold ADD COLUMN price DECIMAL(9, 2)"))
          .contains(
              "sink fixed,refused,table fixed has no column price\n",
              "sink mart,restarted,carries price from now on\n");
      assertThat(csv("SHOW CONTRACT sold")).isEqualTo(contract);
      assertThat(csv("DESCRIBE sold")).isEqualTo(described);
      assertThatThrownBy(() -> mart.execute("SELECT price FROM mart"))
          .hasMessageContaining("price");

      mart.execute("ALTER TABLE fixed ADD COLUMN price decimal(9, 2)");
      shell.run("PAUSE SINK fixed");
      assertThat(shell.run("ALTER STREAM sold ADD COLUMN price DECIMAL(9, 2)"))
          .contains(
              "sink fixed: changed; carries price once it is resumed\n",
              "sink mart: restarted; carries price from now on\n");
      shell.run("RESUME SINK fixed");
      shell.run("INSERT INTO sold VALUES (1, 9.50)");
      for (String table : List.of("mart", "fixed")) {
        await()
            .atMost(Duration.ofSeconds(60))
            .ignoreExceptionsInstanceOf(SQLException.class)
            .untilAsserted(
                () -> {
                  try (ResultSet row = mart.executeQuery("SELECT price FROM " + table)) {
                    assertThat(row.next()).isTrue();
                    assertThat(row.getString(1)).isEqualTo("9.50");
                  }
                });
      }
      shell.run("DROP SINK fixed");
      shell.run("DROP SINK mart");
    }
  }

  @Test
  void whatWasRegisteredIsWithdrawnWhereTheRegistryRefusesTheRest() throws Exception {
    shell.run("CREATE TABLE locked (id INT, PRIMARY KEY (id)) WITH ('history' = 'scd2')");
    mode("READONLY");
    assertThat(shell.run("ALTER TABLE locked ADD COLUMN remark STRING")).contains("error:");
    for (String relation : List.of("locked", "\"locked$changes\"", "\"locked$history\"")) {
      assertThat(csv("SHOW CONTRACT " + relation)).doesNotContain("remark");
      assertThat(csv("DESCRIBE " + relation)).doesNotContain("remark");
    }
    mode("READWRITE");
    assertThat(shell.run("ALTER TABLE locked ADD COLUMN remark STRING"))
        .startsWith("Added remark to locked.\n");
    shell.run("INSERT INTO locked VALUES (1, 'open')");
    eventually("SELECT * FROM locked", "id,remark\n1,open\n");
  }

  private static void mode(String mode) throws Exception {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(server.registryUrl() + "/mode/locked-value"))
                    .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                    .PUT(BodyPublishers.ofString("{\"mode\": \"" + mode + "\"}"))
                    .build(),
                BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
  }

  private String check(String schema, String... of) throws IOException {
    Path file = Files.writeString(folder.resolve("proposed.avsc"), schema);
    List<String> arguments = new ArrayList<>(List.of("contract", "check", file.toString()));
    arguments.addAll(List.of(of));
    return shell.command(arguments.toArray(String[]::new));
  }

  private static String record(String... fields) {
    return "{\"type\": \"record\", \"name\": \"ordered\", \"namespace\": \"millrace\", \"fields\": ["
        + String.join(", ", fields)
        + "]}";
  }

  @Test
  void aProposedContractIsJudgedWithoutBeingRegistered() throws Exception {
    shell.run(
        "CREATE TABLE ordered (id INT, n INT NOT NULL, PRIMARY KEY (id)) WITH ('compatibility' ="
            + " 'full')");
    shell.run("CREATE VIEW sizes AS SELECT id, n FROM ordered");
    String id = "{\"name\": \"id\", \"type\": \"int\"}";
    String n = "{\"name\": \"n\", \"type\": \"int\"}";
    String more = "{\"name\": \"note\", \"type\": [\"null\", \"string\"], \"default\": null}";
    assertThat(check(record(id, n, more), "--table", "ordered"))
        .contains(
            "may be the next version of contract ordered-value, behind version 1, compatibility"
                + " FULL\n",
            "  serving copy of ordered: changed; has note from now on\n",
            "  view sizes: unchanged; its columns stay\n");
    assertThat(check(record(id, "{\"name\": \"n\", \"type\": \"long\"}"), "--table", "ordered"))
        .contains(
            "may not be",
            "field n: forward; Field n is INT in version 1, which cannot read LONG of the new schema");
    assertThat(check(record(id, more), "--table", "ordered"))
        .contains(
            "field n: forward; Field n of version 1 is missing in the new schema",
            "view sizes: refused; it would no longer plan: ");
    assertThat(check(record(n), "--table", "ordered"))
        .contains("table ordered: refused; its key column id would be gone");
    assertThat(check(record(id, n), "--stream", "ordered")).contains("ordered is a table");
    assertThat(check("{", "--table", "ordered")).contains("error: Cannot read the Avro schema");
    assertThat(shell.run("SHOW CONTRACT ordered VERSION 2")).contains("error:");
  }

  @Test
  void theGuideToChangingAContractPrintsWhatItSays() throws Exception {
    String guide = Files.readString(Path.of("..", "docs", "guides", "change-a-contract.md"));
    assertThat(TourIT.follow(shell, guide)).isGreaterThan(4);
    Path schema = Files.writeString(folder.resolve("orders.avsc"), block(guide, "json"));
    String console = block(guide, "console");
    int end = console.indexOf('\n');
    assertThat(console.substring(0, end))
        .isEqualTo("$ millrace contract check orders.avsc --stream orders");
    assertThat(
            shell
                .command("contract", "check", schema.toString(), "--stream", "orders")
                .replace(folder + "/", ""))
        .isEqualTo(console.substring(end + 1));
  }

  private static String block(String page, String kind) {
    int start = page.indexOf("```" + kind + "\n") + kind.length() + 4;
    return page.substring(start, page.indexOf("```", start));
  }
}
