package io.millrace.serving;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.millrace.catalog.Relation;
import io.millrace.catalog.Relation.MetadataColumn;
import io.millrace.log.Retention;
import io.millrace.log.TopicSpec;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.MillraceException.Place;
import io.millrace.model.Name;
import io.millrace.model.Positions;
import io.millrace.model.RowSchema;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServingIT {
  private static final Duration WAIT = Duration.ofSeconds(20);
  private static final RowSchema EVENTS =
      RowSchema.of(
          new Column("id", DataType.BIGINT.withNullable(false)),
          new Column("text", DataType.STRING, Optional.of("What was said")));
  private static final RowSchema ACCOUNTS =
      new RowSchema(
          List.of(
              new Column("balance", DataType.decimal(10, 2)),
              new Column("owner", DataType.STRING.withNullable(false)),
              new Column("number", DataType.INT.withNullable(false))),
          List.of("owner", "number"));

  @TempDir static Path folder;
  private static Topics topics;

  @TempDir Path own;
  private Serving serving;

  @BeforeAll
  static void start() {
    topics = new Topics(folder.resolve("kafka"));
  }

  @AfterAll
  static void stop() {
    topics.close();
  }

  @BeforeEach
  void openServing() {
    serving = open(Duration.ofDays(7), 1L << 30);
  }

  @AfterEach
  void closeServing() {
    serving.close();
  }

  private Serving open(Duration window, long maxSize) {
    return Serving.open(
        new ServingSettings(own.resolve("copies.duckdb"), 256L << 20, window, maxSize),
        topics.log,
        topics.formats);
  }

  private void reopen() {
    serving.close();
    openServing();
  }

  private List<List<Object>> rows(String sql, Object... parameters) {
    List<List<Object>> all = new ArrayList<>();
    try (ResultCursor cursor = serving.query(sql, Arrays.asList(parameters))) {
      int columns = cursor.columns().size();
      while (cursor.next()) {
        List<Object> row = new ArrayList<>();
        for (int i = 0; i < columns; i++) {
          row.add(cursor.value(i));
        }
        all.add(row);
      }
    }
    return all;
  }

  /** Waits until the copy holds what is committed now. */
  private void settle(Relation relation) {
    assertThat(serving.awaitPositions(relation.name(), topics.log.end(relation.topic()), WAIT))
        .isTrue();
  }

  private MillraceException failure(String sql, Object... parameters) {
    return catchThrowableOfType(MillraceException.class, () -> rows(sql, parameters));
  }

  private ServingStatus status(Relation relation) {
    return serving.status(relation.name()).orElseThrow();
  }

  @Test
  void rowShowsSoonAfterItsCommitAndOnlyThen() {
    Relation events = topics.create("live", 2, EVENTS);
    serving.follow(events);
    topics.send(events, 0, 1L, "one");
    await().atMost(WAIT).until(() -> rows("SELECT id FROM live").equals(List.of(List.of(1L))));

    try (Producer<byte[], byte[]> producer = topics.transactional("live-writer")) {
      producer.beginTransaction();
      producer.send(topics.record(events, 1, Instant.now(), false, 2L, "open"));
      producer.flush();
      topics.send(events, 0, 3L, "three");
      await().atMost(WAIT).until(() -> rows("SELECT id FROM live ORDER BY id").size() == 2);
      assertThat(rows("SELECT id FROM live ORDER BY id")).containsExactly(List.of(1L), List.of(3L));
      producer.commitTransaction();
    }
    await()
        .atMost(WAIT)
        .untilAsserted(
            () -> assertThat(rows("SELECT count(*) FROM live")).containsExactly(List.of(3L)));
  }

  @Test
  void everyCommittedRowIsThereOnceAcrossReopeningAndAbortedTransactions() {
    Relation events = topics.create("shop.once", 3, EVENTS);
    List<Long> committed = new ArrayList<>();
    long id = 0;
    for (int round = 0; round < 4; round++) {
      serving.follow(events);
      try (Producer<byte[], byte[]> producer = topics.transactional("once")) {
        for (int transaction = 0; transaction < 6; transaction++) {
          producer.beginTransaction();
          for (int i = 0; i < 50; i++) {
            producer.send(topics.record(events, i % 3, Instant.now(), false, id, "round " + round));
            if (transaction % 3 != 1) {
              committed.add(id);
            }
            id++;
          }
          if (transaction % 3 == 1) {
            producer.flush();
            producer.abortTransaction();
          } else {
            producer.commitTransaction();
          }
        }
      }
      // Closed in the middle of the way, in odd rounds: the next round goes on there.
      if (round % 2 == 0) {
        settle(events);
      }
      reopen();
    }
    serving.follow(events);
    settle(events);

    assertThat(rows("SELECT id FROM shop.once ORDER BY id").stream().map(row -> row.get(0)))
        .containsExactlyElementsOf(committed);
    assertThat(status(events).rows()).isEqualTo(committed.size());
    assertThat(status(events).positions()).isEqualTo(topics.log.end(events.topic()));
  }

  @Test
  void tableHoldsTheLastRowOfEachKeyAndForgetsDeletedOnes() {
    Relation accounts = topics.create("accounts", 2, ACCOUNTS);
    // One batch: changes of one key collapse to the last.
    topics.send(accounts, 0, new BigDecimal("1.00"), "ann", 1);
    topics.send(accounts, 0, new BigDecimal("2.00"), "ann", 1);
    topics.send(accounts, 0, null, "ann", 2);
    topics.delete(accounts, 0, null, "ann", 2);
    topics.send(accounts, 1, new BigDecimal("5.00"), "bob", 1);
    topics.delete(accounts, 1, null, "bob", 1);
    topics.send(accounts, 1, new BigDecimal("6.00"), "bob", 1);
    topics.delete(accounts, 1, null, "never", 9);
    serving.follow(accounts);
    settle(accounts);
    assertThat(rows("SELECT * FROM accounts ORDER BY owner, number"))
        .containsExactly(
            List.of(new BigDecimal("2.00"), "ann", 1), List.of(new BigDecimal("6.00"), "bob", 1));

    // Another batch, after a restart: it replaces what the table holds.
    reopen();
    serving.follow(accounts);
    topics.send(accounts, 0, new BigDecimal("3.00"), "ann", 1);
    topics.delete(accounts, 1, null, "bob", 1);
    settle(accounts);
    assertThat(rows("SELECT * FROM accounts"))
        .containsExactly(List.of(new BigDecimal("3.00"), "ann", 1));
  }

  @Test
  void keyColumnsComeFromTheRecordsKey() {
    RowSchema written = RowSchema.of(new Column("city", DataType.STRING));
    RowSchema served =
        new RowSchema(
            List.of(
                new Column("key", DataType.BIGINT.withNullable(false)),
                new Column("city", DataType.STRING)),
            List.of("key"));
    Relation table = topics.create("foreign_cities", 1, served);
    Relation writer = topics.relation(Name.of("foreign_values"), written, "avro", Optional.empty());
    byte[] key = topics.record(table, 0, Instant.now(), false, 7L, "").key();
    byte[] value = topics.record(writer, 0, Instant.now(), false, "Kyiv").value();
    topics.send(new ProducerRecord<>(table.topic(), key, value));
    serving.follow(table);
    settle(table);

    assertThat(rows("SELECT * FROM foreign_cities")).containsExactly(List.of(7L, "Kyiv"));
  }

  @Test
  void recordsThatCarryNoRowAreSkippedAndOnlyBrokenOnesAreCounted() {
    Relation events = topics.create("broken", 1, EVENTS);
    Relation accounts = topics.create("broken_accounts", 1, ACCOUNTS);
    serving.follow(events);
    serving.follow(accounts);
    topics.send(new ProducerRecord<>(events.topic(), null, "no avro".getBytes(UTF_8)));
    topics.send(new ProducerRecord<>(events.topic(), null, new byte[] {0, 0, 1, -1, -1, 2}));
    ProducerRecord<byte[], byte[]> control = new ProducerRecord<>(events.topic(), null, null);
    control.headers().add("wm", new byte[21]);
    topics.send(control);
    topics.send(events, 0, 1L, "fine");
    ProducerRecord<byte[], byte[]> keyed =
        new ProducerRecord<>(accounts.topic(), "_millrace_mark/q/0".getBytes(UTF_8), null);
    keyed.headers().add("wm", new byte[21]);
    topics.send(keyed);
    topics.send(new ProducerRecord<>(accounts.topic(), "x".getBytes(UTF_8), new byte[] {1}));
    settle(events);
    settle(accounts);

    assertThat(rows("SELECT id FROM broken")).containsExactly(List.of(1L));
    assertThat(status(events).skipped()).isEqualTo(2);
    assertThat(status(accounts).skipped()).isEqualTo(1);
    assertThat(status(events).lastError()).isEmpty();
  }

  @Test
  void addedColumnIsNullInOldRowsAndCopiesAreFilledAnewWhereTheyMissedIt() {
    Relation old = topics.create("evolving", 1, EVENTS);
    serving.follow(old);
    topics.send(old, 0, 1L, "old");
    settle(old);
    RowSchema wider =
        RowSchema.of(
            EVENTS.column(0), EVENTS.column(1), new Column("at", DataType.timestampLtz(3)));
    Relation added = topics.relation(old.name(), wider, "avro", old.comment());
    serving.follow(added);
    Instant at = Instant.parse("2026-03-01T10:00:00.123Z");
    topics.send(added, 0, 2L, "new", at);
    settle(added);
    assertThat(rows("SELECT * FROM evolving ORDER BY id"))
        .containsExactly(Arrays.asList(1L, "old", null), List.of(2L, "new", at));

    // Somebody writes by a newer contract before the copy is told of it.
    RowSchema widest =
        RowSchema.of(
            wider.column(0), wider.column(1), wider.column(2), new Column("n", DataType.INT));
    Relation ahead = topics.relation(old.name(), widest, "avro", old.comment());
    topics.send(ahead, 0, 3L, "ahead", null, 42);
    settle(added);
    assertThat(rows("SELECT * FROM evolving WHERE id = 3"))
        .containsExactly(Arrays.asList(3L, "ahead", null));
    serving.follow(ahead);
    settle(ahead);
    assertThat(rows("SELECT id, n FROM evolving ORDER BY id"))
        .containsExactly(Arrays.asList(1L, null), Arrays.asList(2L, null), List.of(3L, 42));
  }

  @Test
  void topicMadeAnewUnderTheSameNameFillsTheCopyAnew() {
    Relation first = topics.create("reborn", 1, EVENTS);
    serving.follow(first);
    topics.send(first, 0, 1L, "first life");
    settle(first);
    serving.close();
    topics.log.delete(first.topic());
    RowSchema other = RowSchema.of(new Column("id", DataType.INT.withNullable(false)));
    Name elsewhere = Name.of("reborn_values");
    topics.log.create(TopicSpec.of("reborn", 1, new Retention.Forever()));
    Relation written = topics.relation(elsewhere, other, "avro", Optional.empty());
    Relation second = Topics.at(first.topic(), written, first.name());
    topics.send(second, 0, 2);
    topics.send(second, 0, 3);
    openServing();
    serving.follow(second);
    settle(second);

    assertThat(rows("SELECT * FROM reborn ORDER BY id")).containsExactly(List.of(2), List.of(3));
  }

  @Test
  void deletedTopicStopsItsCopyWithoutAnErrorUntilItIsMadeAnew() {
    Relation gone = topics.create("gone", 1, EVENTS);
    Relation stays = topics.create("stays", 1, EVENTS);
    serving.follow(gone);
    serving.follow(stays);
    topics.send(gone, 0, 1L, "last");
    settle(gone);
    topics.log.delete(gone.topic());
    topics.send(stays, 0, 1L, "one");
    settle(stays);

    assertThat(status(gone).lastError()).isEmpty();
    assertThat(rows("SELECT count(*) FROM gone")).containsExactly(List.of(1L));

    // Made anew under its name, it is followed again and fills its copy anew.
    topics.log.create(TopicSpec.of("gone", 2, new Retention.Forever()));
    topics.send(gone, 1, 2L, "second life");
    await()
        .atMost(WAIT)
        .untilAsserted(() -> assertThat(rows("SELECT id FROM gone")).containsExactly(List.of(2L)));
    assertThat(status(gone).lastError()).isEmpty();
    serving.forget(gone.name());
    assertThat(serving.status(gone.name())).isEmpty();
    assertThat(failure("SELECT * FROM gone").code()).isEqualTo(ErrorCode.NOT_FOUND);
  }

  @Test
  void copiesOfDroppedRelationsGoWithRetain() {
    Relation kept = topics.create("kept", 1, EVENTS);
    Relation dropped = topics.create("s.dropped", 1, EVENTS);
    serving.follow(kept);
    serving.follow(dropped);
    reopen();
    serving.retain(List.of(kept.name()));

    assertThat(rows("SELECT count(*) FROM kept")).containsExactly(List.of(0L));
    assertThat(failure("SELECT * FROM s.dropped").code()).isEqualTo(ErrorCode.NOT_FOUND);
  }

  @Test
  void streamKeepsItsWindowAndSaysSinceWhen() {
    serving.close();
    serving = open(Duration.ofHours(1), 1L << 30);
    Relation events = topics.create("windowed", 1, EVENTS);
    Instant now = Instant.now();
    for (long minute = 180; minute >= 0; minute -= 10) {
      Instant then = now.minus(Duration.ofMinutes(minute));
      topics.send(topics.record(events, 0, then, false, minute, "ago"));
    }
    serving.follow(events);
    settle(events);
    assertThat(rows("SELECT max(id) FROM windowed").get(0).get(0)).isIn(50L, 60L);
    Instant since = status(events).since().orElseThrow();
    assertThat(since).isBetween(now.minus(Duration.ofHours(1)), Instant.now().minusSeconds(3500));

    // What comes late and old goes again; what is in the window stays.
    topics.send(topics.record(events, 0, now.minus(Duration.ofHours(5)), false, 300L, "late"));
    topics.send(topics.record(events, 0, Instant.now(), false, -1L, "now"));
    settle(events);
    await()
        .atMost(WAIT)
        .untilAsserted(
            () -> assertThat(rows("SELECT min(id) FROM windowed")).containsExactly(List.of(-1L)));
    assertThat(status(events).lastError()).isEmpty();
  }

  @Test
  void streamKeepsNoMoreThanItsMaximalSize() {
    serving.close();
    serving = open(Duration.ofDays(7), 64 << 10);
    Relation events = topics.create("sized", 1, EVENTS);
    Relation small = topics.create("sized_small", 1, EVENTS);
    topics.send(small, 0, 1L, "stays");
    serving.follow(events);
    serving.follow(small);
    String text = "x".repeat(100);
    long total = 3000;
    try (Producer<byte[], byte[]> producer = topics.log.producer(Map.of())) {
      Instant start = Instant.now().minusSeconds(total);
      for (long id = 0; id < total; id++) {
        producer.send(topics.record(events, 0, start.plusSeconds(id), false, id, text));
      }
    }
    settle(events);
    settle(small);

    List<Object> held =
        rows("SELECT count(*), min(id), max(id), max(id) - min(id) + 1 FROM sized").get(0);
    assertThat((Long) held.get(0)).isBetween(200L, 620L).isEqualTo(held.get(3));
    assertThat(held.get(2)).isEqualTo(total - 1);
    assertThat(status(events).since()).isPresent();
    assertThat(rows("SELECT id FROM sized_small")).containsExactly(List.of(1L));

    // The runs are known after a restart too.
    serving.close();
    serving = open(Duration.ofDays(7), 16 << 10);
    serving.follow(events);
    topics.send(events, 0, total, text);
    settle(events);
    await()
        .atMost(WAIT)
        .untilAsserted(
            () ->
                assertThat((Long) rows("SELECT count(*) FROM sized").get(0).get(0))
                    .isBetween(1L, 200L));
    assertThat(rows("SELECT max(id) FROM sized")).containsExactly(List.of(total));
  }

  @Test
  void expiredPositionsStopOneCopyUntilTheyAreSkipped() throws Exception {
    Relation events = topics.create("expiring", 1, EVENTS);
    Relation other = topics.create("expiring_not", 1, EVENTS);
    serving.follow(events);
    for (long id = 0; id < 3; id++) {
      topics.send(events, 0, id, "copied");
    }
    settle(events);
    serving.close();
    for (long id = 3; id < 10; id++) {
      topics.send(events, 0, id, "not copied");
    }
    truncate(events, 7);
    openServing();
    serving.follow(events);
    serving.follow(other);
    await().atMost(WAIT).until(() -> status(events).lastError().isPresent());

    assertThat(status(events).lastError().orElseThrow())
        .isEqualTo(
            "DATA_EXPIRED: Cannot go on with the serving copy of expiring: in topic expiring"
                + " offsets 3 to 6 of partition 0 are gone");
    MillraceException waiting =
        catchThrowableOfType(
            MillraceException.class,
            () -> serving.awaitPositions(events.name(), Positions.of(Map.of(0, 10L)), WAIT));
    assertThat(waiting.code()).isEqualTo(ErrorCode.DATA_EXPIRED);
    topics.send(other, 0, 1L, "goes on");
    settle(other);

    serving.skipExpired(events.name());
    settle(events);
    assertThat(rows("SELECT id FROM expiring ORDER BY id").stream().map(row -> row.get(0)))
        .containsExactly(0L, 1L, 2L, 7L, 8L, 9L);
    assertThat(status(events).lastError()).isEmpty();
    assertThat(status(events).since()).isPresent();
  }

  @Test
  void rowsThatLeftTheWindowBeforeTheTopicAreNotMissed() throws Exception {
    serving.close();
    serving = open(Duration.ofDays(30), 1L << 30);
    Relation events = kept("outlived", Map.of());
    Instant old = Instant.now().minus(Duration.ofDays(10));
    serving.follow(events);
    topics.send(topics.record(events, 0, old, false, 1L, "copied"));
    settle(events);
    serving.close();
    topics.send(topics.record(events, 0, old.plusSeconds(1), false, 2L, "not copied"));
    truncate(events, 2);
    openServing();
    serving.follow(events);
    topics.send(events, 0, 3L, "copied again");
    settle(events);

    assertThat(rows("SELECT id FROM outlived")).contains(List.of(3L)).doesNotContain(List.of(2L));
    assertThat(status(events).lastError()).isEmpty();
    assertThat(status(events).since()).isPresent();
  }

  /** A topic that keeps its records for longer than the window. */
  private Relation kept(String name, Map<String, String> settings) {
    topics.log.create(
        new TopicSpec(name, 1, (short) -1, new Retention.Time(Duration.ofDays(20)), settings));
    return topics.relation(Name.of(name), EVENTS, "avro", Optional.empty());
  }

  @Test
  void rowsRemovedByHandBeforeTheirTimeStopTheCopyHoweverLongTheTopicKeepsThem() throws Exception {
    Relation events = kept("removed", Map.of());
    serving.follow(events);
    topics.send(events, 0, 1L, "copied");
    settle(events);
    serving.close();
    topics.send(events, 0, 2L, "not copied");
    truncate(events, 2);
    openServing();
    serving.follow(events);

    await().atMost(WAIT).until(() -> status(events).lastError().isPresent());
    assertThat(status(events).lastError().orElseThrow())
        .contains("DATA_EXPIRED", "offsets 1 to 1 of partition 0 are gone");
  }

  @Test
  void rowsOfATopicKeptBelowASizeMayHaveLeftItBeforeTheWindow() throws Exception {
    serving.close();
    serving = open(Duration.ofDays(30), 1L << 30);
    Relation events = kept("below_a_size", Map.of("retention.bytes", "1000000"));
    serving.follow(events);
    topics.send(
        topics.record(events, 0, Instant.now().minus(Duration.ofDays(10)), false, 1L, "copied"));
    settle(events);
    serving.close();
    topics.send(events, 0, 2L, "not copied");
    topics.send(events, 0, 3L, "not copied either");
    truncate(events, 2);
    openServing();
    serving.follow(events);

    await().atMost(WAIT).until(() -> status(events).lastError().isPresent());
    assertThat(status(events).lastError().orElseThrow()).contains("DATA_EXPIRED");
  }

  @Test
  void rowsThatTheTopicLetGoLeaveTheCopyToo() throws Exception {
    serving.close();
    // Runs of one row each.
    serving = open(Duration.ofDays(7), 256);
    Relation events = topics.create("retained", 1, EVENTS);
    serving.follow(events);
    for (long id = 0; id < 6; id++) {
      topics.send(events, 0, id, "r");
      settle(events);
    }
    truncate(events, 4);

    await()
        .atMost(WAIT)
        .untilAsserted(
            () ->
                assertThat(rows("SELECT id FROM retained ORDER BY id"))
                    .containsExactly(List.of(4L), List.of(5L)));
    assertThat(status(events).since()).isEmpty();
  }

  private static void truncate(Relation relation, long before) throws Exception {
    try (Admin admin = Admin.create(topics.log.clientProperties())) {
      admin
          .deleteRecords(
              Map.of(new TopicPartition(relation.topic(), 0), RecordsToDelete.beforeOffset(before)))
          .all()
          .get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void metadataColumnsAndCommentsAreServed() {
    Relation events =
        topics.create(
            "described",
            1,
            EVENTS,
            new MetadataColumn("_offset", DataType.BIGINT, "offset"),
            new MetadataColumn("_partition", DataType.INT, "partition"),
            new MetadataColumn("_time", DataType.timestampLtz(6), "timestamp"),
            new MetadataColumn("_topic", DataType.STRING, "topic"),
            new MetadataColumn("_headers", new DataType.Map(DataType.BYTES, true), "headers"));
    Instant time = Instant.parse("2026-11-01T00:00:00.500Z");
    ProducerRecord<byte[], byte[]> record = topics.record(events, 0, time, false, 1L, "one");
    record.headers().add("trace", "t".getBytes(UTF_8));
    topics.send(record);
    serving.close();
    serving = open(Duration.ofDays(36500), 1L << 30);
    serving.follow(events);
    settle(events);

    List<Object> row = rows("SELECT * FROM described").get(0);
    assertThat(row.subList(0, 4)).containsExactly(0L, 0, time, "described");
    assertThat((Map<?, ?>) row.get(4)).hasSize(1);
    assertThat(((Map<?, ?>) row.get(4)).get("trace")).isEqualTo("t".getBytes(UTF_8));
    assertThat(row.subList(5, 7)).containsExactly(1L, "one");
    assertThat(rows("SELECT comment FROM duckdb_tables() WHERE table_name = 'described'"))
        .containsExactly(List.of("About described"));
    assertThat(
            rows(
                "SELECT column_name, \"COLUMN_COMMENT\" FROM information_schema.columns"
                    + " WHERE table_name = 'described' AND column_name = 'text'"))
        .containsExactly(List.of("text", "What was said"));
  }

  @Test
  void everyWriteIsRefused() {
    Relation events = topics.create("guarded", 1, EVENTS);
    serving.follow(events);
    topics.send(events, 0, 1L, "one");
    settle(events);
    for (String write :
        List.of(
            "DROP TABLE guarded",
            "DELETE FROM guarded",
            "INSERT INTO guarded VALUES (2, 'two')",
            "WITH w AS (INSERT INTO guarded VALUES (2, 'two') RETURNING *) SELECT * FROM w",
            "EXPLAIN ANALYZE DELETE FROM guarded",
            "EXPLAIN ANALYZE WITH w AS (DELETE FROM guarded RETURNING *) SELECT * FROM w",
            "SELECT 1; DROP TABLE guarded",
            "CREATE TABLE other (a INT)",
            "CREATE TEMP TABLE other (a INT)",
            "SET memory_limit = '10GB'",
            "PRAGMA disable_checkpoint_on_shutdown",
            "CALL pragma_version()",
            "CHECKPOINT",
            "ATTACH 'other.duckdb'",
            "COPY guarded TO 'stolen.csv'",
            "COMMIT",
            "SELECT * FROM read_csv('/etc/passwd')",
            "SELECT * FROM '/etc/some.csv'",
            "SELECT content FROM read_text('/etc/passwd')")) {
      MillraceException refused = failure(write);
      assertThat(refused).as(write).isNotNull();
      assertThat(refused.code()).as(write).isEqualTo(ErrorCode.INVALID_QUERY);
      assertThat(refused.getMessage()).as(write).startsWith("Cannot run query");
    }
    assertThat(rows("SELECT * FROM guarded")).containsExactly(List.of(1L, "one"));
  }

  @Test
  void errorsSayWhatIsWrongAndWhere() {
    Relation events = topics.create("messages", 1, EVENTS);
    serving.follow(events);

    MillraceException unknown = failure("SELECT *\nFROM mesages");
    assertThat(unknown.code()).isEqualTo(ErrorCode.NOT_FOUND);
    assertThat(unknown).hasMessage("Cannot run query: no stream or table mesages");
    assertThat(unknown.hint()).contains("Did you mean messages?");
    assertThat(unknown.place()).contains(new Place(2, 6, 7));

    MillraceException column = failure("SELECT id,\n  txt FROM messages");
    assertThat(column.code()).isEqualTo(ErrorCode.INVALID_QUERY);
    assertThat(column)
        .hasMessageStartingWith("Cannot run query (DuckDB): ")
        .hasMessageContaining("txt")
        .hasMessageNotContainingAny("LINE", "^", "\n", "Candidate");
    assertThat(column.hint().orElseThrow()).contains("text");
    assertThat(column.place()).contains(new Place(2, 3, 3));

    MillraceException syntax = failure("SELECT 'grüß' AS a,\n 'ß' FORM messages");
    assertThat(syntax.code()).isEqualTo(ErrorCode.INVALID_QUERY);
    assertThat(syntax.getMessage()).contains("syntax error").contains("messages");
    assertThat(syntax.place()).contains(new Place(2, 11, 1));
    assertThat(syntax.hint()).isEmpty();
    Column order = new Column("Order", DataType.INT);
    serving.follow(
        topics.create("reserved", 1, RowSchema.of(order, new Column("at", DataType.INT))));
    assertThat(failure("SELECT order FROM reserved").hint())
        .contains("Quote the column: \"order\".");
    assertThat(failure("SELECT at FROM reserved").hint()).contains("Quote the column: \"at\".");
    assertThat(failure("SELECT 1 FROM reserved WHERE order > 1").hint())
        .contains("Quote the column: \"order\".");

    String list = "id, ".repeat(60);
    MillraceException far = failure("SELECT " + list + "wrong, " + list + "id FROM messages");
    assertThat(far.place()).contains(new Place(1, 8 + list.length(), 5));

    MillraceException schema = failure("SELECT * FROM nowhere.messages");
    assertThat(schema.code()).isEqualTo(ErrorCode.NOT_FOUND);

    MillraceException value = failure("SELECT CAST(text AS INT) FROM (VALUES ('x')) v(text)");
    assertThat(value.code()).isEqualTo(ErrorCode.INVALID_QUERY);
    assertThat(value.getMessage()).contains("'x'");
    assertThat(value.place()).contains(new Place(1, 8, 17));

    assertThat(failure("SELECT ? + 1").code()).isEqualTo(ErrorCode.INVALID_REQUEST);
  }

  @Test
  void dialectAgreesWithFlink() {
    Relation events = topics.create("t$changes", 1, EVENTS);
    serving.follow(events);
    assertThat(rows("SELECT 7 / 2, current_setting('TimeZone'), count(*) FROM T$Changes"))
        .containsExactly(List.of(3, "UTC", 0L));
    assertThat(rows("SELECT x FROM (VALUES (1), (NULL)) v(x) ORDER BY x").get(0))
        .containsOnlyNulls();
    assertThat(rows("SELECT x FROM (VALUES (1), (NULL)) v(x) ORDER BY x DESC").get(1))
        .containsOnlyNulls();
    Instant instant = Instant.parse("2026-11-22T23:30:00Z");
    assertThat(
            rows(
                "SELECT ?, $2, CAST($3 AS DATE), $4, CAST(? AS VARCHAR)",
                1,
                "two",
                instant,
                LocalDate.EPOCH,
                instant))
        .containsExactly(
            List.of(
                1, "two", LocalDate.of(2026, 11, 22), LocalDate.EPOCH, "2026-11-22 23:30:00+00"));
    assertThat(rows("DESCRIBE t$changes").get(0).subList(0, 2)).containsExactly("id", "BIGINT");
    assertThat(rows("SHOW TABLES")).contains(List.of("t$changes"));
    assertThat(rows("EXPLAIN SELECT 1")).hasSize(1);
  }

  @Test
  void queryIsCancelledFromAnotherThread() {
    try (ResultCursor cursor =
        serving.query(
            "SELECT sum(a.i * b.i) FROM range(10000000) a(i), range(10000000) b(i)", List.of())) {
      CompletableFuture<MillraceException> running =
          CompletableFuture.supplyAsync(
              () -> catchThrowableOfType(MillraceException.class, cursor::next));
      await()
          .atMost(WAIT)
          .until(
              () -> {
                cursor.cancel();
                return running.isDone();
              });
      assertThat(running.join().code()).isEqualTo(ErrorCode.CANCELLED);
    }
  }

  @Test
  void longAnswerStreamsAndMayBeLeftEarly() {
    try (ResultCursor cursor =
        serving.query("SELECT i, repeat('x', 1000) FROM range(100000000) r(i)", List.of())) {
      for (long i = 0; i < 10_000; i++) {
        assertThat(cursor.next()).isTrue();
        assertThat(cursor.value(0)).isEqualTo(i);
      }
    }
    assertThat(rows("SELECT 1")).containsExactly(List.of(1));
  }

  @Test
  void memoryLimitIsAnErrorOfItsOwn() {
    try (Serving small =
        Serving.open(
            new ServingSettings(null, 32L << 20, Duration.ofDays(1), 1L << 30),
            topics.log,
            topics.formats)) {
      MillraceException error =
          catchThrowableOfType(
              MillraceException.class,
              () -> {
                try (ResultCursor cursor =
                    small.query(
                        "SELECT list(repeat('x', 100) || i) FROM range(10000000) r(i)",
                        List.of())) {
                  cursor.next();
                }
              });
      assertThat(error.code()).isEqualTo(ErrorCode.OUT_OF_MEMORY);
      assertThat(error.hint().orElseThrow()).contains("serving.memory-limit");
    }
  }

  @Test
  void copiesAreFilledWhereABatchNeedsMoreThanTheMemoryLimitAndAQueryThatDoesFailsAlone() {
    Relation wide = topics.create("wide", 1, EVENTS);
    Relation keyed =
        topics.create(
            "wide_keyed",
            1,
            new RowSchema(
                List.of(
                    new Column("id", DataType.BIGINT.withNullable(false)),
                    new Column("text", DataType.STRING)),
                List.of("id")));
    Random random = new Random(1);
    for (long id = 0; id < 64; id++) {
      String text = text(random, 1 << 18);
      topics.send(wide, 0, id, text);
      topics.send(keyed, 0, id % 48, text);
    }
    serving.close();
    serving =
        Serving.open(
            new ServingSettings(
                own.resolve("small.duckdb"), 24L << 20, Duration.ofDays(7), 1L << 30),
            topics.log,
            topics.formats);
    serving.follow(wide);
    serving.follow(keyed);
    await()
        .atMost(Duration.ofSeconds(90))
        // Each question takes memory, too.
        .pollInterval(Duration.ofSeconds(1))
        // A query that finds the memory taken says so, and may be asked again.
        .ignoreExceptionsMatching(
            e ->
                e instanceof MillraceException failure
                    && failure.hint().orElse("").contains("serving.memory-limit"))
        .untilAsserted(
            () -> {
              assertThat(rows("SELECT count(*), count(DISTINCT id) FROM wide"))
                  .containsExactly(List.of(64L, 64L));
              assertThat(rows("SELECT count(*), CAST(sum(id) AS BIGINT) FROM wide_keyed"))
                  .containsExactly(List.of(48L, 48L * 47 / 2));
            });
    MillraceException error = failure("SELECT list(text), list(reverse(text)) FROM wide");
    assertThat(error.code()).as("%s", error.getMessage()).isEqualTo(ErrorCode.OUT_OF_MEMORY);
    topics.send(wide, 0, 64L, "after");
    settle(wide);
    assertThat(rows("SELECT text FROM wide WHERE id = 64")).containsExactly(List.of("after"));
  }

  private static String text(Random random, int length) {
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append((char) ('a' + random.nextInt(26)));
    }
    return text.toString();
  }

  @Test
  void manyRelationsShareFewThreadsAndTwoMayReadOneTopic() {
    List<Relation> relations = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      relations.add(topics.create("many" + i, 1, EVENTS));
    }
    relations.add(Topics.at(relations.get(0).topic(), relations.get(0), Name.of("alias")));
    relations.forEach(serving::follow);
    relations.forEach(serving::follow);
    topics.send(relations.get(0), 0, 1L, "both");
    topics.send(relations.get(4), 0, 2L, "one");
    relations.forEach(this::settle);

    assertThat(rows("SELECT id FROM many0 UNION ALL SELECT id FROM alias"))
        .containsExactly(List.of(1L), List.of(1L));
    assertThat(rows("SELECT id FROM many4")).containsExactly(List.of(2L));
    assertThat(
            Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().matches("millrace-serving-\\d+")))
        .hasSizeLessThanOrEqualTo(2);
  }
}
