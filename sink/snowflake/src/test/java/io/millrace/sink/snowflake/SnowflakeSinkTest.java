package io.millrace.sink.snowflake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Positions;
import io.millrace.model.RowKind;
import io.millrace.model.RowSchema;
import io.millrace.model.Setting;
import io.millrace.model.TypeParser;
import io.millrace.sink.Committer;
import io.millrace.sink.EpochId;
import io.millrace.sink.RowRefusedException;
import io.millrace.sink.SinkDefinition;
import io.millrace.sink.Staged;
import io.millrace.sink.StagedSink;
import io.millrace.sink.StagedWriter;
import io.millrace.sink.WriterContext;
import io.millrace.sink.testkit.Rows;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is Snowflake's own: tables, types, lost answers, names and keys. */
class SnowflakeSinkTest {
  private static final RowSchema PLAIN =
      RowSchema.of(new Column("n", DataType.BIGINT), new Column("word", DataType.STRING));
  private static final RowSchema KEYED =
      new RowSchema(
          List.of(column("id", "BIGINT NOT NULL"), column("word", "STRING NOT NULL")),
          List.of("id"));

  @TempDir Path folder;
  private SnowflakeFixture fixture;

  private static Column column(String name, String type) {
    return new Column(name, TypeParser.parse(type));
  }

  @BeforeEach
  void start() throws Exception {
    fixture = new SnowflakeFixture(folder);
  }

  @AfterEach
  void stop() throws Exception {
    fixture.close();
  }

  private StagedSink sink(RowSchema schema, String... more) {
    return (StagedSink) fixture.connector().create(definition(schema, more));
  }

  private SinkDefinition definition(RowSchema schema, String... more) {
    Map<String, String> options = new TreeMap<>(fixture.options());
    for (int i = 0; i < more.length; i += 2) {
      options.put(more[i], more[i + 1]);
    }
    return new SinkDefinition(Name.of("lake"), schema, schema.isKeyed(), options);
  }

  private void check(RowSchema schema, String... more) {
    fixture.connector().check(definition(schema, more));
  }

  private static StagedWriter writer(StagedSink sink) throws IOException {
    return sink.writer(new WriterContext(0, 1, 1));
  }

  private static void write(StagedWriter writer, RowSchema schema, Object... values) {
    writer.next(3, 14, RowKind.UPSERT);
    Rows.push(writer.rows(), schema, values);
  }

  private static List<Staged> stage(StagedWriter writer, long checkpoint) throws IOException {
    return writer.stage(new EpochId(1, checkpoint), Positions.of(Map.of(3, checkpoint)));
  }

  private static void commit(StagedSink sink, List<Staged> staged) throws Exception {
    try (Committer committer = sink.committer()) {
      for (Staged one : staged) {
        committer.commit(one);
      }
    }
  }

  private static void assertSinkFails(ThrowingCallable step, String... words) {
    assertThatThrownBy(step)
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.SINK_FAILED);
              assertThat(e.getMessage()).contains(words);
              assertThat(e.hint()).isPresent();
            });
  }

  // ---- the table ------------------------------------------------------------------------------

  @Test
  void tableIsMadeFromTheContractUnderFoldedNames() throws Exception {
    sink(
        RowSchema.of(
            column("date", "STRING NOT NULL"),
            column("user-agent", "STRING"),
            column("price", "DECIMAL(9, 2)"),
            column("at", "TIMESTAMP(3)"),
            column("tags", "ARRAY<STRING>")),
        "lineage-columns",
        "on");
    assertThat(
            fixture.query("DESCRIBE TABLE LAKE").stream()
                .map(row -> row.get(0) + " " + row.get(1) + " " + row.get(3)))
        .containsExactly(
            "DATE VARCHAR(16777216) N",
            "user-agent VARCHAR(16777216) Y",
            "PRICE NUMBER(9,2) Y",
            "AT TIMESTAMP_NTZ(3) Y",
            "TAGS ARRAY Y",
            "MILLRACE_PARTITION NUMBER(38,0) Y",
            "MILLRACE_OFFSET NUMBER(38,0) Y");
  }

  @Test
  void tableThatDoesNotFitIsRefusedNamingEveryColumn() throws Exception {
    fixture.execute("CREATE TABLE LAKE (N DATE, OTHER NUMBER(5,0) NOT NULL, MORE VARCHAR)");
    assertSinkFails(
        () -> sink(PLAIN, "evolve", "off"),
        "n is BIGINT and N there is DATE",
        "word STRING has no column there",
        "OTHER there is NOT NULL and no column of the contract fills it");
    assertSinkFails(() -> sink(PLAIN, "table", "nothing", "create", "off"), "NOTHING");
  }

  @Test
  void tableThatIsOnlyCheckedIsNeitherMadeNorAltered() throws Exception {
    check(PLAIN);
    fixture.execute("CREATE TABLE LAKE (N NUMBER(10,0))");
    check(PLAIN, "evolve", "types");
    RowSchema text = RowSchema.of(column("n", "STRING"));
    assertSinkFails(() -> check(text, "evolve", "types"), "n is STRING and N there is NUMBER");
    assertSinkFails(() -> check(PLAIN, "evolve", "off"), "word STRING has no column there");
    assertSinkFails(() -> check(PLAIN, "table", "nothing", "create", "off"), "NOTHING");
    assertThat(fixture.query("DESCRIBE TABLE LAKE").stream().map(row -> row.get(1)))
        .containsExactly("NUMBER(10,0)");
  }

  @Test
  void tableFollowsTheContract() throws Exception {
    fixture.execute("CREATE TABLE LAKE (N NUMBER(10,0))");
    StagedSink sink = sink(PLAIN, "evolve", "types");
    assertThat(fixture.query("DESCRIBE TABLE LAKE").stream().map(row -> row.get(1)))
        .containsExactly("NUMBER(19,0)", "VARCHAR(16777216)");
    try (StagedWriter writer = writer(sink)) {
      write(writer, PLAIN, Long.MAX_VALUE, "wide");
      commit(sink, stage(writer, 1));
    }
    assertThat(fixture.visibleRows(PLAIN)).containsExactly(List.of(Long.MAX_VALUE, "wide"));
  }

  @Test
  void rowsThatDoNotFitTheTableAreRefusedAndTheOthersLand() throws Exception {
    RowSchema schema =
        RowSchema.of(
            column("n", "INT"),
            column("word", "STRING"),
            column("price", "DECIMAL(9, 2)"),
            column("at", "TIMESTAMP(6)"),
            column("nested", "ROW<x DOUBLE>"));
    fixture.execute(
        "CREATE TABLE LAKE (N NUMBER(3,0), WORD VARCHAR(4) NOT NULL, PRICE NUMBER(5,2), AT"
            + " TIMESTAMP_NTZ(9), NESTED VARIANT)");
    StagedSink sink = sink(schema);
    BigDecimal good = new BigDecimal("999.99");
    try (StagedWriter writer = writer(sink)) {
      write(writer, schema, 999, "güte", good, null, null);
      assertRefused("n", () -> write(writer, schema, 1000, "a", good, null, null));
      assertRefused("word", () -> write(writer, schema, 1, "abcde", good, null, null));
      assertRefused("word", () -> write(writer, schema, 1, null, good, null, null));
      assertRefused(
          "price", () -> write(writer, schema, 1, "a", new BigDecimal("1000.00"), null, null));
      assertRefused(
          "at",
          () ->
              write(
                  writer,
                  schema,
                  1,
                  "a",
                  good,
                  java.time.LocalDateTime.parse("+10000-01-01T00:00"),
                  null));
      assertRefused(
          "nested", () -> write(writer, schema, 1, "a", good, null, Map.of("x", Double.NaN)));
      write(writer, schema, -999, "", good.negate(), null, Map.of("x", 0.5));
      commit(sink, stage(writer, 1));
    }
    assertThat(fixture.visibleRows(schema))
        .containsExactlyInAnyOrder(
            Arrays.asList(999, "güte", good, null, null),
            Arrays.asList(-999, "", good.negate(), null, Map.of("x", 0.5)));
  }

  private static void assertRefused(String column, ThrowingCallable write) {
    assertThatThrownBy(write)
        .isInstanceOfSatisfying(
            RowRefusedException.class, e -> assertThat(e.column()).isEqualTo(column));
  }

  @Test
  void lineageColumnsSayWhereARowComesFrom() throws Exception {
    StagedSink sink = sink(PLAIN, "lineage-columns", "on");
    try (StagedWriter writer = writer(sink)) {
      write(writer, PLAIN, 1L, "a");
      commit(sink, stage(writer, 1));
    }
    assertThat(fixture.query("SELECT MILLRACE_PARTITION, MILLRACE_OFFSET FROM LAKE"))
        .containsExactly(List.of("3", "14"));
  }

  // ---- changes of a table ---------------------------------------------------------------------

  @Test
  void lastChangeOfEachKeyIsWhatTheTableHolds() throws Exception {
    StagedSink sink = sink(KEYED);
    SplittableRandom random = new SplittableRandom(42);
    Map<Long, String> truth = new TreeMap<>();
    try (StagedWriter writer = writer(sink)) {
      for (int checkpoint = 1; checkpoint <= 3; checkpoint++) {
        for (int change = 0; change < 2000; change++) {
          long id = random.nextInt(200);
          boolean delete = random.nextInt(4) == 0;
          writer.next(0, change, delete ? RowKind.DELETE : RowKind.UPSERT);
          if (delete) {
            truth.remove(id);
            Rows.push(writer.rows(), KEYED, id);
          } else {
            truth.put(id, "c" + change);
            Rows.push(writer.rows(), KEYED, id, "c" + change);
          }
        }
        commit(sink, stage(writer, checkpoint));
        assertThat(fixture.visibleRows(KEYED))
            .containsExactlyInAnyOrderElementsOf(
                truth.entrySet().stream()
                    .map(e -> List.<Object>of(e.getKey(), e.getValue()))
                    .toList());
      }
    }
  }

  // ---- what goes wrong on the way -------------------------------------------------------------

  @Test
  void answersThatAreLostAndTokensThatExpireChangeNothing() throws Exception {
    StagedSink sink = sink(PLAIN);
    try (StagedWriter writer = writer(sink)) {
      write(writer, PLAIN, 1L, "a");
      fixture.server().faults().loseAnswer("PUT");
      fixture.server().faults().loseAnswer("INSERT INTO MILLRACE_LEDGER");
      List<Staged> staged = stage(writer, 1);
      fixture.server().faults().expireToken("UPDATE MILLRACE_LEDGER");
      fixture.server().faults().loseAnswer("INSERT INTO");
      fixture.server().faults().refuse("COMMIT");
      fixture.server().faults().loseAnswer("COMMIT");
      commit(sink, staged);
    }
    assertThat(fixture.visibleRows(PLAIN)).containsExactly(List.of(1L, "a"));
  }

  @Test
  void writerClosesThoughItsFileCouldNotBePut() throws Exception {
    StagedSink sink = sink(PLAIN);
    try (StagedWriter writer = writer(sink)) {
      write(writer, PLAIN, 1L, "a");
      fixture.server().faults().fail("PUT");
      assertSinkFails(() -> stage(writer, 1), "Cannot put a file");
    }
    assertThat(fixture.visibleRows(PLAIN)).isEmpty();
  }

  @Test
  void commitThatFailsMidwayLeavesNothingAndCanBeRepeated() throws Exception {
    StagedSink sink = sink(PLAIN);
    try (StagedWriter writer = writer(sink)) {
      write(writer, PLAIN, 1L, "a");
      List<Staged> staged = stage(writer, 1);
      fixture.server().faults().fail("INSERT INTO");
      assertSinkFails(() -> commit(sink, staged), "No active warehouse");
      assertThat(fixture.visibleRows(PLAIN)).isEmpty();
      commit(sink, staged);
      commit(sink, staged);
    }
    assertThat(fixture.visibleRows(PLAIN)).containsExactly(List.of(1L, "a"));
  }

  @Test
  void stagedFileThatIsGoneStopsTheCommit() throws Exception {
    StagedSink sink = sink(PLAIN);
    try (StagedWriter writer = writer(sink)) {
      write(writer, PLAIN, 1L, "a");
      List<Staged> staged = stage(writer, 1);
      fixture.execute("REMOVE @MILLRACE_STAGE/lake/");
      assertSinkFails(() -> commit(sink, staged), "1 rows of sink lake");
    }
  }

  @Test
  void stageIsCleanAfterCommitsAndLeftoversGoWithTheNextSubmission() throws Exception {
    StagedSink sink = sink(PLAIN, "max-rows", "1");
    try (StagedWriter crashed = writer(sink)) {
      write(crashed, PLAIN, 1L, "a");
      write(crashed, PLAIN, 2L, "b");
      assertThat(fixture.query("LIST @MILLRACE_STAGE")).hasSize(2);
      commit(sink, stage(crashed, 1));
      assertThat(fixture.query("LIST @MILLRACE_STAGE")).isEmpty();
      write(crashed, PLAIN, 3L, "c");
      stage(crashed, 2);
    }
    try (StagedWriter next = sink.writer(new WriterContext(0, 1, 2))) {
      write(next, PLAIN, 3L, "c");
      List<Staged> staged = next.stage(new EpochId(2, 2), Positions.NONE);
      assertThat(fixture.query("LIST @MILLRACE_STAGE")).hasSize(2);
      commit(sink, staged);
    }
    assertThat(fixture.query("LIST @MILLRACE_STAGE")).isEmpty();
    assertThat(fixture.query("SELECT STATE FROM MILLRACE_LEDGER ORDER BY STATE"))
        .containsExactly(List.of("committed"), List.of("committed"), List.of("given up"));
  }

  // ---- options --------------------------------------------------------------------------------

  private static void assertInvalid(ThrowingCallable step, String hint) {
    assertThatThrownBy(step)
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> {
              assertThat(e.code()).as(e.getMessage()).isEqualTo(ErrorCode.INVALID_OPTION);
              assertThat(e.hint().orElse("")).contains(hint);
            });
  }

  @Test
  void namesOfSparksConnectorAreUnderstood() throws Exception {
    Map<String, String> plain = fixture.options();
    Map<String, String> spark =
        Map.of(
            "sfURL", plain.get("url"),
            "sfAccount", "acme",
            "sfUser", "loader",
            "pem_private_key", "${file:" + plain.get("private-key-file") + "}",
            "sfDatabase", "DW",
            "sfSchema", "PUBLIC",
            "streaming_stage", "WEB_STAGE",
            "dbtable", "WEB_LOGS");
    fixture.connector().create(new SinkDefinition(Name.of("lake"), PLAIN, false, spark));
    assertThat(fixture.query("DESCRIBE TABLE WEB_LOGS")).hasSize(2);
    assertInvalid(() -> sink(PLAIN, "dbtable", "twice"), "keep one");
  }

  @Test
  void optionsThatCannotBeAreRefusedWithAHint() {
    assertInvalid(() -> sink(PLAIN, "url", "not a url"), "snowflakecomputing.com");
    assertInvalid(() -> sink(PLAIN, "table", "a.b.c.d"), "table");
    assertInvalid(() -> sink(PLAIN, "stage", "st; DROP TABLE t"), "stage");
    assertInvalid(() -> sink(PLAIN, "max-rows", "0"), "above 0");
    assertInvalid(() -> sink(PLAIN, "private-key-file", "/nowhere/key.p8"), "path");
    assertSinkFails(() -> sink(PLAIN, "user", "nobody"), "JWT token is invalid");
  }

  @Test
  void secretsAreNamedAndNeverShown() {
    assertThat(fixture.connector().secrets())
        .extracting(Setting::key)
        .containsExactlyInAnyOrder("private-key", "private-key-passphrase", "pem_private_key");
    assertThat(new Login(Map.of("private-key", "MIIEvQ")).toString()).doesNotContain("MIIEvQ");
  }

  @Test
  void setupIsCheckedStepByStep() throws Exception {
    Map<String, String> login = new TreeMap<>(fixture.options());
    login.remove("table");
    List<String> steps = new ArrayList<>();
    SnowflakeSetup.check(login, steps::add);
    assertThat(steps).hasSize(5).last().isEqualTo("the warehouse runs, and a transaction commits");
    assertThat(fixture.query("SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES")).isEmpty();

    steps.clear();
    login.put("user", "nobody");
    assertSinkFails(() -> SnowflakeSetup.check(login, steps::add), "Cannot log in");
    assertThat(steps).containsExactly("the private key can be read");
  }
}
