package io.millrace.sink.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Positions;
import io.millrace.model.RowKind;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import io.millrace.sink.Committer;
import io.millrace.sink.EpochId;
import io.millrace.sink.RowRefusedException;
import io.millrace.sink.SinkDefinition;
import io.millrace.sink.Staged;
import io.millrace.sink.StagedSink;
import io.millrace.sink.StagedWriter;
import io.millrace.sink.WriterContext;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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
 * What every staged sink keeps to, through crashes at each step. A kind of sink inherits this class
 * and gives a fixture. What its {@link io.millrace.sink.Capability} does not offer must be refused
 * politely, which is tested too.
 */
public abstract class SinkContract {
  /** The memory that a sink told to be frugal may hold, in bytes. */
  public static final long MEMORY = 8 << 20;

  /** What a JVM may hold beside: garbage that was not yet found, classes, pools of codecs. */
  private static final long MEMORY_ASIDE = 56 << 20;

  private static final Name NAME = Name.of("lake");
  private static final RowSchema PLAIN =
      RowSchema.of(new Column("n", DataType.BIGINT), new Column("word", DataType.STRING));

  @TempDir Path folder;

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private SinkFixture fixture;
  private long nextOffset;

  /** A new, empty place; {@code folder} may hold it, if it is on this machine. */
  protected abstract SinkFixture fixture(Path folder) throws Exception;

  @BeforeEach
  void makePlace() throws Exception {
    fixture = fixture(folder);
  }

  /** Writers that a test lets crash are closed only here, as a process that goes on would. */
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

  private StagedSink sink(RowSchema schema) throws Exception {
    return sink(schema, Map.of());
  }

  /** Made, and then sent to where it is used, as a job does. */
  private StagedSink sink(RowSchema schema, Map<String, String> more) throws Exception {
    Map<String, String> options = new HashMap<>(fixture.options());
    options.putAll(more);
    SinkDefinition definition = new SinkDefinition(NAME, schema, false, options);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(fixture.connector().create(definition));
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (StagedSink) in.readObject();
    }
  }

  private StagedWriter writer(StagedSink sink, int subtask, long epoch) throws IOException {
    StagedWriter writer = sink.writer(new WriterContext(subtask, 2, epoch));
    opened.push(writer);
    return writer;
  }

  /** The number is the record's offset too, so that a row that comes again comes from there. */
  private static void write(StagedWriter writer, long... numbers) {
    for (long number : numbers) {
      writer.next(0, number, RowKind.UPSERT);
      Rows.push(writer.rows(), PLAIN, number, "w" + number);
    }
  }

  private void write(StagedWriter writer, RowSchema schema, Object... values) {
    writer.next(0, nextOffset++, RowKind.UPSERT);
    Rows.push(writer.rows(), schema, values);
  }

  private static List<Staged> stage(StagedWriter writer, long epoch, long checkpoint)
      throws IOException {
    return writer.stage(new EpochId(epoch, checkpoint), Positions.of(Map.of(0, checkpoint)));
  }

  /** By a committer of its own, as after a restart. */
  private static void commit(StagedSink sink, List<Staged> staged) throws Exception {
    try (Committer committer = sink.committer()) {
      for (Staged one : staged) {
        committer.commit(new Staged(one.payload().clone()));
      }
    }
  }

  private void assertVisible(long... numbers) throws Exception {
    assertThat(fixture.visibleRows(PLAIN))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(numbers).mapToObj(n -> List.<Object>of(n, "w" + n)).toList());
  }

  private static void assertStops(org.assertj.core.api.ThrowableAssert.ThrowingCallable step) {
    assertThatThrownBy(step)
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.SINK_FAILED);
              assertThat(e.getMessage()).startsWith("Cannot ");
              assertThat(e.hint()).isPresent();
            });
  }

  // ---- rows -----------------------------------------------------------------------------------

  @Test
  void appendedRowsAreVisibleOnceCommitted() throws Exception {
    StagedSink sink = sink(PLAIN);
    StagedWriter writer = writer(sink, 0, 1);

    write(writer, 1, 2);
    assertVisible();
    commit(sink, stage(writer, 1, 1));
    assertVisible(1, 2);

    write(writer, 3);
    commit(sink, stage(writer, 1, 2));
    assertVisible(1, 2, 3);
  }

  @Test
  void everyTypeComesBackAsItWasWritten() throws Exception {
    List<String> names = new ArrayList<>(List.of("id"));
    List<Column> columns = new ArrayList<>(List.of(Samples.column("id", "INT NOT NULL")));
    List<List<Object>> values = new ArrayList<>();
    Samples.held(fixture)
        .forEach(
            (type, samples) -> {
              String name = "c" + columns.size();
              names.add(name);
              columns.add(Samples.column(name, type));
              values.add(samples);
            });
    RowSchema schema = new RowSchema(columns, List.of());
    int rows = values.stream().mapToInt(List::size).max().orElseThrow() + 1;
    List<List<Object>> written = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      List<Object> row = new ArrayList<>(List.of(i));
      for (List<Object> samples : values) {
        row.add(i < samples.size() ? samples.get(i) : null);
      }
      written.add(row);
    }

    StagedSink sink = sink(schema);
    StagedWriter writer = writer(sink, 0, 1);
    written.forEach(row -> write(writer, schema, row.toArray()));
    commit(sink, stage(writer, 1, 1));

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
  void valuesThatThePlaceCannotHoldAreRefused() throws Exception {
    Map<String, List<Object>> refused = Samples.refused(fixture);
    assumeThat(refused).isNotEmpty();
    List<Column> columns = new ArrayList<>();
    refused.keySet().forEach(type -> columns.add(Samples.column("c" + columns.size(), type)));
    RowSchema schema = new RowSchema(columns, List.of());
    StagedWriter writer = writer(sink(schema), 0, 1);
    int column = 0;
    for (List<Object> values : refused.values()) {
      for (Object value : values) {
        Object[] row = new Object[columns.size()];
        row[column] = value;
        assertRefused(writer, schema, "c" + column, row);
      }
      column++;
    }
  }

  @Test
  void columnsComeInAnyOrderAndOneWithoutACallIsNull() throws Exception {
    StagedSink sink = sink(PLAIN);
    StagedWriter writer = writer(sink, 0, 1);
    RowWriter rows = writer.rows();

    writer.next(0, 0, RowKind.UPSERT);
    rows.beginRow();
    Rows.set(rows, 1, DataType.STRING, "second first");
    Rows.set(rows, 0, DataType.BIGINT, 7L);
    rows.endRow();
    writer.next(0, 1, RowKind.UPSERT);
    rows.beginRow();
    rows.endRow();
    commit(sink, stage(writer, 1, 1));

    assertThat(fixture.visibleRows(PLAIN))
        .containsExactlyInAnyOrder(List.of(7L, "second first"), Arrays.asList(null, null));
  }

  @Test
  void abandonedAndRefusedRowsLeaveNoTrace() throws Exception {
    RowSchema schema =
        new RowSchema(
            List.of(
                Samples.column("n", "BIGINT NOT NULL"),
                Samples.column("nested", "ROW<words ARRAY<STRING>>")),
            List.of());
    StagedSink sink = sink(schema);
    StagedWriter writer = writer(sink, 0, 1);
    RowWriter rows = writer.rows();
    Map<String, Object> words = Samples.row("words", List.of("kept"));

    writer.next(0, 0, RowKind.UPSERT);
    rows.beginRow();
    rows.setLong(0, 666);
    rows.beginStruct(1);
    rows.beginList(0);
    Rows.set(rows, 0, DataType.STRING, "half a row");
    rows.abandonRow();
    assertRefused(writer, schema, "n", null, words);
    write(writer, schema, 1L, words);
    assertRefused(writer, schema, "n", null, words);
    write(writer, schema, 2L, null);
    commit(sink, stage(writer, 1, 1));
    assertThat(fixture.visibleRows(schema))
        .containsExactlyInAnyOrder(List.of(1L, words), Arrays.asList(2L, null));

    assertRefused(writer, schema, "n", null, words);
    assertThat(stage(writer, 1, 2)).as("a stage of refused rows alone").isEmpty();
  }

  private void assertRefused(
      StagedWriter writer, RowSchema schema, String column, Object... values) {
    assertThatThrownBy(() -> write(writer, schema, values))
        .isInstanceOfSatisfying(
            RowRefusedException.class,
            e -> {
              assertThat(e.column()).isEqualTo(column);
              assertThat(e.getMessage()).startsWith("Cannot ");
            });
  }

  // ---- steps and crashes ----------------------------------------------------------------------

  @Test
  void stagedRowsAreInvisibleUntilCommitted() throws Exception {
    StagedSink sink = sink(PLAIN);
    StagedWriter writer = writer(sink, 0, 1);

    write(writer, 1, 2);
    List<Staged> staged = stage(writer, 1, 1);
    assertThat(staged).isNotEmpty();
    assertVisible();
    writer.close();
    assertVisible();
    commit(sink, staged);
    assertVisible(1, 2);
  }

  @Test
  void committingTwiceIsCommittingOnce() throws Exception {
    StagedSink sink = sink(PLAIN);
    StagedWriter writer = writer(sink, 0, 1);

    write(writer, 1, 2);
    List<Staged> staged = stage(writer, 1, 1);
    commit(sink, staged);
    commit(sink, staged);
    write(writer, 3);
    commit(sink, stage(writer, 1, 2));
    commit(sink, staged);
    assertVisible(1, 2, 3);
  }

  @Test
  void emptyStageCommitsNothing() throws Exception {
    StagedSink sink = sink(PLAIN);
    StagedWriter writer = writer(sink, 0, 1);

    assertThat(stage(writer, 1, 1)).isEmpty();
    write(writer, 1);
    commit(sink, stage(writer, 1, 2));
    assertThat(stage(writer, 1, 3)).isEmpty();
    assertVisible(1);
  }

  @Test
  void crashBeforeStageLeavesNothingToSee() throws Exception {
    StagedSink sink = sink(PLAIN);
    StagedWriter crashed = writer(sink, 0, 1);
    write(crashed, 1, 2);

    StagedWriter next = writer(sink(PLAIN), 0, 2);
    assertVisible();
    write(next, 1, 2);
    List<Staged> staged = stage(next, 2, 1);
    crashed.close();
    commit(sink, staged);
    assertVisible(1, 2);
  }

  @Test
  void crashAfterStageOfAnIncompleteCheckpointWritesRowsOnce() throws Exception {
    StagedSink sink = sink(PLAIN);
    StagedWriter crashed = writer(sink, 0, 1);
    write(crashed, 1);
    commit(sink, stage(crashed, 1, 1));
    write(crashed, 2, 3);
    List<Staged> lost = stage(crashed, 1, 2);

    StagedWriter next = writer(sink(PLAIN), 0, 2);
    write(next, 2, 3);
    commit(sink, stage(next, 2, 2));
    assertVisible(1, 2, 3);
    assertStops(() -> commit(sink, lost));
    assertVisible(1, 2, 3);
  }

  @Test
  void crashBetweenStageAndCommitIsCommittedByTheNextSubmission() throws Exception {
    StagedSink sink = sink(PLAIN);
    StagedWriter crashed = writer(sink, 0, 1);
    write(crashed, 1, 2);
    List<Staged> staged = stage(crashed, 1, 1);

    StagedSink restored = sink(PLAIN);
    StagedWriter next = writer(restored, 0, 2); // writers may open before the commit is repeated
    crashed.close();
    commit(restored, staged);
    assertVisible(1, 2);
    write(next, 3);
    commit(restored, stage(next, 2, 2));
    assertVisible(1, 2, 3);
    commit(restored, staged);
    assertVisible(1, 2, 3);
  }

  @Test
  void crashBetweenTwoCommitsOfACheckpointIsFinishedByTheNextSubmission() throws Exception {
    StagedSink sink = sink(PLAIN);
    StagedWriter first = writer(sink, 0, 1);
    StagedWriter second = writer(sink, 1, 1);
    write(first, 1);
    write(second, 2);
    List<Staged> staged = new ArrayList<>(stage(first, 1, 1));
    staged.addAll(stage(second, 1, 1));
    commit(sink, staged.subList(0, 1));

    writer(sink(PLAIN), 0, 2);
    commit(sink, staged);
    assertVisible(1, 2);
  }

  @Test
  void restartWithinASubmissionWritesRowsOnce() throws Exception {
    StagedSink sink = sink(PLAIN);
    StagedWriter crashed = writer(sink, 0, 1);
    write(crashed, 1);
    List<Staged> complete = stage(crashed, 1, 1);
    write(crashed, 2);
    stage(crashed, 1, 2);
    write(crashed, 3);

    StagedWriter next = writer(sink, 0, 1);
    crashed.close();
    commit(sink, complete);
    write(next, 2, 3);
    commit(sink, stage(next, 1, 2));
    assertVisible(1, 2, 3);
  }

  @Test
  void subtasksStageAndCommitBesideEachOther() throws Exception {
    StagedSink sink = sink(PLAIN);
    StagedWriter first = writer(sink, 0, 1);
    StagedWriter second = writer(sink, 1, 1);

    write(first, 1);
    write(second, 2);
    List<Staged> ofFirst = stage(first, 1, 1);
    List<Staged> ofSecond = stage(second, 1, 1);
    write(first, 3);
    commit(sink, ofSecond);
    assertVisible(2);
    commit(sink, ofFirst);
    assertVisible(1, 2);
    first.close();
    write(second, 4);
    commit(sink, stage(second, 1, 2));
    assertVisible(1, 2, 4);
  }

  @Test
  void writerOfAnOlderSubmissionIsFenced() throws Exception {
    StagedSink sink = sink(PLAIN);
    StagedWriter zombie = writer(sink, 0, 1);
    write(zombie, 1);

    StagedWriter next = writer(sink, 0, 2);
    write(next, 1);
    assertStops(() -> stage(zombie, 1, 1));
    zombie.close();
    assertStops(() -> writer(sink, 0, 1));
    commit(sink, stage(next, 2, 1));
    assertVisible(1);
  }

  // ---- capabilities ---------------------------------------------------------------------------

  @Test
  void tableIsRefusedPolitelyWhereUpsertsAreNotOffered() {
    assumeThat(fixture.connector().capability().upserts()).isFalse();
    RowSchema keyed =
        new RowSchema(
            List.of(Samples.column("id", "BIGINT NOT NULL"), Samples.column("word", "STRING")),
            List.of("id"));
    assertThatThrownBy(
            () ->
                fixture
                    .connector()
                    .create(new SinkDefinition(NAME, keyed, true, fixture.options())))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.NOT_SUPPORTED);
              assertThat(e.getMessage()).startsWith("Cannot ").contains(NAME.toString());
              assertThat(e.hint()).isPresent();
            });
  }

  @Test
  void unknownKeyIsRefused() {
    assertThatThrownBy(() -> sink(PLAIN, Map.of("no-such-key", "1")))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_OPTION));
  }

  @Test
  void creatingAgainKeepsWhatIsThere() throws Exception {
    StagedSink sink = sink(PLAIN);
    StagedWriter writer = writer(sink, 0, 1);
    write(writer, 1);
    List<Staged> staged = stage(writer, 1, 1);
    StagedSink again = sink(PLAIN);
    commit(again, staged);
    sink(PLAIN);
    assertVisible(1);
  }

  @Test
  void manyPlacesOpenAtOnceStayWithinMemory() throws Exception {
    assumeThat(fixture.spreadBy("word")).isPresent();
    int places = 200;
    byte[] filler = "0123456789abcdef".repeat(512).getBytes(StandardCharsets.UTF_8);
    RowSchema wide =
        RowSchema.of(
            new Column("n", DataType.BIGINT),
            new Column("word", DataType.STRING),
            new Column("filler", DataType.BYTES));
    StagedSink sink = sink(wide, fixture.spreadBy("word").orElseThrow());
    StagedWriter writer = writer(sink, 0, 1);
    long before = heapInUse();

    long most = 0;
    for (int round = 0; round < 2; round++) {
      for (int place = 0; place < places; place++) {
        for (int n = 0; n < 20; n++) {
          System.arraycopy(new byte[] {(byte) round, (byte) place, (byte) n}, 0, filler, 0, 3);
          write(writer, wide, (long) round, "w" + place, ByteBuffer.wrap(filler));
        }
      }
      most = Math.max(most, heapInUse() - before);
    }
    assertThat(most).as("bytes held").isLessThan(MEMORY + MEMORY_ASIDE);

    commit(sink, stage(writer, 1, 1));
    Map<Object, Long> counts = new HashMap<>();
    fixture.visibleRows(wide).forEach(row -> counts.merge(row.get(1), 1L, Long::sum));
    assertThat(counts).hasSize(places);
    assertThat(counts.values()).containsOnly(40L);
  }

  private static long heapInUse() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
