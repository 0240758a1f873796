package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.cli.ShellRunner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many tables in one warehouse; docs/reference/failures.md has the figures of a thousand. */
class ManyTablesIT {
  private static final int TABLES = Integer.getInteger("hardening.tables", 100);

  @Test
  void tablesMadeByOneScriptAreShownDescribedFilledAndThereAfterARestart(@TempDir Path folder)
      throws Exception {
    Path data = folder.resolve("data");
    StringBuilder script = new StringBuilder();
    for (int i = 0; i < TABLES; i++) {
      script.append(
          "CREATE TABLE t%d (id BIGINT, name STRING, PRIMARY KEY (id)) WITH ('partitions' = '1');\n"
              .formatted(i));
    }
    script.append("INSERT INTO t%d VALUES (1, 'a');\n".formatted(TABLES - 1));
    Path file = Files.writeString(folder.resolve("tables.sql"), script);
    try (SingleProcess server = TestServer.start(data)) {
      ShellRunner shell = new ShellRunner(server.url().orElseThrow());
      Door door = new Door(server.url().orElseThrow());
      timed("create", () -> shell.command("sql", "-f", file.toString()));
      timed("show", () -> assertThat(door.rows("SHOW TABLES")).hasSize(TABLES));
      timed("describe", () -> assertThat(door.rows("DESCRIBE EXTENDED t7")).isNotEmpty());
      awaitRow(door);
      timed(
          "one more",
          () ->
              door.execute(
                  "CREATE TABLE more (id BIGINT, PRIMARY KEY (id)) WITH ('partitions' = '1')"));
    }
    long begun = System.nanoTime();
    try (SingleProcess server = TestServer.start(data)) {
      System.out.printf("restart: %.1f s%n", (System.nanoTime() - begun) / 1e9);
      Door door = new Door(server.url().orElseThrow());
      assertThat(door.rows("SHOW TABLES")).hasSize(TABLES + 1);
      awaitRow(door);
      door.execute("INSERT INTO t0 VALUES (1, 'b')");
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () -> assertThat(door.rows("SELECT name FROM t0")).isEqualTo(List.of(List.of("b"))));
      System.gc();
      System.out.printf(
          "heap: %d MB, resident: %s%n",
          (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) >> 20,
          Files.readString(Path.of("/proc/self/status"))
              .replaceAll("(?s).*VmRSS:\\s*(\\S+ kB).*", "$1"));
    }
  }

  private static void awaitRow(Door door) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(door.rows("SELECT name FROM t" + (TABLES - 1))).hasSize(1));
  }

  private static void timed(String what, Runnable act) {
    long begun = System.nanoTime();
    act.run();
    System.out.printf("%s: %.2f s%n", what, (System.nanoTime() - begun) / 1e9);
  }
}
