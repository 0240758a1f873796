package io.millrace.sink.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Positions;
import io.millrace.model.RowKind;
import io.millrace.model.RowSchema;
import io.millrace.model.TypeParser;
import io.millrace.sink.Committer;
import io.millrace.sink.EpochId;
import io.millrace.sink.IdempotentSink;
import io.millrace.sink.KeyedWriter;
import io.millrace.sink.RowRefusedException;
import io.millrace.sink.Sink;
import io.millrace.sink.SinkDefinition;
import io.millrace.sink.Staged;
import io.millrace.sink.StagedSink;
import io.millrace.sink.StagedWriter;
import io.millrace.sink.WriterContext;
import io.millrace.sink.testkit.KeyedSinkContract;
import io.millrace.sink.testkit.Rows;
import io.millrace.sink.testkit.SinkContract;
import io.millrace.sink.testkit.SinkFixture;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Both contracts against a real PostgreSQL, and what is its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PostgresIT {
  private static final String TABLE = "\"Mart table\"";

  private PostgresServer server;

  @BeforeAll
  void start() throws IOException {
    server = new PostgresServer();
  }

  @AfterAll
  void stop() throws IOException {
    server.close();
  }

  @Nested
  class Streams extends SinkContract {
    @Override
    protected SinkFixture fixture(Path folder) throws Exception {
      return server.newDatabase();
    }
  }

  @Nested
  class Tables extends KeyedSinkContract {
    @Override
    protected SinkFixture fixture(Path folder) throws Exception {
      return server.newDatabase();
    }
  }

  private static RowSchema schema(List<String> key, String... namesAndTypes) {
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < namesAndTypes.length; i += 2) {
      columns.add(new Column(namesAndTypes[i], TypeParser.parse(namesAndTypes[i + 1])));
    }
    return new RowSchema(columns, key);
  }

  private static Sink create(MartFixture mart, RowSchema schema, String... more) {
    return new JdbcConnector().create(definition(mart, schema, more));
  }

  private static void check(MartFixture mart, RowSchema schema, String... more) {
    new JdbcConnector().check(definition(mart, schema, more));
  }

  private static SinkDefinition definition(MartFixture mart, RowSchema schema, String... more) {
    Map<String, String> options = new HashMap<>(mart.options());
    for (int i = 0; i < more.length; i += 2) {
      options.put(more[i], more[i + 1]);
    }
    return new SinkDefinition(Name.of("mart"), schema, schema.isKeyed(), options);
  }

  private static List<Staged> stage(Sink sink, RowSchema schema, List<List<Object>> rows)
      throws Exception {
    try (StagedWriter writer = ((StagedSink) sink).writer(new WriterContext(0, 1, 1))) {
      for (List<Object> row : rows) {
        writer.next(0, 0, RowKind.UPSERT);
        Rows.push(writer.rows(), schema, row.toArray());
      }
      return writer.stage(new EpochId(1, 1), Positions.NONE);
    }
  }

  private static void commit(Sink sink, List<Staged> staged) throws Exception {
    try (Committer committer = ((StagedSink) sink).committer()) {
      for (Staged one : staged) {
        committer.commit(one);
      }
    }
  }

  @Test
  void rowsThatTheTableIsTooNarrowForAreRefusedOneByOne() throws Exception {
    MartFixture mart = server.newDatabase();
    mart.execute(
        "CREATE TABLE "
            + TABLE
            + " (word varchar(3), small smallint, money numeric(5, 2), must date NOT NULL)");
    RowSchema schema =
        schema(
            List.of(), "word", "STRING", "small", "INT", "money", "DECIMAL(9, 2)", "must", "DATE");
    Sink sink = create(mart, schema);
    LocalDate day = LocalDate.of(2026, 11, 23);
    BigDecimal most = new BigDecimal("999.99");
    List<List<Object>> bad =
        List.of(
            List.of("long", 1, most, day),
            List.of("\u20ac\u20ac\u20ac", 40_000, most, day),
            List.of("abc", 1, new BigDecimal("1000.00"), day),
            Arrays.asList("abc", 1, most, null));
    List<String> columns = List.of("word", "small", "money", "must");
    List<Object> good = List.of("\u20ac\u20ac\u20ac", -32_768, most, day);
    List<Staged> staged;
    try (StagedWriter writer = ((StagedSink) sink).writer(new WriterContext(0, 1, 1))) {
      for (int i = 0; i < bad.size(); i++) {
        Object[] values = bad.get(i).toArray();
        String column = columns.get(i);
        writer.next(0, i, RowKind.UPSERT);
        assertThatThrownBy(() -> Rows.push(writer.rows(), schema, values))
            .isInstanceOfSatisfying(
                RowRefusedException.class, e -> assertThat(e.column()).isEqualTo(column));
        writer.next(0, i, RowKind.UPSERT);
        Rows.push(writer.rows(), schema, good.toArray());
      }
      staged = writer.stage(new EpochId(1, 1), Positions.NONE);
    }
    commit(sink, staged);
    assertThat(mart.visibleRows(schema)).hasSize(bad.size()).containsOnly(good);
  }

  @Test
  void columnThatDoesNotFitIsNamed() throws Exception {
    MartFixture mart = server.newDatabase();
    mart.execute("CREATE TABLE " + TABLE + " (a bigint, b integer)");
    assertThatThrownBy(() -> create(mart, schema(List.of(), "a", "BIGINT", "b", "STRING")))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.SINK_FAILED);
              assertThat(e.getMessage())
                  .isEqualTo(
                      "Cannot create sink mart: column b of table Mart table is int4, which does"
                          + " not hold STRING");
              assertThat(e.hint().orElseThrow()).contains("text");
            });
    assertThatThrownBy(() -> create(mart, schema(List.of("a"), "a", "BIGINT NOT NULL", "b", "INT")))
        .hasMessageContaining("has no unique key of \"a\"");
    assertThatThrownBy(
            () -> create(mart, schema(List.of(), "a", "BIGINT", "c", "INT"), "create-table", "off"))
        .hasMessageContaining("has no column c");
    mart.execute("ALTER TABLE " + TABLE + " ADD COLUMN d int NOT NULL");
    assertThatThrownBy(() -> create(mart, schema(List.of(), "a", "BIGINT")))
        .hasMessageContaining("column d of table Mart table is NOT NULL, has no default");
  }

  @Test
  void columnsAddedToTheContractAreAddedToTheTable() throws Exception {
    MartFixture mart = server.newDatabase();
    RowSchema before = schema(List.of(), "a", "BIGINT");
    Sink first = create(mart, before);
    List<Staged> staged = stage(first, before, List.of(List.of(1L)));

    RowSchema after = schema(List.of(), "a", "BIGINT", "added", "STRING");
    Sink second = create(mart, after);
    commit(second, staged);
    commit(second, stage(second, after, List.of(List.of(2L, "two"))));
    assertThat(mart.visibleRows(after))
        .containsExactlyInAnyOrder(Arrays.asList(1L, null), List.of(2L, "two"));
  }

  @Test
  void tableThatIsOnlyCheckedIsNeitherMadeNorAltered() throws Exception {
    MartFixture mart = server.newDatabase();
    RowSchema before = schema(List.of(), "a", "REAL");
    check(mart, before);
    assertThatThrownBy(() -> mart.execute("DROP TABLE " + TABLE))
        .hasMessageContaining("does not exist");

    create(mart, before);
    RowSchema after = schema(List.of(), "a", "REAL", "b", "INT");
    check(mart, after);
    assertThatThrownBy(() -> mart.execute("SELECT b FROM " + TABLE)).hasMessageContaining("\"b\"");
    assertThatThrownBy(() -> check(mart, after, "create-table", "off"))
        .hasMessageContaining("has no column b");
    assertThatThrownBy(() -> check(mart, schema(List.of(), "a", "STRING")))
        .hasMessageContaining("which does not hold STRING");
  }

  @Test
  void cutConnectionIsAnIOExceptionAndTheRestartLosesNothing() throws Exception {
    MartFixture mart = server.newDatabase();
    RowSchema schema = schema(List.of(), "a", "BIGINT");
    Sink sink = create(mart, schema);
    List<Staged> staged = stage(sink, schema, List.of(List.of(1L), List.of(2L)));
    try (StagedWriter writer = ((StagedSink) sink).writer(new WriterContext(0, 1, 1));
        Committer committer = ((StagedSink) sink).committer()) {
      writer.next(0, 2, RowKind.UPSERT);
      Rows.push(writer.rows(), schema, 3L);
      committer.commit(staged.get(0));
      mart.cut();
      assertThatThrownBy(() -> writer.stage(new EpochId(1, 2), Positions.NONE))
          .isInstanceOf(IOException.class);
      assertThatThrownBy(() -> committer.commit(staged.get(0))).isInstanceOf(IOException.class);
    }
    commit(sink, staged);
    commit(sink, stage(sink, schema, List.of(List.of(3L))));
    assertThat(mart.visibleRows(schema))
        .containsExactlyInAnyOrder(List.of(1L), List.of(2L), List.of(3L));
  }

  @Test
  void rowThatAConstraintRefusesStopsTheSinkWithItsPosition() throws Exception {
    MartFixture mart = server.newDatabase();
    mart.execute("CREATE TABLE " + TABLE + " (id bigint PRIMARY KEY, n int CHECK (n > 0))");
    RowSchema schema = schema(List.of("id"), "id", "BIGINT NOT NULL", "n", "INT");
    try (KeyedWriter writer =
        ((IdempotentSink) create(mart, schema)).writer(new WriterContext(0, 1, 1))) {
      for (int i = 0; i < 3; i++) {
        writer.next(7, 100 + i, RowKind.UPSERT);
        Rows.push(writer.rows(), schema, (long) i, 1 - i);
      }
      assertThatThrownBy(() -> writer.flush(new EpochId(1, 1)))
          .isInstanceOfSatisfying(
              MillraceException.class,
              e -> {
                assertThat(e.code()).isEqualTo(ErrorCode.SINK_FAILED);
                assertThat(e.getMessage())
                    .contains("offset 101 of partition 7", "check constraint");
              });
      assertThat(mart.visibleRows(schema)).isEmpty();
      mart.execute("ALTER TABLE " + TABLE + " DROP CONSTRAINT \"Mart table_n_check\"");
      writer.flush(new EpochId(1, 2));
    }
    assertThat(mart.visibleRows(schema)).hasSize(3);
  }

  @Test
  void nestedTextWithAZeroCharacterIsRefusedAndOneThatOnlyLooksSoIsKept() throws Exception {
    MartFixture mart = server.newDatabase();
    RowSchema schema = schema(List.of(), "words", "ARRAY<STRING>");
    Sink sink = create(mart, schema);
    assertThatThrownBy(() -> stage(sink, schema, List.of(List.of(List.of("a\0b")))))
        .isInstanceOf(RowRefusedException.class)
        .hasMessageContaining("zero character");
    List<Object> looksSo = List.of(List.of("\\u0000", "\\"));
    commit(sink, stage(sink, schema, List.of(looksSo)));
    assertThat(mart.visibleRows(schema)).containsExactly(looksSo);
  }
}
