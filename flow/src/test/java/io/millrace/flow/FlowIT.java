package io.millrace.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.catalog.Query;
import io.millrace.catalog.Relation;
import io.millrace.catalog.Relation.EventTime;
import io.millrace.flow.JobStatus.State;
import io.millrace.flow.Warehouse.Seen;
import io.millrace.flow.cluster.FlinkCluster;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlowIT {
  private static final Duration SOON = Duration.ofSeconds(40);
  private static final BooleanSupplier NEVER = () -> false;
  private static final LocalDateTime NOON = LocalDateTime.of(2026, 1, 31, 12, 0);

  @TempDir static Path folder;
  private static Warehouse warehouse;
  private static Flow flow;

  @BeforeAll
  static void start() {
    warehouse = Warehouse.start(folder.resolve("log"));
    flow = startFlow("checkpoints");
  }

  private static Flow startFlow(String checkpoints) {
    return Flow.start(
        FlowSettings.defaults(folder.resolve(checkpoints)),
        warehouse.log(),
        warehouse.contracts(),
        List.of());
  }

  @AfterAll
  static void stop() {
    flow.close();
    warehouse.close();
  }

  private static JobStatus status(String statement) {
    return flow.status(Name.of(statement)).orElseThrow();
  }

  /**
   * Row n of a stream (id BIGINT, name STRING, ts TIMESTAMP(3)): one of five names, 10 ms apart.
   */
  private static void writeRows(Relation stream, int from, int to) {
    for (int i = from; i < to; i++) {
      warehouse.write(stream, i % 4, (long) i, "name" + i % 5, NOON.plusNanos(i * 10_000_000L));
    }
    warehouse.flush();
  }

  private static Relation events(String name) {
    return warehouse.stream(
        name, 4, EventTime.DECLARED, "id BIGINT", "name STRING", "ts TIMESTAMP(3)");
  }

  private static List<Long> ids(List<Seen> rows) {
    return rows.stream().map(r -> (Long) r.values().get(0)).sorted().toList();
  }

  private static List<Long> numbers(int from, int to) {
    return java.util.stream.LongStream.range(from, to).boxed().toList();
  }

  @Test
  void rowsOfAPartitionKeepTheirOrderThroughTwoHops() {
    Relation in = events("hop0");
    Relation middle = warehouse.stream("hop1", 4, EventTime.MARKS, "id BIGINT", "ts TIMESTAMP(3)");
    Relation out = warehouse.stream("hop2", 4, EventTime.NONE, "id BIGINT", "text STRING");
    Query first = warehouse.query(flow, "hop1", "hop1", "SELECT id, ts FROM hop0");
    Query second =
        warehouse.query(
            flow, "hop2", "hop2", "SELECT id, CAST(id AS STRING) || '!' FROM hop1 WHERE id >= 0");
    assertThat(Flow.preservesPartitions(first.plan())).isTrue();
    flow.run(warehouse.image(), first);
    flow.run(warehouse.image(), second);
    writeRows(in, 0, 2000);

    await().atMost(SOON).until(() -> warehouse.read(out).size() >= 2000);
    List<Seen> rows = warehouse.read(out);
    assertThat(ids(rows)).isEqualTo(numbers(0, 2000));
    assertThat(rows).allMatch(r -> (Long) r.values().get(0) % 4 == r.partition());
    assertThat(rows)
        .extracting(r -> (Long) r.values().get(0))
        .as("order within each partition")
        .isEqualTo(
            rows.stream()
                .map(r -> (Long) r.values().get(0))
                .sorted(
                    java.util.Comparator.<Long>comparingLong(id -> id % 4).thenComparing(id -> id))
                .toList());
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              JobStatus status = status("hop1");
              assertThat(status.state()).isEqualTo(State.RUNNING);
              assertThat(status.rowsIn()).isEqualTo(2000);
              assertThat(status.rowsOut()).isEqualTo(2000);
              assertThat(status.lagRows()).isZero();
              assertThat(status.restarts()).isZero();
              assertThat(status.lastError()).isEmpty();
              assertThat(status.watermark()).isPresent();
              assertThat(status.stateBytes()).isPresent();
            });
    flow.forget(first.name());
    flow.forget(second.name());
    assertThat(flow.status(first.name())).isEmpty();
  }

  /** A client that is left behind asks for its brokers as long as the process lives. */
  @Test
  void aQueryThatHasStoppedLeavesNoClientBehind() {
    Relation in = events("left0");
    Relation out = warehouse.stream("left1", 4, EventTime.NONE, "id BIGINT");
    Query query = warehouse.query(flow, "left1", "left1", "SELECT id FROM left0");
    long before = adminClients();
    for (int start = 0; start < 2; start++) {
      flow.run(warehouse.image(), query.withEpoch(start + 1));
      writeRows(in, 100 * start, 100 * (start + 1));
      int rows = 100 * (start + 1);
      await().atMost(SOON).until(() -> warehouse.read(out).size() == rows);
      assertThat(adminClients()).isGreaterThan(before);
      flow.stop(query.name());
    }
    await().atMost(SOON).untilAsserted(() -> assertThat(adminClients()).isEqualTo(before));
    flow.forget(query.name());
  }

  private static long adminClients() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("kafka-admin-client-thread"))
        .count();
  }

  @Test
  void windowsAreSummedUpInATable() {
    Relation in = events("clicks");
    Relation out =
        warehouse.table(
            "clicks_per_second",
            2,
            List.of("starts", "name"),
            "starts TIMESTAMP(3)",
            "name STRING",
            "n BIGINT",
            "least BIGINT");
    Query query =
        warehouse.query(
            flow,
            "clicks_per_second",
            "clicks_per_second",
            "SELECT window_start, name, COUNT(*), MIN(id) FROM TABLE(TUMBLE(TABLE clicks,"
                + " DESCRIPTOR(ts), INTERVAL '1' SECOND)) GROUP BY window_start, window_end, name");
    flow.run(warehouse.image(), query);
    // 100 rows a second: ten windows close when the rows are three seconds past them.
    writeRows(in, 0, 1400);

    await().atMost(SOON).until(() -> closed(out).size() >= 50);
    for (Seen row : closed(out)) {
      assertThat(row.values().get(2)).as(row.toString()).isEqualTo(20L);
    }
    assertThat(closed(out)).extracting(Seen::values).doesNotHaveDuplicates().hasSize(50);
    flow.forget(query.name());
  }

  private static List<Seen> closed(Relation windows) {
    return warehouse.read(windows).stream()
        .filter(r -> ((LocalDateTime) r.values().get(0)).isBefore(NOON.plusSeconds(10)))
        .toList();
  }

  @Test
  void aQueryGoesOnFromItsCheckpointInANewProcess() {
    Relation in = events("orders");
    Relation copies = warehouse.stream("copies", 4, EventTime.NONE, "id BIGINT", "name STRING");
    Relation counts = warehouse.table("counts", 2, List.of("name"), "name STRING", "n BIGINT");
    Flow before = startFlow("restarted");
    Query copy = warehouse.query(before, "copies", "copies", "SELECT id, name FROM orders");
    Query count =
        warehouse
            .query(before, "counts", "counts", "SELECT name, COUNT(*) FROM orders GROUP BY name")
            .withOptions(Map.of("state.backend", "rocksdb"));
    before.run(warehouse.image(), copy);
    before.run(warehouse.image(), count);
    writeRows(in, 0, 1000);
    await().atMost(SOON).until(() -> warehouse.read(copies).size() >= 500);
    await().atMost(SOON).until(() -> !warehouse.state(counts).isEmpty());
    assertThat(folder.resolve("restarted.tmp"))
        .as("state of the counts on disk")
        .isDirectoryRecursivelyContaining(file -> file.getFileName().toString().equals("CURRENT"));
    writeRows(in, 1000, 2000);
    before.close();
    writeRows(in, 2000, 3000);

    try (Flow after = startFlow("restarted")) {
      after.run(warehouse.image(), copy.withEpoch(2));
      after.run(warehouse.image(), count.withEpoch(2));
      await().atMost(SOON).until(() -> warehouse.read(copies).size() >= 3000);
      assertThat(ids(warehouse.read(copies))).isEqualTo(numbers(0, 3000));
      await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(warehouse.state(counts).values())
                      .hasSize(5)
                      .allMatch(row -> row.get(1).equals(600L)));
      assertThat(warehouse.read(counts).stream().map(Seen::values).toList())
          .as("each count of each name was written at most once")
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void aPartitionThatGetsNoMoreRowsHoldsNothingBackAfterARestart() {
    Relation in = events("uneven");
    Relation out =
        warehouse.table(
            "uneven_per_second", 2, List.of("starts"), "starts TIMESTAMP(3)", "n BIGINT");
    Query query =
        warehouse.query(
            flow,
            "uneven_per_second",
            "uneven_per_second",
            "SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE uneven, DESCRIPTOR(ts),"
                + " INTERVAL '1' SECOND)) GROUP BY window_start, window_end");
    for (int second = 0; second < 20; second++) {
      for (int partition = 1; partition < 4; partition++) {
        warehouse.write(in, partition, (long) second, "ahead", NOON.plusSeconds(second));
      }
    }
    warehouse.write(in, 0, 0L, "behind", NOON);
    warehouse.write(in, 0, 5L, "behind", NOON.plusSeconds(5));
    warehouse.flush();
    flow.run(warehouse.image(), query);
    await().atMost(SOON).until(() -> closed(out).size() == 4);
    flow.stop(query.name());

    flow.run(warehouse.image(), query.withEpoch(2));
    warehouse.write(in, 0, 15L, "behind", NOON.plusSeconds(15));
    warehouse.flush();
    await().atMost(SOON).until(() -> closed(out).size() == 10);
    flow.forget(query.name());
  }

  @Test
  void aPausedQueryCommitsWhatItReadAndGoesOnLater() {
    Relation in = events("paused_in");
    Relation out = warehouse.stream("paused", 4, EventTime.NONE, "id BIGINT", "name STRING");
    Query query = warehouse.query(flow, "paused", "paused", "SELECT id, name FROM paused_in");
    flow.run(warehouse.image(), query);
    writeRows(in, 0, 500);
    await().atMost(SOON).until(() -> status("paused").rowsOut() >= 500);
    flow.stop(query.name());
    assertThat(status("paused").state()).isEqualTo(State.PAUSED);
    assertThat(ids(warehouse.read(out))).isEqualTo(numbers(0, 500));
    assertThat(warehouse.log().end("paused", true))
        .as("no transaction is open")
        .isEqualTo(warehouse.log().end("paused", false));

    writeRows(in, 500, 1000);
    flow.run(warehouse.image(), query.withEpoch(2));
    await().atMost(SOON).until(() -> warehouse.read(out).size() >= 1000);
    assertThat(ids(warehouse.read(out))).isEqualTo(numbers(0, 1000));
    flow.cancel(query.name());
    flow.forget(query.name());
  }

  @Test
  void aPausedQueryWhoseInputHasExpiredStopsAndGoesOnBehindItWhenTold() {
    Relation in = events("brief");
    Relation out = warehouse.stream("brief_copy", 4, EventTime.NONE, "id BIGINT", "name STRING");
    Query query = warehouse.query(flow, "brief_copy", "brief_copy", "SELECT id, name FROM brief");
    flow.run(warehouse.image(), query);
    writeRows(in, 0, 400);
    await().atMost(SOON).until(() -> warehouse.read(out).size() >= 400);
    flow.stop(query.name());
    writeRows(in, 400, 800);
    warehouse.expire(in, 150);

    flow.run(warehouse.image(), query.withEpoch(2));
    await().atMost(SOON).until(() -> status("brief_copy").state() == State.FAILED);
    assertThat(status("brief_copy").restarts()).as("it does not try again").isZero();
    assertThat(status("brief_copy").lastError().orElseThrow())
        .contains("DATA_EXPIRED", "retention has removed offsets 100 to 149")
        .contains("RESUME QUERY or SINK brief_copy SKIP EXPIRED goes on from offset 150.");

    flow.runSkippingExpired(warehouse.image(), query.withEpoch(3));
    await().atMost(SOON).until(() -> warehouse.read(out).size() >= 600);
    List<Long> expected = new ArrayList<>(numbers(0, 400));
    expected.addAll(numbers(600, 800));
    assertThat(ids(warehouse.read(out))).isEqualTo(expected);
    flow.forget(query.name());
  }

  @Test
  void aTableIsReadAsChangesAndWrittenWithTombstones() {
    Relation in = warehouse.table("people", 2, List.of("id"), "id BIGINT", "city STRING");
    Relation out = warehouse.table("cities", 2, List.of("city"), "city STRING", "people BIGINT");
    Query query =
        warehouse.query(
            flow, "cities", "cities", "SELECT city, COUNT(*) FROM people GROUP BY city");
    flow.run(warehouse.image(), query);
    warehouse.upsert(in, 1L, "Basel");
    warehouse.upsert(in, 2L, "Basel");
    warehouse.upsert(in, 3L, "Bern");
    warehouse.flush();
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(warehouse.state(out))
                    .isEqualTo(Map.of("Basel", List.of("Basel", 2L), "Bern", List.of("Bern", 1L))));
    warehouse.upsert(in, 1L, "Bern");
    warehouse.delete(in, 2L, "Basel");
    warehouse.flush();
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(warehouse.state(out)).isEqualTo(Map.of("Bern", List.of("Bern", 2L))));
    flow.forget(query.name());
  }

  @Test
  void aFailingQuerySaysWhyInOneSentence() {
    Relation in = events("fragile_in");
    warehouse.table("fragile", 1, List.of("name"), "name STRING", "n BIGINT");
    Query query =
        warehouse.query(
            flow,
            "fragile",
            "fragile",
            "SELECT name, 100 / (COUNT(*) - 3) FROM fragile_in GROUP BY name");
    flow.run(warehouse.image(), query);
    writeRows(in, 0, 100);
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              JobStatus status = status("fragile");
              assertThat(status.state()).isIn(State.RESTARTING, State.FAILED);
              assertThat(status.lastError()).isPresent();
              assertThat(status.lastError().get())
                  .startsWith("Failed in ")
                  .endsWith("/ by zero")
                  .doesNotContain("\n");
            });
    flow.forget(query.name());
  }

  @Test
  void recordsThatCannotBeReadBecomeDeadLetters() {
    Relation in = events("dirty");
    Relation out = warehouse.stream("clean", 4, EventTime.NONE, "id BIGINT", "name STRING");
    Query query = warehouse.query(flow, "clean", "clean", "SELECT id, name FROM dirty");
    flow.run(warehouse.image(), query);
    writeRows(in, 0, 4);
    warehouse.writeBytes(in, 1, new byte[] {9, 9, 9});
    writeRows(in, 4, 8);
    await().atMost(SOON).until(() -> warehouse.read(out).size() >= 8);
    assertThat(ids(warehouse.read(out))).isEqualTo(numbers(0, 8));
    Relation letters = warehouse.image().requireRelation(io.millrace.catalog.DeadLetters.NAME);
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(warehouse.read(letters))
                    .extracting(r -> r.values().subList(0, 4))
                    .contains(List.of("clean", "decode", "dirty", 1)));
    flow.forget(query.name());
  }

  @Test
  void aPushQueryShowsChangesFromNowOnAndEndsWhenClosed() {
    Relation in = events("pushed");
    writeRows(in, 0, 100);
    Duration tick = Duration.ofMillis(200);
    try (ChangeCursor cursor =
        flow.push(
            warehouse.image(), "SELECT name, COUNT(*) AS n FROM pushed GROUP BY name", false)) {
      assertThat(cursor.columns()).extracting(Column::name).containsExactly("name", "n");
      long asked = System.nanoTime();
      assertThat(cursor.next(tick)).isFalse();
      assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(2));
      writeRows(in, 100, 103);
      writeRows(in, 105, 106);
      List<String> changes = new ArrayList<>();
      await()
          .atMost(SOON)
          .until(
              () -> {
                while (cursor.next(tick)) {
                  changes.add(cursor.op() + " " + cursor.value(0) + " " + cursor.value(1));
                }
                return changes.size() >= 5;
              });
      assertThat(changes)
          .containsExactlyInAnyOrder(
              "+ name0 1", "+ name1 1", "+ name2 1", "u name0 1", "U name0 2");
      assertThat(cursor.finished()).isFalse();
    }
  }

  @Test
  void aPreviewEndsWithWhatIsThereNow() {
    Relation in =
        warehouse.stream(
            "nested",
            2,
            EventTime.NONE,
            "id BIGINT",
            "tags ARRAY<STRING>",
            "place ROW<city STRING, zip INT>",
            "at TIMESTAMP_LTZ(3)");
    Instant at = Instant.parse("2026-01-31T12:00:00Z");
    warehouse.write(in, 0, 1L, List.of("a", "b"), Map.of("city", "Bern", "zip", 3000), at);
    warehouse.flush();
    try (ChangeCursor cursor = flow.preview(warehouse.image(), "SELECT * FROM nested")) {
      assertThat(cursor.next(SOON)).isTrue();
      assertThat(cursor.op()).isEqualTo('+');
      assertThat(cursor.value(0)).isEqualTo(1L);
      assertThat(cursor.value(1)).isEqualTo(List.of("a", "b"));
      assertThat(cursor.value(2)).isEqualTo(Map.of("city", "Bern", "zip", 3000));
      assertThat(cursor.value(3)).isEqualTo(at);
      assertThat(cursor.next(SOON)).isFalse();
      assertThat(cursor.finished()).isTrue();
    }
  }

  @Test
  void rowsThatAQueryOfTheMomentCannotComputeAreLeftOutAndToldAtItsEnd() {
    Relation in = warehouse.stream("sums", 1, EventTime.NONE, "id INT", "text STRING");
    warehouse.write(in, 0, 1, "7");
    warehouse.write(in, 0, 2, "seven");
    warehouse.write(in, 0, 3, "8");
    warehouse.write(in, 0, 4, "eight");
    warehouse.flush();
    String query = "SELECT SUM(CAST(text AS INT)) AS n FROM sums";
    try (ChangeCursor cursor = flow.preview(warehouse.image(), query)) {
      List<Object> sums = new ArrayList<>();
      while (cursor.next(SOON)) {
        sums.add(cursor.value(0));
      }
      assertThat(sums).endsWith(15);
      assertLeftOut(cursor.leftOut());
    }
    ChangeCursor pushed = flow.push(warehouse.image(), query, true);
    await()
        .atMost(SOON)
        .until(() -> pushed.next(SOON) && Integer.valueOf(15).equals(pushed.value(0)));
    pushed.close();
    assertLeftOut(pushed.leftOut());
    try (ChangeCursor sound = flow.preview(warehouse.image(), "SELECT id FROM sums")) {
      while (sound.next(SOON)) {
        assertThat(sound.op()).isEqualTo('+');
      }
      assertThat(sound.leftOut()).isEqualTo(LeftOut.NONE);
    }
  }

  private static void assertLeftOut(LeftOut leftOut) {
    assertThat(leftOut.rows()).isEqualTo(2);
    assertThat(leftOut.firstReason())
        .startsWith("topic sums, partition 0, offset 1: Cannot compute a column: ")
        .contains("seven");
  }

  @Test
  void anInsertReadsWhatIsThereNowAndCountsItsRows() {
    Relation in = events("bulk_in");
    Relation out = warehouse.table("bulk", 2, List.of("name"), "name STRING", "n BIGINT", "x INT");
    writeRows(in, 0, 1000);
    long rows =
        flow.insert(
            warehouse.image(),
            "SELECT id, name FROM bulk_in WHERE id < 50",
            out,
            List.of("n", "name"),
            NEVER);
    assertThat(rows).isEqualTo(50);
    assertThat(warehouse.read(out)).hasSize(50);
    assertThat(warehouse.state(out).values()).allMatch(row -> row.get(2) == null);
    assertThatThrownBy(
            () ->
                flow.insert(warehouse.image(), "SELECT id FROM bulk_in", out, List.of("n"), NEVER))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("column name of its primary key");
    assertThat(
            flow.insert(
                warehouse.image(),
                "SELECT * FROM (VALUES ('v', 1), ('w', 2))",
                out,
                List.of("name", "n"),
                NEVER))
        .isEqualTo(2);
  }

  @Test
  void aPlanRunsOnAfterColumnsThatItDoesNotReadBecameWider() {
    Relation in = warehouse.stream("widened_in", 1, EventTime.NONE, "id BIGINT", "n INT");
    Relation out = warehouse.stream("widened_out", 1, EventTime.NONE, "id BIGINT", "size FLOAT");
    Query query =
        warehouse.query(
            flow, "widened", "widened_out", "SELECT id, CAST(0.5 AS FLOAT) FROM widened_in");
    assertThat(Flow.columnsRead(query.plan(), in.name())).containsExactly("id");
    flow.run(warehouse.image(), query);
    warehouse.write(in, 0, 1L, 10);
    warehouse.flush();
    await().atMost(SOON).until(() -> warehouse.read(out).size() == 1);
    flow.stop(query.name());

    Relation wider = warehouse.widen(in, "n", DataType.BIGINT);
    Relation widerOut = warehouse.widen(out, "size", DataType.DOUBLE);
    warehouse.write(wider, 0, 2L, Long.MAX_VALUE);
    warehouse.flush();
    flow.run(warehouse.image(), query.withEpoch(2));
    await().atMost(SOON).until(() -> warehouse.read(widerOut).size() == 2);
    assertThat(warehouse.read(widerOut))
        .extracting(row -> row.values().toString())
        .containsExactly("[1, 0.5]", "[2, 0.5]");
    flow.forget(query.name());
  }

  @Test
  void aPlanRunsOnAfterItsTablesWereGivenColumns() {
    Relation in = events("grown_in");
    Relation out = warehouse.stream("grown", 4, EventTime.NONE, "id BIGINT", "name STRING");
    Query query = warehouse.query(flow, "grown", "grown", "SELECT id, name FROM grown_in");
    flow.run(warehouse.image(), query);
    writeRows(in, 0, 100);
    await().atMost(SOON).until(() -> warehouse.read(out).size() >= 100);
    flow.stop(query.name());
    Relation wider = warehouse.addColumn(in, "extra STRING");
    Relation widerOut = warehouse.addColumn(out, "more INT");
    for (int i = 100; i < 200; i++) {
      warehouse.write(wider, i % 4, (long) i, "name", NOON, "x");
    }
    warehouse.flush();
    flow.run(warehouse.image(), query.withEpoch(2));
    await().atMost(SOON).until(() -> warehouse.read(widerOut).size() >= 200);
    assertThat(ids(warehouse.read(widerOut))).isEqualTo(numbers(0, 200));
    assertThat(warehouse.read(widerOut)).allMatch(r -> r.values().get(2) == null);
    flow.forget(query.name());
  }

  @Test
  void aRemoteClusterIsDrivenThroughItsRestAddress() throws Exception {
    Relation in = events("far_in");
    Relation out = warehouse.stream("far", 4, EventTime.NONE, "id BIGINT", "name STRING");
    FlowSettings local = FlowSettings.defaults(folder.resolve("remote"));
    try (FlinkCluster cluster = FlinkCluster.start(local)) {
      Configuration address = cluster.clientConfiguration();
      FlowSettings settings =
          new FlowSettings(
              local.temporary(),
              local.checkpoints(),
              local.checkpointInterval(),
              local.parallelism(),
              local.slots(),
              local.rocksdbMemory(),
              Optional.of(
                  address.getString("rest.address", "") + ":" + address.getString("rest.port", "")),
              local.transactionTimeout(),
              local.heartbeat());
      try (Flow remote = Flow.start(settings, warehouse.log(), warehouse.contracts(), List.of())) {
        Query query = warehouse.query(remote, "far", "far", "SELECT id, name FROM far_in");
        remote.run(warehouse.image(), query);
        writeRows(in, 0, 200);
        await().atMost(SOON).until(() -> warehouse.read(out).size() >= 200);
        await()
            .atMost(SOON)
            .untilAsserted(
                () -> {
                  JobStatus status = remote.status(query.name()).orElseThrow();
                  assertThat(status.state()).isEqualTo(State.RUNNING);
                  assertThat(status.rowsIn()).isEqualTo(200);
                  assertThat(status.rowsOut()).isEqualTo(200);
                  assertThat(status.lagRows()).isZero();
                });
        // A server that starts again finds its job still running and takes it over.
        writeRows(in, 200, 300);
        try (Flow again = Flow.start(settings, warehouse.log(), warehouse.contracts(), List.of())) {
          again.run(warehouse.image(), query.withEpoch(2));
          await().atMost(SOON).until(() -> warehouse.read(out).size() >= 300);
          assertThat(ids(warehouse.read(out))).isEqualTo(numbers(0, 300));
          again.endOrphans(Set.of(query.name()));
          assertThat(running(cluster)).hasSize(1);
          // A server that died while it dropped a query finds its job still running, too.
          again.endOrphans(Set.of());
          assertThat(running(cluster)).isEmpty();
          again.forget(query.name());
        }
      }
    }
  }

  private static List<JobStatusMessage> running(FlinkCluster cluster) throws Exception {
    return cluster.client().listJobs().get().stream()
        .filter(job -> !job.getJobState().isGloballyTerminalState())
        .toList();
  }
}
