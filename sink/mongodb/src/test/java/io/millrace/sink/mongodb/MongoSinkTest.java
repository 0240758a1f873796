package io.millrace.sink.mongodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.client.model.IndexOptions;
import com.mongodb.client.model.Indexes;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowKind;
import io.millrace.model.RowSchema;
import io.millrace.model.TypeParser;
import io.millrace.sink.EpochId;
import io.millrace.sink.IdempotentSink;
import io.millrace.sink.KeyedWriter;
import io.millrace.sink.RowRefusedException;
import io.millrace.sink.SinkDefinition;
import io.millrace.sink.WriterContext;
import io.millrace.sink.testkit.Rows;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bson.BsonDocument;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the contract of sinks by key does not say: streams, tombstones, and what is refused. */
class MongoSinkTest {
  private static final RowSchema WORDS =
      new RowSchema(
          List.of(
              new Column("id", DataType.BIGINT.withNullable(false)),
              new Column("word", DataType.STRING)),
          List.of("id"));

  private final MongoFixture fixture = new MongoFixture();
  private final Deque<KeyedWriter> opened = new ArrayDeque<>();

  @AfterEach
  void closeAll() throws Exception {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
    fixture.close();
  }

  private IdempotentSink create(RowSchema schema, boolean table, Map<String, String> more) {
    Map<String, String> options = new HashMap<>(fixture.options());
    options.putAll(more);
    return (IdempotentSink)
        fixture.connector().create(new SinkDefinition(Name.of("mart"), schema, table, options));
  }

  private KeyedWriter writer(RowSchema schema, boolean table, int subtask, long epoch)
      throws IOException {
    KeyedWriter writer =
        create(schema, table, Map.of()).writer(new WriterContext(subtask, 2, epoch));
    opened.push(writer);
    return writer;
  }

  private static void set(KeyedWriter writer, RowSchema schema, long offset, Object... values) {
    writer.next(0, offset, RowKind.UPSERT);
    Rows.push(writer.rows(), schema, values);
  }

  private static void delete(KeyedWriter writer, long offset, long id) {
    writer.next(0, offset, RowKind.DELETE);
    writer.rows().beginRow();
    writer.rows().setLong(0, id);
    writer.rows().endRow();
  }

  private static void flush(KeyedWriter writer) throws IOException {
    writer.flush(new EpochId(1, 1));
  }

  private static RowSchema withColumn(String name, String type) {
    return new RowSchema(
        List.of(
            new Column("id", DataType.BIGINT.withNullable(false)),
            new Column(name, TypeParser.parse(type))),
        List.of("id"));
  }

  private void assertRefused(ErrorCode code, String message, Runnable step) {
    assertThatThrownBy(step::run)
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> {
              assertThat(e.code()).isEqualTo(code);
              assertThat(e.getMessage()).contains(message);
              assertThat(e.hint()).isPresent();
            });
  }

  // ---- streams --------------------------------------------------------------------------------

  @Test
  void streamRowsThatComeAgainAreThereOnce() throws Exception {
    KeyedWriter crashed = writer(WORDS, false, 0, 1);
    set(crashed, WORDS, 0, 1L, "one");
    set(crashed, WORDS, 1, 1L, "one");
    set(crashed, WORDS, 2, 2L, null);
    flush(crashed);

    KeyedWriter next = writer(WORDS, false, 1, 2);
    set(next, WORDS, 1, 1L, "one");
    set(next, WORDS, 2, 2L, null);
    set(next, WORDS, 3, 3L, "three");
    flush(next);
    set(crashed, WORDS, 1, 1L, "one");
    flush(crashed);

    assertThat(fixture.visibleRows(WORDS))
        .containsExactlyInAnyOrder(
            List.of(1L, "one"),
            List.of(1L, "one"),
            java.util.Arrays.asList(2L, null),
            List.of(3L, "three"));
  }

  @Test
  void streamRowsOfTwoSinksDoNotMeet() throws Exception {
    KeyedWriter first = writer(WORDS, false, 0, 1);
    set(first, WORDS, 0, 1L, "first");
    flush(first);
    try (KeyedWriter second =
        ((IdempotentSink)
                fixture
                    .connector()
                    .create(new SinkDefinition(Name.of("other"), WORDS, false, fixture.options())))
            .writer(new WriterContext(0, 1, 1))) {
      set(second, WORDS, 0, 1L, "second");
      flush(second);
    }
    assertThat(fixture.documents().find().map(d -> d.getString("_id").getValue()))
        .containsExactlyInAnyOrder("mart-0-0", "other-0-0");
  }

  // ---- tombstones and versions ----------------------------------------------------------------

  @Test
  void lateChangeDoesNotBringBackADeletedRow() throws Exception {
    Instant before = Instant.ofEpochMilli(System.currentTimeMillis());
    KeyedWriter zombie = writer(WORDS, true, 0, 1);
    set(zombie, WORDS, 7, 1L, "late");

    KeyedWriter next = writer(WORDS, true, 0, 1);
    set(next, WORDS, 7, 1L, "late");
    delete(next, 8, 1);
    flush(next);
    flush(zombie);

    assertThat(fixture.visibleRows(WORDS)).isEmpty();
    BsonDocument tombstone = fixture.documents().find().first();
    assertThat(tombstone.keySet()).containsExactly("_id", "_millrace");
    assertThat(tombstone.getDocument("_millrace").getDateTime("deleted").getValue())
        .isBetween(before.toEpochMilli(), System.currentTimeMillis());
  }

  @Test
  void newerSubmissionWinsOverAHigherOffsetOfAnOlder() throws Exception {
    KeyedWriter older = writer(WORDS, true, 0, 1);
    set(older, WORDS, 1000, 1L, "of a topic that was dropped");
    flush(older);
    KeyedWriter newer = writer(WORDS, true, 0, 2);
    set(newer, WORDS, 0, 1L, "of the new one");
    flush(newer);
    assertThat(fixture.visibleRows(WORDS)).containsExactly(List.of(1L, "of the new one"));
  }

  @Test
  void documentThatOthersPutThereIsReplaced() throws Exception {
    fixture.documents().insertOne(BsonDocument.parse("{_id: {$numberLong: '1'}, word: 'theirs'}"));
    KeyedWriter writer = writer(WORDS, true, 0, 1);
    set(writer, WORDS, 0, 1L, "ours");
    flush(writer);
    assertThat(fixture.visibleRows(WORDS)).containsExactly(List.of(1L, "ours"));
  }

  @Test
  void indexOfTombstonesIsMadeForTablesAndCanBeMadeAgain() {
    create(WORDS, false, Map.of());
    assertThat(fixture.documents().listIndexes().map(i -> i.getString("name")))
        .doesNotContain("_millrace.deleted_1");
    create(WORDS, true, Map.of());
    create(WORDS, true, Map.of());
    assertThat(fixture.documents().listIndexes().map(i -> i.getString("name")))
        .contains("_millrace.deleted_1");
  }

  // ---- what is refused ------------------------------------------------------------------------

  @Test
  void keyOfAMapWithAZeroCharacterIsRefusedAndTheOthersLand() throws Exception {
    RowSchema schema = withColumn("counts", "MAP<STRING, INT>");
    KeyedWriter writer = writer(schema, true, 0, 1);
    assertThatThrownBy(() -> set(writer, schema, 0, 1L, Map.of("a\0b", 1)))
        .isInstanceOfSatisfying(
            RowRefusedException.class, e -> assertThat(e.column()).isEqualTo("counts"));
    set(writer, schema, 1, 2L, Map.of("a.b", 1));
    flush(writer);
    assertThat(fixture.visibleRows(schema)).containsExactly(List.of(2L, Map.of("a.b", 1)));
  }

  @Test
  void rowLargerThanADocumentIsRefusedAndTheOthersLand() throws Exception {
    KeyedWriter writer = writer(WORDS, true, 0, 1);
    assertThatThrownBy(() -> set(writer, WORDS, 0, 1L, "x".repeat(16 << 20)))
        .isInstanceOf(RowRefusedException.class)
        .hasMessageContaining("larger than the 16777216 that MongoDB takes");
    set(writer, WORDS, 1, 2L, "small");
    flush(writer);
    assertThat(fixture.visibleRows(WORDS)).containsExactly(List.of(2L, "small"));
  }

  @Test
  void rowThatAUniqueIndexRefusesIsNamed() throws Exception {
    fixture.documents().createIndex(Indexes.ascending("word"), new IndexOptions().unique(true));
    KeyedWriter writer = writer(WORDS, true, 0, 1);
    set(writer, WORDS, 4, 1L, "same");
    flush(writer);
    set(writer, WORDS, 5, 2L, "same");
    assertThatThrownBy(() -> flush(writer))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SINK_FAILED))
        .hasMessageStartingWith("Cannot write the record at offset 5 of partition 0");
  }

  @Test
  void serverThatIsAwayIsTriedAgainByAWriterAndRefusedByCreate() throws Exception {
    KeyedWriter writer = writer(WORDS, true, 0, 1);
    set(writer, WORDS, 0, 1L, "one");
    fixture.stop();
    assertThatThrownBy(() -> flush(writer))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("Failed to write to collection mart.documents");
    assertRefused(ErrorCode.SINK_FAILED, "Cannot create sink", () -> create(WORDS, true, Map.of()));
  }

  @Test
  void columnWithTheNameOfAFieldOfEachDocumentIsRefused() {
    for (String name : List.of("_id", "_millrace")) {
      assertRefused(
          ErrorCode.INVALID_OPTION,
          "named " + name + " already",
          () -> create(withColumn(name, "INT"), true, Map.of()));
    }
  }

  @Test
  void optionsThatCannotBeAreRefused() {
    assertRefused(
        ErrorCode.INVALID_OPTION,
        "Invalid value for 'url'",
        () -> create(WORDS, true, Map.of("url", "http://localhost")));
    assertRefused(
        ErrorCode.INVALID_OPTION,
        "Invalid value for 'max-rows': 0",
        () -> create(WORDS, true, Map.of("max-rows", "0")));
    Map<String, String> options = new HashMap<>(fixture.options());
    options.remove("database");
    assertRefused(
        ErrorCode.INVALID_OPTION,
        "no 'database'",
        () ->
            fixture.connector().create(new SinkDefinition(Name.of("mart"), WORDS, true, options)));
  }

  @Test
  void passwordIsNotPrinted() {
    Place place = new Place("mongodb://u:hidden@host", "u", "hidden", "mart", "documents");
    assertThat(place.toString()).isEqualTo("collection mart.documents");
  }
}
