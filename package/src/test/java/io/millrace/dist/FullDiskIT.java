package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.log.LogClient;
import io.millrace.log.LogSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/reference/failures.md promises for a disk that fills up, on a real small one. */
class FullDiskIT {
  @TempDir private Path folder;

  @Test
  void writersAreRefusedInTimeAndAFullDiskLosesNothing() throws Exception {
    Path disk = folder.resolve("disk");
    int kafka = Outside.freePort();
    try (SmallDisk small = SmallDisk.mount(disk, 192)) {
      List<String> settings = new ArrayList<>();
      Map.of(
              "data", disk.resolve("data").toString(),
              "data.min-free", "32 MB",
              "http.port", "0",
              "registry.port", "0",
              "kafka.port", Integer.toString(kafka))
          .forEach((key, value) -> settings.addAll(List.of("--set", key + "=" + value)));
      long acknowledged;
      try (ChildJvm server = start(small, settings, 1)) {
        Door door = door(small);
        door.execute(
            "CREATE STREAM events (n BIGINT, k STRING) WITH"
                + " ('format' = 'json', 'partitions' = '1')");
        door.execute("CREATE STREAM doubled AS SELECT n, k, n * 2 AS m FROM events");
        door.execute("CREATE STREAM notes (text STRING) WITH ('partitions' = '1')");
        door.execute("INSERT INTO notes VALUES ('one')");

        small.fillUpTo(24);
        JsonNode refused = door.error("INSERT INTO notes VALUES ('two')");
        assertThat(refused.get("code").asText()).isEqualTo("DISK_FULL");
        assertThat(refused.get("message").asText()).contains(disk.toString(), "data.min-free");
        assertThat(door.error("CREATE STREAM more (a INT)").get("code").asText())
            .isEqualTo("DISK_FULL");
        small.free();
        door.execute("INSERT INTO notes VALUES ('three')");

        try (LogClient log = LogClient.connect(LogSettings.of("127.0.0.1:" + kafka));
            Load load = new Load(log, "events", 2000)) {
          await()
              .atMost(Duration.ofSeconds(60))
              .until(() -> Long.parseLong(door.value("SELECT count(*) FROM doubled")) > 2000);
          small.fillUpTo(0);
          assertThat(server.awaitExit(Duration.ofSeconds(60))).isNotZero();
          assertThat(server.output())
              .contains("error: DISK_FULL: Cannot go on: no space is left in " + disk)
              .contains("nothing that was acknowledged is lost");
          acknowledged = load.abandon();
        }
      }
      try (ChildJvm server = launch(small, settings, 2)) {
        assertThat(server.awaitExit(Duration.ofSeconds(30))).isEqualTo(1);
        assertThat(server.output()).contains("error: Cannot start: only 0 MB are free in " + disk);
      }
      small.free();
      try (ChildJvm server = start(small, settings, 3)) {
        Door door = door(small);
        await()
            .atMost(Duration.ofSeconds(60))
            .untilAsserted(
                () -> {
                  List<String> events =
                      door.rows("SELECT count(*), count(DISTINCT n), sum(n) FROM events").get(0);
                  assertThat(Long.parseLong(events.get(0))).isGreaterThanOrEqualTo(acknowledged);
                  assertThat(events.get(1)).isEqualTo(events.get(0));
                  assertThat(
                          door.rows("SELECT count(*), count(DISTINCT n), sum(m) / 2 FROM doubled")
                              .get(0))
                      .isEqualTo(events);
                });
        assertThat(door.rows("SELECT text FROM notes ORDER BY text"))
            .isEqualTo(List.of(List.of("one"), List.of("three")));
        door.execute("INSERT INTO notes VALUES ('four')");
        assertThat(server.terminate(Duration.ofSeconds(15))).isEqualTo(143);
      }
    }
  }

  private ChildJvm start(SmallDisk small, List<String> settings, int number) throws IOException {
    ChildJvm server = launch(small, settings, number);
    server.awaitPrinted("ready in");
    return server;
  }

  private ChildJvm launch(SmallDisk small, List<String> settings, int number) throws IOException {
    return ChildJvm.start(
        folder.resolve("server-" + number + ".out"),
        small.prefix(),
        Map.of(),
        StartCommand.class,
        settings);
  }

  private static Door door(SmallDisk small) throws IOException {
    return Door.of(small.seen().resolve("data"));
  }
}
