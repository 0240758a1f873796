package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/reference/failures.md promises for a heap that fills up, on a real small one. */
class FullHeapIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int BATCH = 2000;
  private static final String NOTE = "a note ".repeat(150);

  @TempDir private Path folder;

  @Test
  void theQueryThatKeepsMostIsStoppedAndGoesOnWhereThereIsRoom() throws Exception {
    int sent = 0;
    try (ChildJvm server = start("256m", 1)) {
      server.awaitPrinted("ready in");
      Door door = Door.of(data());
      door.execute("CREATE STREAM few (n INT)");
      door.execute("CREATE TABLE fewer (PRIMARY KEY (n)) AS SELECT n FROM few GROUP BY n");
      door.execute(
          "CREATE TABLE notes (id INT, note STRING, PRIMARY KEY (id))"
              + " WITH ('history' = 'scd2', 'serving' = 'off')");
      while (!state(door).equals("FAILED")) {
        door.post("/v1/streams/notes/rows", rows(sent));
        sent += BATCH;
        assertThat(sent).as("rows sent").isLessThan(500_000);
      }
      assertThat(door.shown("SHOW QUERIES", "notes").get("last_error"))
          .contains("OUT_OF_MEMORY: Stopped", "MB are in its newest checkpoint", "MILLRACE_HEAP");
      door.execute("INSERT INTO few VALUES (1), (2)");
      await()
          .atMost(SOON)
          .untilAsserted(() -> assertThat(door.value("SELECT count(*) FROM fewer")).isEqualTo("2"));
      assertThat(server.terminate(Duration.ofSeconds(30))).isEqualTo(143);
    }
    List<String> all = List.of(Integer.toString(sent), Integer.toString(sent));
    try (ChildJvm server = start("1g", 2)) {
      server.awaitPrinted("ready in");
      Door door = Door.of(data());
      await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(door.rows("SELECT count(*), count(DISTINCT id) FROM notes$history"))
                      .isEqualTo(List.of(all)));
    }
  }

  @Test
  void aProcessThatHasTooLittleForItselfEnds() throws Exception {
    try (ChildJvm server = start("40m", 3)) {
      assertThat(server.awaitExit(SOON)).isEqualTo(3);
      assertThat(server.output())
          .contains("error: OUT_OF_MEMORY: Cannot go on: the heap of 40 MB is full")
          .contains("MILLRACE_HEAP");
    }
  }

  private Path data() {
    return folder.resolve("data");
  }

  private static String state(Door door) {
    return door.shown("SHOW QUERIES", "notes").get("state");
  }

  private static List<Map<String, Object>> rows(int from) {
    return IntStream.range(from, from + BATCH)
        .mapToObj(id -> Map.<String, Object>of("id", id, "note", NOTE + id))
        .toList();
  }

  /** The launcher's MILLRACE_HEAP sets the same. */
  private ChildJvm start(String heap, int number) throws IOException {
    return ChildJvm.start(
        folder.resolve("server-" + number + ".out"),
        List.of(),
        Map.of("_JAVA_OPTIONS", "-Xmx" + heap),
        StartCommand.class,
        List.of(
            "--data",
            data().toString(),
            "--set",
            "http.port=0",
            "--set",
            "kafka.port=0",
            "--set",
            "registry.port=0"));
  }
}
