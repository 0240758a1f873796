package io.millrace.sink.files;

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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is peculiar to files: where they lie, what they are called, when they are full. */
class ParquetFilesTest {
  private static final Name NAME = Name.parse("web.Lake");
  private static final RowSchema PLAIN =
      RowSchema.of(new Column("n", DataType.BIGINT), new Column("word", DataType.STRING));

  @TempDir Path root;

  private StagedSink sink(RowSchema schema, String... more) {
    Map<String, String> options = new HashMap<>(Map.of("path", root.toString()));
    for (int i = 0; i < more.length; i += 2) {
      options.put(more[i], more[i + 1]);
    }
    return (StagedSink)
        new ParquetConnector().create(new SinkDefinition(NAME, schema, false, options));
  }

  private static void commit(StagedSink sink, List<Staged> staged) throws Exception {
    try (Committer committer = sink.committer()) {
      for (Staged one : staged) {
        committer.commit(one);
      }
    }
  }

  private static void write(StagedWriter writer, RowSchema schema, Object... values) {
    writer.next(0, 0, RowKind.UPSERT);
    Rows.push(writer.rows(), schema, values);
  }

  /** Writes rows of one column by epoch 1, commits them, and answers the files relative to root. */
  private List<String> filesOf(StagedSink sink, RowSchema schema, List<Object[]> rows)
      throws Exception {
    try (StagedWriter writer = sink.writer(new WriterContext(0, 1, 1))) {
      rows.forEach(row -> write(writer, schema, row));
      commit(sink, writer.stage(new EpochId(1, 1), Positions.NONE));
    }
    return files();
  }

  private List<String> files() throws IOException {
    return FolderFixture.parquetFiles(root).stream()
        .map(f -> root.relativize(f).toString())
        .toList();
  }

  private static String folder(String file) {
    return file.substring(0, Math.max(0, file.lastIndexOf('/')));
  }

  private static Object[] row(Object... values) {
    return values;
  }

  // ---- folders --------------------------------------------------------------------------------

  /** The folders of the values of one column, in order; the sink has a root of its own. */
  private List<String> folders(String partitionBy, String type, Object... values) throws Exception {
    RowSchema schema = RowSchema.of(new Column("c", TypeParser.parse(type)));
    Path own = Files.createDirectory(root.resolve("own-" + System.nanoTime()));
    StagedSink sink = sink(schema, "path", own.toString(), "partition-by", partitionBy);
    List<String> folders = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      try (StagedWriter writer = sink.writer(new WriterContext(0, 1, 1))) {
        write(writer, schema, values[i]);
        List<Staged> staged = writer.stage(new EpochId(1, i), Positions.NONE);
        assertThat(staged).hasSize(1);
        folders.add(folder(StagedFile.decode(staged.get(0)).to()));
      }
    }
    return folders;
  }

  @Test
  void anyColumnNamesFolders() throws Exception {
    assertThat(folders("c", "STRING", "2026-11-22", "a/b=c%d", "..", ".x", "", null, "grün"))
        .containsExactly(
            "c=2026-11-22",
            "c=a%2Fb%3Dc%25d",
            "c=%2E.",
            "c=%2Ex",
            "c=__HIVE_DEFAULT_PARTITION__",
            "c=__HIVE_DEFAULT_PARTITION__",
            "c=" + FileNames.escape("grün"));
    assertThat(folders("c", "BOOLEAN", true, false, null))
        .containsExactly("c=true", "c=false", "c=__HIVE_DEFAULT_PARTITION__");
    assertThat(folders("c", "INT", Integer.MIN_VALUE, 0)).containsExactly("c=-2147483648", "c=0");
    assertThat(folders("C", "BIGINT", Long.MAX_VALUE)).containsExactly("c=9223372036854775807");
    assertThat(folders("`c`", "DOUBLE", 1.5, -0.25)).containsExactly("c=1.5", "c=-0.25");
    assertThat(folders("c", "FLOAT", 1.5f)).containsExactly("c=1.5");
    assertThat(folders("c", "DECIMAL(10, 2)", new BigDecimal("-1.50"))).containsExactly("c=-1.50");
    assertThat(folders("c", "DECIMAL(38, 0)", new BigDecimal("9".repeat(38))))
        .containsExactly("c=" + "9".repeat(38));
    assertThat(folders("c", "DATE", LocalDate.of(1969, 12, 31))).containsExactly("c=1969-12-31");
    assertThat(folders("c", "TIME(3)", LocalTime.of(9, 30))).containsExactly("c=09%3A30");
  }

  @Test
  void timeColumnsNameFoldersByDayOrHourInUtc() throws Exception {
    LocalDateTime before1970 = LocalDateTime.parse("1969-12-31T23:59:59.999");
    assertThat(folders("day(c)", "TIMESTAMP(3)", before1970, null))
        .containsExactly("c_day=1969-12-31", "c_day=__HIVE_DEFAULT_PARTITION__");
    assertThat(folders("HOUR( c )", "TIMESTAMP(6)", before1970))
        .containsExactly("c_hour=1969-12-31-23");
    assertThat(folders("hour(c)", "TIMESTAMP_LTZ(3)", Instant.parse("2026-11-22T09:59:59Z")))
        .containsExactly("c_hour=2026-11-22-09");
    assertThat(folders("day(c)", "DATE", LocalDate.of(2026, 11, 22)))
        .containsExactly("c_day=2026-11-22");
  }

  @Test
  void partitionByThatCannotBeIsRefusedWithAHint() {
    RowSchema schema =
        RowSchema.of(
            new Column("event_time", DataType.timestamp(3)),
            new Column("tags", TypeParser.parse("ARRAY<STRING>")),
            new Column("n", DataType.INT));
    assertInvalid(() -> sink(schema, "partition-by", "event_tme"), "Did you mean event_time?");
    assertInvalid(() -> sink(schema, "partition-by", "event_time"), "day(event_time)");
    assertInvalid(() -> sink(schema, "partition-by", "tags"), "names of folders");
    assertInvalid(() -> sink(schema, "partition-by", "hour(n)"), "TIMESTAMP");
    assertInvalid(() -> sink(schema, "max-rows", "0"), "above 0");
    assertInvalid(() -> sink(schema, "compression", "gzip"), "zstd, snappy, none");
  }

  private static void assertInvalid(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable create, String hint) {
    assertThatThrownBy(create)
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.INVALID_OPTION);
              assertThat(e.hint().orElse("")).contains(hint);
            });
  }

  @Test
  void valueTooLongForAFolderRefusesItsRowAlone() throws Exception {
    StagedSink sink = sink(PLAIN, "partition-by", "word");
    try (StagedWriter writer = sink.writer(new WriterContext(0, 1, 1))) {
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> write(writer, PLAIN, 1L, "x".repeat(251)))
            .isInstanceOf(RowRefusedException.class);
      }
      write(writer, PLAIN, 1L, "x".repeat(250));
      commit(sink, writer.stage(new EpochId(1, 1), Positions.NONE));
    }
    assertThat(files()).hasSize(1);
  }

  @Test
  void namesBeyondAsciiAreKeptWhereFilesCanBearThem() {
    assertThat(FileNames.escape("grün", true)).isEqualTo("grün");
    assertThat(FileNames.escape("grün", false)).isEqualTo("gr%C3%BCn");
    assertThat(FileNames.isUnicode("ANSI_X3.4-1968")).isFalse();
    assertThat(FileNames.isUnicode("UTF-8")).isTrue();
  }

  // ---- how DuckDB reads them ------------------------------------------------------------------

  @Test
  void duckDbReadsPartitionColumnsFromFilesOrFromFolders() throws Exception {
    RowSchema schema =
        RowSchema.of(
            new Column("n", DataType.INT),
            new Column("date", DataType.STRING),
            new Column("event_time", DataType.timestamp(3)));
    LocalDateTime nine = LocalDateTime.parse("2026-11-22T09:30");
    filesOf(
        sink(schema, "partition-by", "date"),
        schema,
        List.of(row(1, "2026-11-22", nine), row(2, "a/b grün", nine), row(3, null, nine)));

    List<Column> columns =
        List.of(new Column("n", DataType.INT), new Column("date", DataType.STRING));
    for (String way : List.of("", ", hive_partitioning = false", ", hive_partitioning = true")) {
      assertThat(
              DuckDb.query(
                  "SELECT n, date FROM read_parquet('" + root + "/**/*.parquet'" + way + ")",
                  columns))
          .as("read" + way)
          .containsExactlyInAnyOrder(
              List.of(1, "2026-11-22"), List.of(2, "a/b grün"), java.util.Arrays.asList(3, null));
    }
    assertThat(
            DuckDb.query(
                "SELECT n, date FROM read_parquet('"
                    + root
                    + "/**/*.parquet', hive_partitioning = true) WHERE date = 'a/b grün'",
                columns))
        .containsExactly(List.of(2, "a/b grün"));
  }

  @Test
  void duckDbGuessesTypesFromFoldersUnlessToldToReadFiles() throws Exception {
    RowSchema schema = RowSchema.of(new Column("date", DataType.STRING));
    filesOf(sink(schema, "partition-by", "date"), schema, List.<Object[]>of(row("2026-11-22")));

    List<Column> type = List.of(new Column("type", DataType.STRING));
    String files = "SELECT typeof(date) FROM read_parquet('" + root + "/**/*.parquet'";
    assertThat(DuckDb.query(files + ")", type)).containsExactly(List.of("DATE"));
    assertThat(DuckDb.query(files + ", hive_types_autocast = false)", type))
        .containsExactly(List.of("VARCHAR"));
    assertThat(DuckDb.query(files + ", hive_partitioning = false)", type))
        .containsExactly(List.of("VARCHAR"));
  }

  @Test
  void duckDbShowsDayFoldersBesideTheColumn() throws Exception {
    RowSchema schema = RowSchema.of(new Column("event_time", DataType.timestamp(6)));
    LocalDateTime nine = LocalDateTime.parse("2026-11-22T09:30:00.000001");
    filesOf(sink(schema, "partition-by", "day(event_time)"), schema, List.<Object[]>of(row(nine)));

    assertThat(
            DuckDb.query(
                "SELECT event_time, event_time_day::DATE FROM '" + root + "/**/*.parquet'",
                List.of(schema.column(0), new Column("day", DataType.DATE))))
        .containsExactly(List.of(nine, LocalDate.of(2026, 11, 22)));
  }

  // ---- when a file is full --------------------------------------------------------------------

  private static List<Object[]> rows(long count) {
    return LongStream.range(0, count).mapToObj(n -> row(n, "word " + n)).toList();
  }

  @Test
  void fileIsFullAfterMaxRows() throws Exception {
    assertThat(filesOf(sink(PLAIN, "max-rows", "40"), PLAIN, rows(100)))
        .containsExactly(
            "part-web.lake-00001-00000001-000-0000.parquet",
            "part-web.lake-00001-00000001-000-0001.parquet",
            "part-web.lake-00001-00000001-000-0002.parquet");
    assertThat(
            DuckDb.query(
                "SELECT count(*) FROM read_parquet('"
                    + root
                    + "/*.parquet', filename = true) GROUP BY filename ORDER BY filename",
                List.of(new Column("count", DataType.BIGINT))))
        .containsExactly(List.of(40L), List.of(40L), List.of(20L));
  }

  @Test
  void fileIsFullAtMaxBytes() throws Exception {
    List<String> files =
        filesOf(sink(PLAIN, "max-bytes", "1 MB", "compression", "none"), PLAIN, rows(200_000));
    assertThat(files).hasSizeBetween(3, 12);
    for (String file : files) {
      assertThat(Files.size(root.resolve(file))).isLessThan(2 << 20);
    }
  }

  @Test
  void everyCompressionIsRead() throws Exception {
    for (String compression : List.of("zstd", "SNAPPY", "none")) {
      Path own = root.resolve(compression);
      StagedSink sink = sink(PLAIN, "path", own.toString(), "compression", compression);
      filesOf(sink, PLAIN, rows(1000));
      assertThat(
              DuckDb.query(
                  "SELECT min(compression), max(compression) FROM parquet_metadata('"
                      + own
                      + "/*.parquet')",
                  List.of(new Column("a", DataType.STRING), new Column("b", DataType.STRING))))
          .as(compression)
          .allSatisfy(
              found ->
                  assertThat(found)
                      .containsOnly(
                          compression.equals("none")
                              ? "UNCOMPRESSED"
                              : compression.toUpperCase(java.util.Locale.ROOT)));
      assertThat(
              DuckDb.query(
                  "SELECT sum(n)::BIGINT FROM '" + own + "/*.parquet'",
                  List.of(new Column("sum", DataType.BIGINT))))
          .containsExactly(List.of(499_500L));
    }
  }

  @Test
  void openFilesAreFewHoweverManyPartitions() throws Exception {
    StagedSink sink = sink(PLAIN, "partition-by", "n", "memory", "1 GB");
    try (StagedWriter writer = sink.writer(new WriterContext(0, 1, 1))) {
      for (long n = 0; n < ParquetFilesWriter.MAX_OPEN + 20; n++) {
        write(writer, PLAIN, n, "first");
      }
      // Files that are closed are whole: the magic number stands at their end.
      long whole = 0;
      for (Path file : FolderFixture.found(root, ".open")) {
        whole += new String(Files.readAllBytes(file)).endsWith("PAR1") ? 1 : 0;
      }
      assertThat(whole).isEqualTo(20);
      write(writer, PLAIN, 0L, "second");
      commit(sink, writer.stage(new EpochId(1, 1), Positions.NONE));
    }
    assertThat(files()).hasSize(ParquetFilesWriter.MAX_OPEN + 21);
  }

  // ---- what waits -----------------------------------------------------------------------------

  @Test
  void leftoversAreClearedByTheFirstCommitOfTheNextSubmission() throws Exception {
    StagedSink sink = sink(PLAIN);
    StagedWriter crashed = sink.writer(new WriterContext(0, 2, 1));
    write(crashed, PLAIN, 1L, "staged in vain");
    crashed.stage(new EpochId(1, 1), Positions.NONE);
    write(crashed, PLAIN, 2L, "open");

    try (StagedWriter next = sink.writer(new WriterContext(1, 2, 2))) {
      assertThat(FolderFixture.found(root, ".open")).isEmpty();
      assertThat(FolderFixture.found(root, ".staged")).hasSize(1);
      write(next, PLAIN, 3L, "next");
      List<Staged> staged = next.stage(new EpochId(2, 2), Positions.NONE);
      assertThat(FolderFixture.found(root, ".staged")).hasSize(2);
      commit(sink, staged);
    }
    assertThat(FolderFixture.found(root, ".staged")).isEmpty();
    assertThat(files()).containsExactly("part-web.lake-00002-00000002-001-0000.parquet");
    crashed.close();
  }

  @Test
  void writerThatClosesLeavesNothingOpen() throws Exception {
    StagedSink sink = sink(PLAIN, "max-rows", "10");
    StagedWriter writer = sink.writer(new WriterContext(0, 1, 1));
    rows(25).forEach(row -> write(writer, PLAIN, row));
    assertThat(FolderFixture.found(root, ".open")).hasSize(3);
    writer.close();
    assertThat(FolderFixture.found(root, ".open")).isEmpty();
  }

  @Test
  void stagedFileThatIsGoneStopsTheCommitInSoManyWords() throws Exception {
    StagedSink sink = sink(PLAIN);
    try (StagedWriter writer = sink.writer(new WriterContext(0, 1, 1))) {
      write(writer, PLAIN, 1L, "a");
      List<Staged> staged = writer.stage(new EpochId(1, 1), Positions.NONE);
      Files.delete(FolderFixture.found(root, ".staged").get(0));
      assertThatThrownBy(() -> commit(sink, staged))
          .isInstanceOfSatisfying(
              MillraceException.class,
              e -> {
                assertThat(e.code()).isEqualTo(ErrorCode.SINK_FAILED);
                assertThat(e.getMessage()).contains("1 rows are no longer staged");
              });
    }
  }

  @Test
  void fileOfTheSameNameIsNeverOverwritten() throws Exception {
    StagedSink sink = sink(PLAIN);
    filesOf(sink, PLAIN, rows(1));
    byte[] before = Files.readAllBytes(root.resolve(files().get(0)));

    assertThatThrownBy(() -> filesOf(sink, PLAIN, rows(2)))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SINK_FAILED));
    assertThat(root.resolve(files().get(0))).hasBinaryContent(before);
  }

  @Test
  void stagedFileOfALaterVersionIsNotGuessedAt() {
    assertThatThrownBy(() -> commit(sink(PLAIN), List.of(new Staged(new byte[] {99, 0}))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("version 99");
  }

  @Test
  void folderThatCannotBeMadeIsRefusedAtCreate() throws Exception {
    Path file = Files.createFile(root.resolve("file"));
    assertThatThrownBy(() -> sink(PLAIN, "path", file.resolve("below").toString()))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SINK_FAILED));
  }
}
