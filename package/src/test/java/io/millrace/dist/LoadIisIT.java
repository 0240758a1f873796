package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.cli.ShellRunner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Forty days of real logs, counted by Millrace and by awk. */
class LoadIisIT {
  private static final Path LOGS = Path.of("..", "..", "shared", "data", "iis");

  @BeforeAll
  static void needs() {
    Needs.folder(LOGS);
    Needs.command("awk");
  }

  @Test
  void countsByStatusAndByDayEqualThoseOfAwk(@TempDir Path data) throws Exception {
    try (SingleProcess server = TestServer.start(data)) {
      ShellRunner shell = new ShellRunner(server.url().orElseThrow());
      assertThat(
              shell.run(
                  """
                  CREATE STREAM iis (date DATE, time TIME, s_sitename STRING, s_ip STRING,
                    cs_method STRING, cs_uri_stem STRING, cs_uri_query STRING, s_port INT,
                    cs_username STRING, c_ip STRING, cs_user_agent STRING, sc_status INT,
                    sc_substatus INT, sc_win32_status BIGINT, sc_bytes BIGINT, cs_bytes BIGINT,
                    time_taken INT)"""))
          .isEqualTo("Created stream iis.\n");
      List<String> load = new ArrayList<>(List.of("load", "iis", "--format", "w3c"));
      List<String> files = files();
      load.addAll(files);
      assertThat(shell.command(load.toArray(String[]::new)))
          .isEqualTo(
              "Loaded 2,001 rows from "
                  + files.size()
                  + " of "
                  + files.size()
                  + " files into iis.\n");
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () ->
                  assertThat(
                          shell.command(
                              "sql", "--output", "csv", "-e", "SELECT count(*) AS n FROM iis"))
                      .isEqualTo("n\r\n2001\r\n"));
      assertThat(counts(shell, "sc_status")).isEqualTo(awk("sc-status"));
      assertThat(counts(shell, "date")).isEqualTo(awk("date"));
    }
  }

  private static List<String> files() throws Exception {
    try (Stream<Path> list = Files.list(LOGS)) {
      return list.map(Path::toString).filter(f -> f.endsWith(".log")).sorted().toList();
    }
  }

  private static List<String> counts(ShellRunner shell, String column) {
    String csv =
        shell.command(
            "sql",
            "--output",
            "csv",
            "-e",
            "SELECT " + column + " AS c, count(*) AS n FROM iis GROUP BY c ORDER BY c");
    return csv.lines().skip(1).map(line -> line.replace(',', ' ')).toList();
  }

  /** Follows the #Fields directives, as awk scripts for these logs do. */
  private static List<String> awk(String field) throws Exception {
    String program =
        "{ sub(/\\r$/, \"\") } /^#Fields:/ { for (i = 2; i <= NF; i++) if ($i == \""
            + field
            + "\") c = i - 1; next } /^#/ { next } NF { n[$c]++ } END { for (v in n) print v, n[v] }";
    List<String> command = new ArrayList<>(List.of("awk", program));
    files().forEach(f -> command.add(Path.of(f).toAbsolutePath().normalize().toString()));
    return Needs.run(Path.of("."), command.toArray(String[]::new)).lines().sorted().toList();
  }
}
