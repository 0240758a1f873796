package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.cli.ShellRunner;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.commons.io.FileUtils;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestartIT {
  @Test
  void definitionsRowsAndQueriesSurviveARestart(@TempDir Path folder) {
    Path data = folder.resolve("my data");
    try (SingleProcess server = TestServer.start(data)) {
      ShellRunner shell = new ShellRunner(server.url().orElseThrow());
      shell.run("CREATE STREAM visits (page STRING)");
      shell.run(
          "CREATE TABLE counts (PRIMARY KEY (page)) AS SELECT page, COUNT(*) AS n FROM visits GROUP BY page");
      shell.run("INSERT INTO visits VALUES ('a'), ('b'), ('a')");
      eventually(shell, "a,2\r\nb,1\r\n");
      Assertions.assertThatThrownBy(() -> TestServer.start(data))
          .isInstanceOfSatisfying(
              MillraceException.class,
              e -> {
                assertThat(e.code()).isEqualTo(ErrorCode.DATA_FOLDER_IN_USE);
                assertThat(e).hasMessageContaining(data + ": another server runs on it");
                assertThat(e.hint().orElseThrow()).contains("'data'");
              });
    }
    try (SingleProcess server = TestServer.start(data)) {
      ShellRunner shell = new ShellRunner(server.url().orElseThrow());
      eventually(shell, "a,2\r\nb,1\r\n");
      shell.run("INSERT INTO visits VALUES ('a'), ('c')");
      eventually(shell, "a,3\r\nb,1\r\nc,1\r\n");
      String queries = shell.command("sql", "--output", "json", "-e", "SHOW QUERIES");
      assertThat(queries).as("it went on from its checkpoint").contains("\"rows_in\":2,");
    }
  }

  @Test
  void aNewQueryBeginsWithoutWhatACrashLeftOfADroppedOneOfItsName(@TempDir Path folder)
      throws IOException {
    File checkpoints = folder.resolve("data/checkpoints/copying").toFile();
    File kept = folder.resolve("kept").toFile();
    String query = "CREATE QUERY copying AS INSERT INTO counts SELECT page, n + 1 FROM visits";
    try (SingleProcess server = TestServer.start(folder.resolve("data"))) {
      ShellRunner shell = new ShellRunner(server.url().orElseThrow());
      shell.run("CREATE STREAM visits (page STRING, n INT)");
      shell.run("CREATE STREAM counts (page STRING, n INT)");
      shell.run("INSERT INTO visits VALUES ('a', 1)");
      shell.run(query);
      eventually(shell, "a,2\r\n");
      shell.run("PAUSE QUERY copying");
      FileUtils.copyDirectory(checkpoints, kept);
      shell.run("DROP QUERY copying");
      assertThat(checkpoints).doesNotExist();
      FileUtils.copyDirectory(kept, checkpoints);
      shell.run(query);
      eventually(shell, "a,2\r\na,2\r\n");
    }
    try (SingleProcess server = TestServer.start(folder.resolve("data"))) {
      ShellRunner shell = new ShellRunner(server.url().orElseThrow());
      shell.run("INSERT INTO visits VALUES ('b', 1)");
      eventually(shell, "a,2\r\na,2\r\nb,2\r\n");
    }
  }

  private static void eventually(ShellRunner shell, String expected) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(
                        shell.command(
                            "sql", "--output", "csv", "-e", "SELECT * FROM counts ORDER BY page"))
                    .isEqualTo("page,n\r\n" + expected));
  }
}
