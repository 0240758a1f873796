package io.millrace.flow.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.catalog.Relation;
import io.millrace.catalog.Relation.EventTime;
import io.millrace.flow.topic.mark.Ending;
import io.millrace.flow.topic.mark.Mark;
import io.millrace.flow.topic.mark.Marks;
import io.millrace.model.Name;
import io.millrace.model.Positions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.functions.ScalarFunction;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.CloseableIterator;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Utils;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TopicTableIT {
  private static final LocalDateTime MORNING = LocalDateTime.of(2026, 1, 15, 8, 0);

  @TempDir static Path folder;
  private static TestWarehouse warehouse;

  @BeforeAll
  static void start() throws Exception {
    warehouse = new TestWarehouse(folder);
  }

  @AfterAll
  static void stop() throws Exception {
    warehouse.close();
  }

  private static Object[] row(Object... values) {
    return values;
  }

  private static List<Row> collect(TableEnvironment session, String query) throws Exception {
    List<Row> rows = new ArrayList<>();
    try (CloseableIterator<Row> found = session.executeSql(query).collect()) {
      found.forEachRemaining(rows::add);
    }
    return rows;
  }

  @Test
  void rowsAreReadWithMetadataAndOnlyTheColumnsAskedFor() throws Exception {
    Relation in = warehouse.stream("plain", 2, EventTime.NONE, "a INT", "b STRING", "c BIGINT");
    warehouse.write(in, 0, row(1, "x", 10L), row(2, null, 20L));
    warehouse.write(in, 1, row(3, "z", null));
    warehouse.use(in).as("plain");
    TableEnvironment session = warehouse.session(1);
    session.executeSql(
        "CREATE TABLE plain (a INT, b STRING, c BIGINT, `_o` BIGINT METADATA FROM 'offset' VIRTUAL,"
            + " `_p` INT METADATA FROM 'partition' VIRTUAL, `_t` STRING METADATA FROM 'topic'"
            + " VIRTUAL, `_ts` TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL, `_h` MAP<STRING,"
            + " BYTES> METADATA FROM 'headers' VIRTUAL, `_k` BYTES METADATA FROM 'key' VIRTUAL)");
    String query =
        "SELECT c, a, `_p`, `_o`, `_t`, CARDINALITY(`_h`), `_k`,"
            + " `_ts` > TIMESTAMP '2020-01-01 00:00:00' FROM plain";
    assertThat(session.explainSql(query)).contains("project=[c, a]");
    assertThat(collect(session, query))
        .containsExactlyInAnyOrder(
            Row.of(10L, 1, 0, 0L, "plain", 0, null, true),
            Row.of(20L, 2, 0, 1L, "plain", 0, null, true),
            Row.of(null, 3, 1, 0L, "plain", 0, null, true));
    assertThat(collect(session, "SELECT COUNT(*) FROM plain")).last().isEqualTo(rowOf(3L));
  }

  private static Row rowOf(Object value) {
    Row row = Row.of(value);
    row.setKind(RowKind.UPDATE_AFTER);
    return row;
  }

  @Test
  void rowsGoToThePartitionTheyCameFrom() throws Exception {
    Relation in = warehouse.stream("kept_in", 3, EventTime.NONE, "a INT");
    Relation out = warehouse.stream("kept_out", 2, EventTime.NONE, "a INT", "b STRING");
    for (int p = 0; p < 3; p++) {
      warehouse.write(in, p, row(10 * p), row(10 * p + 1), row(10 * p + 2));
    }
    warehouse.use(in).as("kept_in");
    warehouse.use(out).as("kept_out");
    TableEnvironment session = warehouse.session(2);
    session.executeSql("CREATE TABLE kept_in (a INT, p INT METADATA FROM 'partition' VIRTUAL)");
    session.executeSql("CREATE TABLE kept_out (a INT, b STRING, p INT METADATA FROM 'partition')");
    session
        .executeSql("INSERT INTO kept_out SELECT a, CAST(NULL AS STRING), p FROM kept_in")
        .await();
    Map<Integer, List<Object>> byPartition = new TreeMap<>();
    for (ConsumerRecord<byte[], byte[]> record : warehouse.records("kept_out")) {
      if (record.value() != null) {
        byPartition
            .computeIfAbsent(record.partition(), p -> new ArrayList<>())
            .add(warehouse.row(out, record)[0]);
      }
    }
    assertThat(byPartition.get(1)).containsExactly(10, 11, 12);
    assertThat(byPartition.get(0)).containsSubsequence(0, 1, 2).containsSubsequence(20, 21, 22);
    assertThat(byPartition.get(0)).hasSize(6);
  }

  @Test
  void tablesAreUpsertedAndDeletedBothWays() throws Exception {
    List<String> key = List.of("id");
    Relation in = warehouse.table("people", 2, key, "id BIGINT NOT NULL", "name STRING");
    Relation out = warehouse.table("copies", 3, key, "id BIGINT NOT NULL", "name STRING");
    warehouse.write(in, -1, row(1L, "ada"), row(2L, "bob"), row(3L, "cy"));
    warehouse.write(in, -1, row(2L, "bert"));
    warehouse.delete(in, 3L, null);
    warehouse.use(in).as("people");
    warehouse.use(out).as("copies");
    TableEnvironment session = warehouse.session(1);
    for (String name : List.of("people", "copies")) {
      session.executeSql(
          "CREATE TABLE " + name + " (id BIGINT, name STRING, PRIMARY KEY (id) NOT ENFORCED)");
    }
    session.executeSql("INSERT INTO copies SELECT id, UPPER(name) FROM people").await();
    Map<Object, Object> last = new TreeMap<>();
    int tombstones = 0;
    for (ConsumerRecord<byte[], byte[]> record : warehouse.records("copies")) {
      if (Mark.isControl(record)) {
        assertThat(new String(record.key(), StandardCharsets.UTF_8))
            .isEqualTo("_millrace_mark/test_statement/0");
        continue;
      }
      assertThat(record.partition()).isEqualTo(Utils.toPositive(Utils.murmur2(record.key())) % 3);
      if (record.value() == null) {
        tombstones++;
        assertThat(Mark.of(record)).isNull();
      } else {
        Object[] values = warehouse.row(out, record);
        last.put(values[0], values[1]);
      }
    }
    assertThat(tombstones).isEqualTo(1);
    assertThat(last).containsEntry(1L, "ADA").containsEntry(2L, "BERT");
    // The copy holds the same rows when it is read back as a table.
    warehouse.use(out).as("copies");
    Map<Object, Object> current = new HashMap<>();
    for (Row row : collect(session, "SELECT id, name FROM copies")) {
      if (row.getKind() == RowKind.DELETE || row.getKind() == RowKind.UPDATE_BEFORE) {
        current.remove(row.getField(0));
      } else {
        current.put(row.getField(0), row.getField(1));
      }
    }
    assertThat(current).isEqualTo(Map.of(1L, "ADA", 2L, "BERT"));
  }

  @Test
  void rowsAreEnrichedFromTheWholeTableInMemory() throws Exception {
    Relation sites =
        warehouse.table(
            "sites", 2, List.of("host"), "host STRING NOT NULL", "owner STRING", "team STRING");
    List<Object[]> rows = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      rows.add(row("host number " + i, "owner" + i, "team" + i % 5));
    }
    warehouse.write(sites, -1, rows);
    warehouse.write(sites, -1, row("host number 7", "new owner", "team2"));
    warehouse.delete(sites, "host number 8", null, null);
    Relation visits = warehouse.stream("visits", 1, EventTime.NONE, "host STRING", "team STRING");
    warehouse.write(
        visits,
        0,
        row("host number 7", "team4"),
        row("host number 8", "none"),
        row(null, null),
        row("host number 499", "team1"));
    warehouse.use(sites).as("sites");
    warehouse.use(visits).as("visits");
    TableEnvironment session = warehouse.session(2);
    session.executeSql("CREATE TABLE visits (host STRING, team STRING, now AS PROCTIME())");
    session.executeSql(
        "CREATE TABLE sites (host STRING, owner STRING, team STRING,"
            + " PRIMARY KEY (host) NOT ENFORCED)");
    assertThat(
            collect(
                session,
                "SELECT v.host, s.owner FROM visits v LEFT JOIN sites FOR SYSTEM_TIME AS OF v.now"
                    + " AS s ON v.host = s.host"))
        .containsExactlyInAnyOrder(
            Row.of("host number 7", "new owner"),
            Row.of("host number 8", null),
            Row.of(null, null),
            Row.of("host number 499", "owner499"));
    // By a column that is no key: 100 hosts a team, less the one that moved.
    assertThat(
            collect(
                session,
                "SELECT v.team, s.host FROM visits v JOIN sites FOR SYSTEM_TIME AS OF v.now AS s"
                    + " ON v.team = s.team WHERE v.team = 'team4'"))
        .hasSize(100);
  }

  @Test
  void declaredWatermarksCloseWindowsPartitionByPartition() throws Exception {
    Relation in =
        warehouse.stream("declared", 2, EventTime.DECLARED, "ts TIMESTAMP(3)", "v BIGINT");
    // One partition is an hour ahead: its reader must not drop the other's rows as late.
    List<Object[]> early = new ArrayList<>();
    List<Object[]> late = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      early.add(row(MORNING.plusSeconds(i), 1L));
      late.add(row(MORNING.plusHours(1).plusSeconds(i), 1L));
    }
    warehouse.write(in, 0, late);
    warehouse.write(in, 1, early);
    warehouse.use(in).as("declared");
    TableEnvironment session = warehouse.session(1);
    session.executeSql(
        "CREATE TABLE declared (ts TIMESTAMP(3), v BIGINT, WATERMARK FOR ts AS ts - INTERVAL '1'"
            + " SECOND)");
    String query =
        "SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE declared, DESCRIPTOR(ts), INTERVAL"
            + " '1' MINUTE)) GROUP BY window_start, window_end";
    assertThat(session.explainSql(query)).contains("watermark=[");
    List<Row> windows = collect(session, query);
    assertThat(windows).hasSize(20).allMatch(w -> w.getFieldAs(1).equals(60L));
  }

  /** Takes its time on rows of odd partitions, so that their reader falls behind. */
  public static class Slow extends ScalarFunction {
    private static final long serialVersionUID = 1L;
    private int rows;

    public String eval(String value, Integer partition) {
      if (partition % 2 == 1 && ++rows % 10 == 0) {
        LockSupport.parkNanos(300_000);
      }
      return value;
    }
  }

  @Test
  void marksKeepEveryRowInTimeThoughWritersDrifted() throws Exception {
    int count = 60_000;
    Relation in =
        warehouse.stream(
            "lines", 4, EventTime.DECLARED, "ts TIMESTAMP(3)", "host STRING", "id BIGINT");
    String[] typed = {"ts TIMESTAMP(3)", "host STRING", "id BIGINT"};
    Relation out = warehouse.stream("typed", 4, EventTime.MARKS, typed);
    Relation counts =
        warehouse.stream(
            "counts", 2, EventTime.MARKS, "ts TIMESTAMP(3)", "host STRING", "c BIGINT");
    Map<List<Object>, Long> truth = new HashMap<>();
    List<List<Object[]>> partitions =
        List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (long id = 0; id < count; id++) {
      LocalDateTime ts = MORNING.plusSeconds(id * 1200 / count);
      String host = "host" + id % 37;
      partitions.get((int) (id % 4)).add(row(ts, host, id));
      truth.merge(List.of(ts.withSecond(0), host), 1L, Long::sum);
    }
    for (int p = 0; p < 4; p++) {
      warehouse.write(in, p, partitions.get(p));
    }
    warehouse.use(in).as("lines");
    warehouse.use(out).by("typing", 3).as("typed");
    TableEnvironment session = warehouse.session(2);
    session.createTemporarySystemFunction("SLOW", Slow.class);
    session.executeSql(
        "CREATE TABLE lines (ts TIMESTAMP(3), host STRING, id BIGINT, p INT METADATA FROM"
            + " 'partition' VIRTUAL, WATERMARK FOR ts AS ts)");
    session.executeSql(
        "CREATE TABLE typed (ts TIMESTAMP(3), host STRING, id BIGINT, p INT METADATA FROM"
            + " 'partition', WATERMARK FOR ts AS SOURCE_WATERMARK())");
    session.executeSql("CREATE TABLE counts (ts TIMESTAMP(3), host STRING, c BIGINT)");
    session
        .executeSql(
            "INSERT INTO typed SELECT ts, SLOW(host, p), id, CAST(MOD(id / 4, 4) AS INT) FROM lines")
        .await();
    assertThat(disorder(out)).isGreaterThan(Duration.ofMinutes(1));

    warehouse.use(out).as("typed");
    warehouse.use(counts).by("counting", 1).as("counts");
    session
        .executeSql(
            "INSERT INTO counts SELECT window_start, host, COUNT(*) FROM TABLE(TUMBLE(TABLE typed,"
                + " DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, host")
        .await();
    Map<List<Object>, Long> counted = new HashMap<>();
    for (Object[] values : warehouse.rows(counts)) {
      assertThat(counted.put(List.of(values[0], values[1]), (Long) values[2])).isNull();
    }
    assertThat(counted).isEqualTo(truth);
    // A watermark that stands still loses nothing either, so it has to have moved before the end.
    long reached = warehouse.marks("counts").stream().mapToLong(Mark::watermark).max().orElse(0);
    assertThat(reached)
        .isGreaterThan(MORNING.plusMinutes(15).toInstant(ZoneOffset.UTC).toEpochMilli())
        .isLessThan(MORNING.plusMinutes(21).toInstant(ZoneOffset.UTC).toEpochMilli());
    assertThat(warehouse.marks("counts").stream().mapToLong(Mark::watermark).distinct().count())
        .isGreaterThan(3);
  }

  private Duration disorder(Relation relation) {
    Map<Integer, LocalDateTime> newest = new HashMap<>();
    Duration most = Duration.ZERO;
    for (ConsumerRecord<byte[], byte[]> record : warehouse.records(relation.topic())) {
      if (record.value() != null) {
        LocalDateTime ts = (LocalDateTime) warehouse.row(relation, record)[0];
        LocalDateTime top = newest.merge(record.partition(), ts, (a, b) -> a.isAfter(b) ? a : b);
        Duration behind = Duration.between(ts, top);
        most = behind.compareTo(most) > 0 ? behind : most;
      }
    }
    return most;
  }

  @Test
  void refusedRecordsBecomeDeadLettersAndTheRestGoesOn() throws Exception {
    Relation in = warehouse.stream("doubtful", 1, EventTime.NONE, "k STRING", "v STRING");
    Relation out = warehouse.stream("certain", 1, EventTime.NONE, "k STRING", "v INT");
    warehouse.write(in, 0, row("a", "1"));
    warehouse.raw("doubtful", null, "not avro".getBytes(StandardCharsets.UTF_8));
    warehouse.write(in, 0, row("b", "not a number"), row("c", "3"));
    warehouse.use(in).by("strict", 1).as("doubtful");
    warehouse.use(out).by("strict", 1).as("certain");
    TableEnvironment session = warehouse.session(1);
    session.executeSql("CREATE TABLE doubtful (k STRING, v STRING)");
    session.executeSql("CREATE TABLE certain (k STRING, v INT)");
    session.executeSql("INSERT INTO certain SELECT k, CAST(v AS INT) FROM doubtful").await();
    assertThat(warehouse.rows(out)).containsExactly(row("a", 1), row("c", 3));
    List<Object[]> letters =
        warehouse.rows(warehouse.deadLetters()).stream()
            .filter(letter -> letter[0].equals("strict"))
            .toList();
    assertThat(letters).hasSize(2);
    assertThat(letters.get(0)).startsWith("strict", "decode", "doubtful", 0, 1L);
    assertThat(letters.get(0)[6]).isEqualTo("DECODE_FAILED");
    assertThat(letters.get(0)[10]).isEqualTo("not avro".getBytes(StandardCharsets.UTF_8));
    assertThat(letters.get(1)).startsWith("strict", "expression", "doubtful", 0, 2L);
    assertThat((String) letters.get(1)[7])
        .startsWith("Cannot compute a column: ")
        .contains("not a number");
  }

  @Test
  void aFailureBehindAShuffleStopsTheQuery() throws Exception {
    Relation in = warehouse.stream("summed", 1, EventTime.NONE, "k STRING", "v STRING");
    warehouse.write(in, 0, row("a", "1"), row("a", "x"));
    warehouse.use(in).by("behind", 1).as("summed");
    TableEnvironment session = warehouse.session(1, Map.of("restart-strategy.type", "disable"));
    session.executeSql("CREATE TABLE summed (k STRING, v STRING)");
    assertThatThrownBy(
            () ->
                collect(
                    session,
                    "SELECT k, CAST(MAX(v) AS INT) FROM summed WHERE k IS NOT NULL GROUP BY k"))
        .hasStackTraceContaining("For input string: 'x'");
    assertThat(warehouse.rows(warehouse.deadLetters()))
        .noneMatch(letter -> letter[0].equals("behind"));
  }

  /** Fails once, as a task does and not as an expression does. */
  public static class FailOnce extends ScalarFunction {
    private static final long serialVersionUID = 1L;
    static final AtomicInteger ROWS = new AtomicInteger();

    public Long eval(Long id) {
      LockSupport.parkNanos(20_000);
      if (ROWS.incrementAndGet() == 9_000) {
        throw new AssertionError("injected");
      }
      return id;
    }
  }

  @Test
  void everyRowIsWrittenOnceThoughTheJobFailed() throws Exception {
    int count = 12_000;
    Relation in = warehouse.stream("numbers", 2, EventTime.NONE, "id BIGINT");
    Relation out = warehouse.stream("once", 2, EventTime.NONE, "id BIGINT");
    for (int p = 0; p < 2; p++) {
      List<Object[]> rows = new ArrayList<>();
      for (long id = p; id < count; id += 2) {
        rows.add(row(id));
      }
      warehouse.write(in, p, rows);
    }
    warehouse.use(in).as("numbers");
    warehouse.use(out).by("writing_once", 1).exactlyOnce().as("once");
    FailOnce.ROWS.set(0);
    TableEnvironment session =
        warehouse.session(
            2,
            Map.of(
                "execution.checkpointing.interval",
                "50 ms",
                "execution.checkpointing.dir",
                folder.resolve("checkpoints").toUri().toString(),
                "restart-strategy.type",
                "fixed-delay",
                "restart-strategy.fixed-delay.attempts",
                "3",
                "restart-strategy.fixed-delay.delay",
                "100 ms"));
    session.createTemporarySystemFunction("FAIL_ONCE", FailOnce.class);
    session.executeSql("CREATE TABLE numbers (id BIGINT)");
    session.executeSql("CREATE TABLE once (id BIGINT)");
    session.executeSql("INSERT INTO once SELECT FAIL_ONCE(id) FROM numbers").await();
    assertThat(FailOnce.ROWS.get()).isGreaterThan(9_000);
    assertThat(warehouse.rows(out).stream().map(r -> r[0])).hasSize(count).doesNotHaveDuplicates();
  }

  @Test
  void partitionsThatStandAtTheirEndHoldNothingBack() throws Exception {
    Relation in = warehouse.stream("quiet", 4, EventTime.DECLARED, "ts TIMESTAMP(3)", "v BIGINT");
    warehouse.use(in).unbounded().idleAfter(Duration.ofMillis(300)).as("quiet");
    TableEnvironment session = warehouse.session(2);
    session.executeSql("CREATE TABLE quiet (ts TIMESTAMP(3), v BIGINT, WATERMARK FOR ts AS ts)");
    TableResult push =
        session.executeSql(
            "SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE quiet, DESCRIPTOR(ts), INTERVAL"
                + " '10' SECOND)) GROUP BY window_start, window_end");
    try (CloseableIterator<Row> windows = push.collect()) {
      warehouse.write(in, 2, row(MORNING, 1L), row(MORNING.plusSeconds(20), 1L));
      assertThat(windows.next()).isEqualTo(Row.of(MORNING, 1L));
    }
  }

  /** Takes its time on every row. */
  public static class Late extends ScalarFunction {
    private static final long serialVersionUID = 1L;

    public Long eval(Long value) {
      LockSupport.parkNanos(100_000);
      return value;
    }
  }

  @Test
  void partitionsWithABacklogAreNotIdle() throws Exception {
    Relation in = warehouse.stream("backlog", 2, EventTime.DECLARED, "ts TIMESTAMP(3)", "v BIGINT");
    List<Object[]> ahead = new ArrayList<>();
    List<Object[]> behind = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      ahead.add(row(MORNING.plusHours(1).plusSeconds(i), 1L));
    }
    for (int i = 0; i < 600; i++) {
      behind.add(row(MORNING.plusSeconds(i), 1L));
    }
    warehouse.write(in, 0, ahead);
    warehouse.write(in, 1, behind);
    warehouse.use(in).unbounded().idleAfter(Duration.ofMillis(100)).as("backlog");
    TableEnvironment session = warehouse.session(1);
    session.createTemporarySystemFunction("LATE", Late.class);
    session.executeSql("CREATE TABLE backlog (ts TIMESTAMP(3), v BIGINT, WATERMARK FOR ts AS ts)");
    TableResult push =
        session.executeSql(
            "SELECT window_start, SUM(v) FROM TABLE(TUMBLE((SELECT ts, LATE(v) AS v FROM backlog),"
                + " DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end");
    try (CloseableIterator<Row> windows = push.collect()) {
      for (int minute = 0; minute < 70; minute++) {
        LocalDateTime start =
            minute < 10 ? MORNING.plusMinutes(minute) : MORNING.plusMinutes(50 + minute);
        assertThat(windows.next()).isEqualTo(Row.of(start, 60L));
      }
    }
  }

  @Test
  void aPositionThatRetentionHasPassedStopsTheReader() throws Exception {
    Relation in = warehouse.stream("short_lived", 1, EventTime.NONE, "v INT");
    warehouse.write(in, 0, row(1), row(2), row(3));
    TopicPartition partition = new TopicPartition("short_lived", 0);
    Map<String, Object> client = new HashMap<>();
    warehouse.log.clientProperties().forEach((k, v) -> client.put((String) k, v));
    try (Admin admin = Admin.create(client)) {
      admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(2))).all().get();
    }
    warehouse.use(in).from(new Start.At(Positions.parse("0:0"))).as("short_lived");
    TableEnvironment session = warehouse.session(1, Map.of("restart-strategy.type", "disable"));
    session.executeSql("CREATE TABLE short_lived (v INT)");
    assertThatThrownBy(() -> collect(session, "SELECT * FROM short_lived"))
        .hasStackTraceContaining(
            "Cannot read topic short_lived partition 0 from offset 0: retention has removed offsets"
                + " 0 to 1");
  }

  @Test
  void readersBeyondThePartitionsHoldNothingBack() throws Exception {
    Relation in = warehouse.stream("narrow", 1, EventTime.DECLARED, "ts TIMESTAMP(3)", "v BIGINT");
    warehouse.use(in).unbounded().as("narrow");
    TableEnvironment session = warehouse.session(3);
    session.executeSql("CREATE TABLE narrow (ts TIMESTAMP(3), v BIGINT, WATERMARK FOR ts AS ts)");
    TableResult push =
        session.executeSql(
            "SELECT window_start, SUM(v) FROM TABLE(TUMBLE(TABLE narrow, DESCRIPTOR(ts), INTERVAL"
                + " '10' SECOND)) GROUP BY window_start, window_end");
    try (CloseableIterator<Row> windows = push.collect()) {
      warehouse.write(in, 0, row(MORNING, 5L), row(MORNING.plusSeconds(20), 1L));
      assertThat(windows.next()).isEqualTo(Row.of(MORNING, 5L));
    }
  }

  @Test
  void writersTellReadersThatTheyAreIdle() throws Exception {
    Relation in = warehouse.stream("sparse", 2, EventTime.DECLARED, "ts TIMESTAMP(3)", "v BIGINT");
    Relation out = warehouse.stream("hop", 2, EventTime.MARKS, "ts TIMESTAMP(3)", "v BIGINT");
    Duration idle = Duration.ofMillis(300);
    warehouse.use(in).unbounded().idleAfter(idle).as("sparse");
    warehouse.use(out).by("hopping", 1).idleAfter(idle).as("hop");
    TableEnvironment session = warehouse.session(2);
    session.executeSql("CREATE TABLE sparse (ts TIMESTAMP(3), v BIGINT, WATERMARK FOR ts AS ts)");
    session.executeSql("CREATE TABLE hop (ts TIMESTAMP(3), v BIGINT)");
    TableResult job = session.executeSql("INSERT INTO hop SELECT ts, v FROM sparse");
    try {
      warehouse.write(in, 0, row(MORNING, 5L));
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () ->
                  assertThat(warehouse.marks("hop"))
                      .anyMatch(Mark::isIdle)
                      .anyMatch(m -> m.watermark() > 0));
      assertThat(warehouse.rows(out)).hasSize(1);
      assertThat(Arrays.asList(warehouse.marks("hop").get(0).epoch())).containsExactly(1L);
    } finally {
      job.getJobClient().orElseThrow().cancel().get();
    }
  }

  @Test
  void aDroppedStatementIsNoLongerWaitedFor() throws Exception {
    warehouse.table("shared", 2, List.of("k"), "k STRING NOT NULL");
    Marks marks = new Marks();
    marks.apply(new Mark("stays", 1, 0, 1, false, false, 500));
    marks.apply(new Mark("dropped", 4, 1, 3, false, false, 100));
    marks.apply(new Mark("stays", 1, 0, 1, false, false, 900));
    assertThat(marks.watermark()).isEqualTo(500);
    Ending.write(warehouse.log, "shared", Name.of("dropped"), 5);
    List<ConsumerRecord<byte[], byte[]>> records = warehouse.records("shared");
    assertThat(records).allMatch(Mark::isControl);
    assertThat(records.stream().map(ConsumerRecord::partition)).containsExactlyInAnyOrder(0, 1);
    marks.apply(Mark.of(records.get(0)));
    assertThat(marks.watermark()).isEqualTo(900);
  }
}
