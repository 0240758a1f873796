package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** CREATE SOURCE ... FROM file, and what may be done with it. */
class FileStatementsIT extends SourceTrial {
  @TempDir Path folder;

  private void append(String file, String text) throws IOException {
    Files.writeString(
        folder.resolve(file), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private String from(String more) {
    return " WITH ('path' = '" + folder + "', 'every' = '100 ms', 'idle' = '1 second'" + more + ")";
  }

  @Test
  void rowsOfFilesComeOnceThroughPausesAndRestarts() throws Exception {
    append("a.log", "#Fields: site hits\na 1\nb 2\nc many\n");
    assertThat(shell.run("CREATE STREAM visits (site STRING, hits INT)"))
        .isEqualTo("Created stream visits.\n");
    assertThat(
            shell.run(
                "CREATE SOURCE logs FROM file INTO visits"
                    + from(", 'files' = '*.log', 'format' = 'w3c'")))
        .isEqualTo("Created source logs into visits.\n");
    eventually("SELECT * FROM visits ORDER BY site", "site,hits\na,1\nb,2\n");
    eventually(
        "SELECT stage, topic, code, field, message, decode(record_value) AS line FROM"
            + " _millrace_dead_letters",
        "stage,topic,code,field,message,line\n"
            + "source,a.log,DECODE_FAILED,hits,"
            + "Cannot read column hits as INT: not a number: 'many' (byte 2) in line 4 of a.log,c many\n");
    assertThat(csv("SHOW SOURCES")).contains("logs,file,visits,RUNNING,2,").contains(",0,1,");
    assertThat(shell.run("INSERT INTO visits VALUES ('z', 26)"))
        .as("others may write to the stream, too")
        .isEqualTo("Inserted 1 row.\n");

    assertThat(shell.run("PAUSE SOURCE logs")).isEqualTo("Paused source logs.\n");
    append("a.log", "d 4\n");
    assertThat(csv("SHOW SOURCES")).contains("logs,file,visits,PAUSED,");
    server.close();
    startServer();
    append("a.log", "e 5\n");
    assertThat(shell.run("RESUME SOURCE logs")).isEqualTo("Resumed source logs.\n");
    eventually("SELECT * FROM visits ORDER BY site", "site,hits\na,1\nb,2\nd,4\ne,5\nz,26\n");
    assertThat(shell.run("ALTER STREAM visits ADD COLUMN agent STRING"))
        .startsWith("Added agent to visits.\n");
    append("a.log", "#Fields: site agent hits\nf curl 6\n");
    eventually("SELECT * FROM visits WHERE hits = 6", "site,hits,agent\nf,6,curl\n");

    assertThat(shell.run("DROP STREAM visits")).contains("it is used by source logs");
    assertThat(shell.run("DROP SOURCE logs")).isEqualTo("Dropped source logs.\n");
    assertThat(
            shell.run(
                "CREATE SOURCE logs FROM file INTO visits"
                    + from(", 'files' = '*.log', 'format' = 'w3c'")))
        .isEqualTo("Created source logs into visits.\n");
    eventually("SELECT count(*) AS n FROM visits", "n\n11\n");
  }

  @Test
  void rowsOfATableWithHistoryAreItsChanges() throws Exception {
    append("a.json", "{\"id\":1,\"city\":\"Bonn\"}\n{\"id\":2,\"city\":\"Rome\"}\n");
    shell.run(
        "CREATE TABLE people (id INT, city STRING, PRIMARY KEY (id)) WITH ('history' = 'scd2')");
    shell.run("CREATE SOURCE s FROM file INTO people" + from(""));
    eventually("SELECT * FROM people ORDER BY id", "id,city\n1,Bonn\n2,Rome\n");
    append("a.json", "{\"id\":1,\"city\":\"Kyiv\"}\n");
    eventually(
        "SELECT id, city, is_current FROM \"people$history\" ORDER BY id, valid_from",
        "id,city,is_current\n1,Bonn,false\n1,Kyiv,true\n2,Rome,true\n");
    assertThat(shell.run("DROP SOURCE s")).isEqualTo("Dropped source s.\n");
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    String create = "CREATE SOURCE s FROM file INTO ";
    assertThat(shell.run(create + "visits" + from("")))
        .contains("Cannot create source s: there is no stream or table visits", "CREATE STREAM");
    shell.run("CREATE STREAM visits (site STRING, hits INT)");
    assertThat(shell.run("CREATE SOURCE s FROM file INTO PREFIX v_" + from("")))
        .contains("its rows go into one stream or table, not into several");
    assertThat(shell.run(create + "visits WITH ('path' = '/no/such/folder')"))
        .contains("Cannot create source s: there is no folder /no/such/folder");
    assertThat(shell.run(create + "visits" + from(", 'format' = 'raw'")))
        .contains("Cannot use format raw");
    assertThat(shell.run(create + "visits" + from(", 'format' = 'xml'")))
        .contains("Invalid value for 'format': xml");
    assertThat(shell.run(create + "visits" + from(", 'header' = 'on'")))
        .contains("Cannot create source s: 'header' is no option of format json");
    assertThat(shell.run(create + "visits" + from(", 'files' = '{a'")))
        .contains("Cannot create source s: 'files' is no pattern");
    assertThat(shell.run(create + "visits" + from(", 'partitions' = '3'")))
        .contains("'partitions' is for tables that a source makes");
    shell.run("CREATE STREAM copied AS SELECT site FROM visits");
    assertThat(shell.run(create + "copied" + from("")))
        .contains("Cannot create source s: the continuous query of copied fills it");
    assertThat(csv("SHOW SOURCES").lines()).hasSize(1);
  }
}
