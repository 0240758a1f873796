package io.millrace.sink.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowKind;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import io.millrace.sink.EpochId;
import io.millrace.sink.IdempotentSink;
import io.millrace.sink.KeyedWriter;
import io.millrace.sink.RowRefusedException;
import io.millrace.sink.SinkDefinition;
import io.millrace.sink.WriterContext;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every sink by key keeps to: the counterpart of {@link SinkContract} for an {@link
 * IdempotentSink}. {@link ChangeTrial} is its long form, over many changes with crashes; how many
 * is said by {@code -Dtrial.changes}, {@code -Dtrial.keys} and {@code -Dtrial.seed}.
 */
public abstract class KeyedSinkContract {
  private static final Name NAME = Name.of("mart");
  private static final RowSchema WORDS =
      new RowSchema(
          List.of(
              new Column("id", DataType.BIGINT.withNullable(false)),
              new Column("word", DataType.STRING),
              new Column("n", DataType.INT.withNullable(false))),
          List.of("id"));

  @TempDir Path folder;

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private SinkFixture fixture;

  /** A new, empty place; {@code folder} may hold it, if it is on this machine. */
  protected abstract SinkFixture fixture(Path folder) throws Exception;

  @BeforeEach
  void makePlace() throws Exception {
    fixture = fixture(folder);
  }

  @AfterEach
  void closeAll() throws Exception {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
    if (fixture instanceof AutoCloseable closeable) {
      closeable.close();
    }
  }

  // ---- steps ----------------------------------------------------------------------------------

  /** Made, and then sent to where it is used, as a job does. */
  static IdempotentSink sink(SinkFixture fixture, RowSchema schema, Map<String, String> more)
      throws Exception {
    Map<String, String> options = new HashMap<>(fixture.options());
    options.putAll(more);
    SinkDefinition definition = new SinkDefinition(NAME, schema, true, options);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(fixture.connector().create(definition));
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (IdempotentSink) in.readObject();
    }
  }

  private KeyedWriter writer(RowSchema schema, int subtask, long epoch) throws Exception {
    KeyedWriter writer =
        sink(fixture, schema, Map.of()).writer(new WriterContext(subtask, 2, epoch));
    opened.push(writer);
    return writer;
  }

  private static void set(KeyedWriter writer, long offset, RowSchema schema, Object... values) {
    writer.next(0, offset, RowKind.UPSERT);
    Rows.push(writer.rows(), schema, values);
  }

  private static void delete(KeyedWriter writer, long offset, long id) {
    writer.next(0, offset, RowKind.DELETE);
    RowWriter rows = writer.rows();
    rows.beginRow();
    rows.setLong(0, id);
    rows.endRow();
  }

  private static void flush(KeyedWriter writer, long epoch, long checkpoint) throws IOException {
    writer.flush(new EpochId(epoch, checkpoint));
  }

  private void assertWords(Object... idsWordsAndNumbers) throws Exception {
    List<List<Object>> expected = new ArrayList<>();
    for (int i = 0; i < idsWordsAndNumbers.length; i += 3) {
      expected.add(Arrays.asList(idsWordsAndNumbers).subList(i, i + 3));
    }
    assertThat(fixture.visibleRows(WORDS)).containsExactlyInAnyOrderElementsOf(expected);
  }

  // ---- rows -----------------------------------------------------------------------------------

  @Test
  void lastChangeOfEachKeyIsThereOnceFlushed() throws Exception {
    KeyedWriter writer = writer(WORDS, 0, 1);
    set(writer, 0, WORDS, 1L, "one", 1);
    set(writer, 1, WORDS, 2L, "two", 1);
    set(writer, 2, WORDS, 3L, "three", 1);
    delete(writer, 3, 2);
    set(writer, 4, WORDS, 1L, null, 2);
    delete(writer, 5, 99);
    flush(writer, 1, 1);
    assertWords(1L, null, 2, 3L, "three", 1);

    delete(writer, 6, 3);
    set(writer, 7, WORDS, 3L, "again", 2);
    set(writer, 8, WORDS, 2L, "back", 2);
    delete(writer, 9, 1);
    flush(writer, 1, 2);
    assertWords(2L, "back", 2, 3L, "again", 2);
  }

  @Test
  void everyTypeComesBackAsItWasWritten() throws Exception {
    List<Column> columns = new ArrayList<>(List.of(Samples.column("id", "INT NOT NULL")));
    List<List<Object>> values = new ArrayList<>();
    Samples.held(fixture)
        .forEach(
            (type, samples) -> {
              columns.add(Samples.column("c" + columns.size(), type));
              values.add(samples);
            });
    RowSchema schema = new RowSchema(columns, List.of("id"));
    int rows = values.stream().mapToInt(List::size).max().orElseThrow() + 1;
    List<List<Object>> written = new ArrayList<>();
    KeyedWriter writer = writer(schema, 0, 1);
    for (int i = 0; i < rows; i++) {
      List<Object> row = new ArrayList<>(List.of(i));
      for (List<Object> samples : values) {
        row.add(i < samples.size() ? samples.get(i) : null);
      }
      written.add(row);
      set(writer, i, schema, row.toArray());
    }
    flush(writer, 1, 1);

    List<List<Object>> read = new ArrayList<>(fixture.visibleRows(schema));
    read.sort((a, b) -> Integer.compare((Integer) a.get(0), (Integer) b.get(0)));
    assertThat(read).hasSize(written.size());
    for (int c = 0; c < columns.size(); c++) {
      int at = c;
      assertThat(read.stream().map(row -> row.get(at)).toList())
          .as(columns.get(c).name() + " " + columns.get(c).type())
          .isEqualTo(written.stream().map(row -> fixture.kept(row.get(at))).toList());
    }
  }

  @Test
  void keysOfSeveralColumnsAreToldApart() throws Exception {
    RowSchema schema =
        new RowSchema(
            List.of(
                Samples.column("n", "INT"),
                Samples.column("a", "STRING NOT NULL"),
                Samples.column("b", "STRING NOT NULL"),
                Samples.column("c", "BIGINT NOT NULL")),
            List.of("a", "b", "c"));
    List<List<Object>> rows =
        List.of(
            List.of(1, "a", "b:c", 1L),
            List.of(2, "a:b", "c", 1L),
            List.of(3, "A", "b:c", 1L),
            List.of(4, "a", "b\tc\\", 1L),
            List.of(5, "a", "", 1L),
            List.of(6, "\u00e4", "\u20ac\n", -1L));
    KeyedWriter writer = writer(schema, 0, 1);
    rows.forEach(row -> set(writer, 0, schema, row.toArray()));
    flush(writer, 1, 1);
    assertThat(fixture.visibleRows(schema)).containsExactlyInAnyOrderElementsOf(rows);

    writer.next(0, 9, RowKind.DELETE);
    writer.rows().beginRow();
    Rows.set(writer.rows(), 1, DataType.STRING, "a");
    Rows.set(writer.rows(), 2, DataType.STRING, "b\tc\\");
    Rows.set(writer.rows(), 3, DataType.BIGINT, 1L);
    writer.rows().endRow();
    flush(writer, 1, 2);
    assertThat(fixture.visibleRows(schema)).hasSize(5).doesNotContain(rows.get(3));
  }

  @Test
  void abandonedAndRefusedRowsLeaveNoTraceAndTheOthersLand() throws Exception {
    KeyedWriter writer = writer(WORDS, 0, 1);
    RowWriter rows = writer.rows();
    set(writer, 0, WORDS, 1L, "kept", 1);
    writer.next(0, 1, RowKind.UPSERT);
    rows.beginRow();
    rows.setLong(0, 1);
    Rows.set(rows, 1, DataType.STRING, "half a row");
    rows.abandonRow();
    assertThatThrownBy(() -> set(writer, 2, WORDS, 1L, "no number", null))
        .isInstanceOfSatisfying(
            RowRefusedException.class,
            e -> {
              assertThat(e.column()).isEqualTo("n");
              assertThat(e.getMessage()).startsWith("Cannot ");
            });
    set(writer, 3, WORDS, 2L, "kept too", 1);
    flush(writer, 1, 1);
    assertWords(1L, "kept", 1, 2L, "kept too", 1);
  }

  // ---- crashes --------------------------------------------------------------------------------

  @Test
  void changesThatComeAgainChangeNothing() throws Exception {
    KeyedWriter crashed = writer(WORDS, 0, 1);
    set(crashed, 0, WORDS, 1L, "one", 1);
    delete(crashed, 1, 1);
    set(crashed, 2, WORDS, 1L, "new", 2);
    flush(crashed, 1, 1);

    KeyedWriter next = writer(WORDS, 0, 2);
    set(next, 0, WORDS, 1L, "one", 1);
    delete(next, 1, 1);
    set(next, 2, WORDS, 1L, "new", 2);
    flush(next, 2, 2);
    assertWords(1L, "new", 2);
  }

  @Test
  void writerOfAnOlderSubmissionChangesNothingAnyMore() throws Exception {
    KeyedWriter zombie = writer(WORDS, 0, 1);
    set(zombie, 0, WORDS, 1L, "one", 1);
    set(zombie, 1, WORDS, 2L, "two", 1);
    flush(zombie, 1, 1);

    KeyedWriter next = writer(WORDS, 0, 2);
    set(next, 2, WORDS, 1L, "newer", 2);
    delete(next, 3, 2);
    flush(next, 2, 2);
    set(zombie, 0, WORDS, 1L, "one", 1);
    set(zombie, 1, WORDS, 2L, "two", 1);
    assertIsFencedOrIgnored(() -> flush(zombie, 1, 2));
    assertWords(1L, "newer", 2);
  }

  private static void assertIsFencedOrIgnored(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable step) {
    Throwable thrown = org.assertj.core.api.Assertions.catchThrowable(step);
    if (thrown != null) {
      assertThat(thrown)
          .isInstanceOfSatisfying(
              MillraceException.class,
              e -> {
                assertThat(e.code()).isEqualTo(ErrorCode.SINK_FAILED);
                assertThat(e.hint()).isPresent();
              });
    }
  }

  @Test
  void changesWithCrashesEndInTheTableOfTheOracle() throws Exception {
    ChangeTrial trial =
        new ChangeTrial(
            fixture,
            Long.getLong("trial.seed", 20_261_123),
            Integer.getInteger("trial.changes", 10_000),
            Integer.getInteger("trial.keys", 1_000));
    trial.run();
  }

  // ---- options --------------------------------------------------------------------------------

  @Test
  void unknownKeyIsRefused() {
    assertThatThrownBy(() -> sink(fixture, WORDS, Map.of("no-such-key", "1")))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_OPTION));
  }
}
