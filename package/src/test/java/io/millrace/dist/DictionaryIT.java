package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.cli.ShellRunner;
import io.millrace.engine.Parts;
import io.millrace.log.Retention;
import io.millrace.log.TopicSpec;
import io.millrace.registry.AvroContracts;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told of data: comments, owners, versions of contracts, where rows come from and go. */
class DictionaryIT {
  @TempDir static Path folder;
  private static SingleProcess server;
  private static ShellRunner shell;

  @BeforeAll
  static void start() {
    server = TestServer.start(folder.resolve("data"));
    shell = new ShellRunner(server.url().orElseThrow());
    shell.run(
        "CREATE STREAM orders (id INT COMMENT 'as printed', amount DECIMAL(9, 2)) COMMENT 'what"
            + " they buy' WITH ('owner' = 'sales@example.org', 'retention' = '30 days')");
    shell.run("CREATE STREAM north (id INT, amount DECIMAL(9, 2))");
    shell.run("CREATE QUERY from_north AS INSERT INTO orders SELECT * FROM north");
    shell.run("CREATE VIEW big COMMENT 'over 100' AS SELECT * FROM orders WHERE amount > 100");
    shell.run(
        "CREATE TABLE totals (PRIMARY KEY (id)) AS SELECT id, SUM(amount) AS total FROM big GROUP"
            + " BY id");
    shell.run(
        "CREATE SINK lake AS SELECT id, amount FROM big INTO parquet WITH ('path' = '"
            + folder.resolve("lake")
            + "')");
    shell.run("ALTER STREAM orders ADD COLUMN note STRING COMMENT 'from the customer'");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String csv(String statement) {
    return shell.command("sql", "--output", "csv", "-e", statement).replace("\r\n", "\n");
  }

  @Test
  void commentsAreTheContractsDocs() {
    assertThat(shell.run("SHOW CONTRACT orders").replace("\\n", " ").replaceAll("\\s+", " "))
        .contains(
            "\"doc\" : \"what they buy\"",
            "\"doc\" : \"as printed\"",
            "\"doc\" : \"from the customer\"");
    assertThat(csv("DESCRIBE orders"))
        .contains("id,INT,\"\",as printed\n", "note,STRING,\"\",from the");
  }

  @Test
  void docsOfAForeignContractAreComments() {
    Parts parts = server.conductor().parts();
    parts.log().ensure(TopicSpec.of("foreign", 1, new Retention.Forever()));
    parts
        .contracts()
        .register(
            "foreign-value",
            AvroContracts.parse(
                "{\"type\": \"record\", \"name\": \"f\", \"doc\": \"theirs\", \"fields\": [{\"name\":"
                    + " \"a\", \"type\": \"int\", \"doc\": \"their a\"}]}"));
    assertThat(csv("DESCRIBE EXTENDED foreign"))
        .contains("a,INT NOT NULL,\"\",their a\n", "[comment],theirs,");
    assertThat(
            csv(
                "SELECT t.\"TABLE_COMMENT\", c.\"COLUMN_COMMENT\" FROM information_schema.tables t"
                    + " JOIN information_schema.columns c USING (table_name) WHERE table_name ="
                    + " 'foreign'"))
        .endsWith("\ntheirs,their a\n");
  }

  @Test
  void describeExtendedTellsTheContractsVersionsAndTheLineageUpAndDown() {
    assertThat(csv("DESCRIBE EXTENDED orders"))
        .contains(
            "[kind],stream,",
            "[comment],what they buy,",
            "[owner],sales@example.org,",
            "[retention],30 days,",
            "[contract],\"version 2, schema id ",
            "[contract version 1],schema id ",
            "[compatibility],BACKWARD_TRANSITIVE,",
            "[written by],query from_north,",
            "[read by],view big,",
            "[lineage up],stream north -> stream orders (query from_north),",
            "[lineage down],stream orders -> view big,",
            "[lineage down],view big -> table totals,",
            "[lineage down],view big -> sink lake,")
        .doesNotContain("_millrace_sink", "-> stream north");
    assertThat(csv("DESCRIBE EXTENDED totals"))
        .contains(
            "[written by],query totals,",
            "[lineage up],view big -> table totals,",
            "[lineage up],stream orders -> view big,",
            "[lineage up],stream north -> stream orders (query from_north),")
        .doesNotContain("[lineage down]", "sink lake");
    assertThat(csv("DESCRIBE EXTENDED big"))
        .contains("[kind],view,", "[comment],over 100,", "[lineage up],stream orders -> view big,");
  }

  @Test
  void anUnknownVersionOfAContractNamesThoseThatThereAre() {
    assertThat(csv("SHOW CONTRACT orders VERSION 1")).contains("\n1,\"1, 2\",");
    assertThat(shell.run("SHOW CONTRACT orders VERSION 7"))
        .isEqualTo(
            "error: Cannot show version 7 of the contract of orders: there is none\n"
                + "hint: There are versions 1, 2.\n");
    shell.run("CREATE STREAM plain (a INT) WITH ('format' = 'json')");
    assertThat(shell.run("SHOW CONTRACT plain")).contains("the format of plain is json");
  }

  @Test
  void theInformationSchemaCarriesDocsOwnerAndContractVersion() {
    assertThat(
            csv(
                "SELECT table_name, kind, owner, contract_version, \"TABLE_COMMENT\" FROM"
                    + " information_schema.tables WHERE table_name IN ('orders', 'totals') ORDER BY"
                    + " 1"))
        .endsWith("\norders,stream,sales@example.org,2,what they buy\ntotals,table,,1,\n");
    assertThat(
            csv(
                "SELECT column_name, data_type, \"COLUMN_COMMENT\", owner, contract_version FROM"
                    + " information_schema.columns WHERE table_name = 'orders' ORDER BY"
                    + " ordinal_position"))
        .endsWith(
            "\nid,INTEGER,as printed,sales@example.org,2\n"
                + "amount,\"DECIMAL(9,2)\",,sales@example.org,2\n"
                + "note,VARCHAR,from the customer,sales@example.org,2\n");
    shell.run("ALTER STREAM orders SET ('owner' = 'finance@example.org')");
    assertThat(csv("SELECT DISTINCT owner FROM information_schema.columns WHERE owner IS NOT NULL"))
        .isEqualTo("owner\nfinance@example.org\n");
    shell.run("ALTER STREAM orders SET ('owner' = 'sales@example.org')");
    assertThat(csv("SELECT table_name FROM information_schema.tables"))
        .doesNotContain("_millrace", "copies", "chunks");
    assertThat(shell.run("SELECT ownr FROM information_schema.tables"))
        .contains("error:", "ownr", "^^^^");
  }
}
