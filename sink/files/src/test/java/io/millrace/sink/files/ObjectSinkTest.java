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
import io.millrace.model.Settings;
import io.millrace.sink.Committer;
import io.millrace.sink.EpochId;
import io.millrace.sink.SinkDefinition;
import io.millrace.sink.Staged;
import io.millrace.sink.StagedWriter;
import io.millrace.sink.WriterContext;
import io.millrace.sink.testkit.Rows;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is peculiar to objects: their names, manifests, parts, and what is left behind. */
class ObjectSinkTest {
  private static final RowSchema PLAIN =
      RowSchema.of(new Column("n", DataType.BIGINT), new Column("word", DataType.STRING));

  @TempDir Path folder;

  private final MemoryStore store = new MemoryStore();

  private ObjectSink sink(Map<String, String> options) {
    SinkDefinition definition = new SinkDefinition(Name.of("lake"), PLAIN, false, options);
    Settings settings = Settings.of("sink lake", options, FileLayout.SETTINGS);
    return new ObjectSink(FileLayout.of(definition, settings), () -> store);
  }

  private static void write(StagedWriter writer, int partition, long offset, String word) {
    writer.next(partition, offset, RowKind.UPSERT);
    Rows.push(writer.rows(), PLAIN, offset, word);
  }

  private static void commit(ObjectSink sink, List<Staged> staged) throws Exception {
    try (Committer committer = sink.committer()) {
      for (Staged one : staged) {
        committer.commit(one);
      }
    }
  }

  private List<String> keys(String ending) {
    return store.objects.keySet().stream().filter(k -> k.endsWith(ending)).toList();
  }

  @Test
  void objectIsNamedByItsFirstRowAndTheManifestCountsThem() throws Exception {
    ObjectSink sink = sink(Map.of("partition-by", "word", "max-rows", "2"));
    StagedWriter writer = sink.writer(new WriterContext(3, 4, 7));
    write(writer, 2, 40, "a");
    write(writer, 1, 17, "b/c");
    write(writer, 2, 41, "a");
    write(writer, 2, 42, "a");
    List<Staged> staged = writer.stage(new EpochId(7, 12), Positions.of(Map.of(1, 18L, 2, 43L)));
    assertThat(keys(".parquet")).isEmpty();
    commit(sink, staged);
    commit(sink, staged);

    assertThat(store.objects)
        .containsOnlyKeys(
            "_staging/lake/_epoch-7",
            "_manifests/lake/00007-00000012-003.json",
            "word=a/part-lake-00007-002-000000000040-0.parquet",
            "word=a/part-lake-00007-002-000000000042-0.parquet",
            "word=b%2Fc/part-lake-00007-001-000000000017-0.parquet");
    assertThat(
            new String(
                store.objects.get("_manifests/lake/00007-00000012-003.json"),
                StandardCharsets.UTF_8))
        .isEqualTo(
            """
            {"sink":"lake","epoch":7,"checkpoint":12,"task":3,"rows":4,"next":{"1":18,"2":43},\
            "files":[{"key":"word=a/part-lake-00007-002-000000000040-0.parquet","rows":2},\
            {"key":"word=b%2Fc/part-lake-00007-001-000000000017-0.parquet","rows":1},\
            {"key":"word=a/part-lake-00007-002-000000000042-0.parquet","rows":1}]}
            """);
  }

  @Test
  void rowsOfOneRecordMayBeginSeveralObjects() throws Exception {
    ObjectSink sink = sink(Map.of("max-rows", "1"));
    StagedWriter writer = sink.writer(new WriterContext(0, 1, 1));
    writer.next(0, 5, RowKind.UPSERT);
    Rows.push(writer.rows(), PLAIN, 1L, "a");
    Rows.push(writer.rows(), PLAIN, 2L, "b");
    commit(sink, writer.stage(new EpochId(1, 1), Positions.NONE));

    assertThat(keys(".parquet"))
        .containsExactly(
            "part-lake-00001-000-000000000005-0.parquet",
            "part-lake-00001-000-000000000005-1.parquet");
  }

  @Test
  void abandonedUploadsAreAbortedByTheFirstCommitOfTheNextSubmission() throws Exception {
    ObjectSink sink = sink(Map.of());
    StagedWriter crashed = sink.writer(new WriterContext(0, 1, 1));
    write(crashed, 0, 1, "staged in vain");
    List<Staged> lost = crashed.stage(new EpochId(1, 1), Positions.NONE);
    store.upload("elsewhere.parquet");
    store.upload("part-lake-00001-00001-000-000000000001-0.parquet"); // of sink "lake-00001"

    try (StagedWriter next = sink.writer(new WriterContext(0, 1, 2))) {
      assertThat(store.pending("part-lake")).hasSize(2);
      write(next, 0, 1, "again");
      commit(sink, next.stage(new EpochId(2, 2), Positions.NONE));
    }
    assertThat(store.pending(""))
        .extracting(ObjectStore.Pending::key)
        .containsExactly("elsewhere.parquet", "part-lake-00001-00001-000-000000000001-0.parquet");
    assertThatThrownBy(() -> commit(sink, lost))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.SINK_FAILED);
              assertThat(e.getMessage()).contains("1 rows are no longer staged");
            });
  }

  @Test
  void writerThatClosesLeavesNoUpload() throws Exception {
    StagedWriter writer = sink(Map.of("max-rows", "10")).writer(new WriterContext(0, 1, 1));
    for (int i = 0; i < 25; i++) {
      write(writer, 0, i, "w");
    }
    assertThat(store.pending("")).hasSize(2);
    writer.close();
    assertThat(store.pending("")).isEmpty();
    assertThat(store.objects).containsOnlyKeys("_staging/lake/_epoch-1");
  }

  @Test
  void thousandsOfPartitionsStayWithinMemoryAndLoseNothing() throws Exception {
    int values = 2000;
    int rows = 2 * values + 500; // two for each value, then some values come back
    long memory = 4 << 20;
    ObjectSink sink = sink(Map.of("partition-by", "word", "memory", String.valueOf(memory)));
    ParquetFilesWriter writer = (ParquetFilesWriter) sink.writer(new WriterContext(0, 1, 1));
    long most = 0;
    for (long n = 0; n < rows; n++) {
      write(writer, 0, n, "w" + n / 2 % values);
      most = Math.max(most, writer.held());
    }
    // What is gathered between two looks at the sizes comes on top.
    assertThat(most).isLessThan(memory + memory / 4);
    commit(sink, writer.stage(new EpochId(1, 1), Positions.NONE));
    assertThat(
            keys(".parquet").stream()
                .map(k -> k.substring(0, k.indexOf('/')))
                .collect(Collectors.toSet()))
        .hasSize(values);

    ObjectsFixture.fetch(store.objects, folder);
    assertThat(
            DuckDb.query(
                "SELECT count(*), count(DISTINCT n), sum(n)::BIGINT FROM read_parquet('"
                    + folder
                    + "/**/*.parquet')",
                List.of(
                    new Column("c", DataType.BIGINT),
                    new Column("d", DataType.BIGINT),
                    new Column("s", DataType.BIGINT))))
        .containsExactly(List.of((long) rows, (long) rows, (long) rows * (rows - 1) / 2));
  }

  @Test
  void longFileIsSentInPartsWithinMemory() throws Exception {
    Limits limits = new Limits(1, 128 << 20, 8 << 20);
    ObjectFile file = new ObjectFile(store, "x.parquet", limits);
    byte[] chunk = new byte[3_000_001];
    long held = 0;
    for (int i = 0; i < 5; i++) {
      file.write(chunk, 0, chunk.length);
      held = Math.max(held, file.held());
    }
    file.close();
    assertThat(held).isLessThanOrEqualTo(ObjectFile.LEAST_PART);
    assertThat(store.complete("x.parquet", file.token())).isEqualTo(ObjectStore.Completion.THERE);
    assertThat(store.objects.get("x.parquet")).hasSize(5 * chunk.length);
  }

  @Test
  void partsAreFewForHugeFilesAndSmallWhereMemoryIs() {
    assertThat(ObjectFile.partBytes(new Limits(1, 128 << 20, 64 << 20))).isEqualTo(8 << 20);
    assertThat(ObjectFile.partBytes(new Limits(1, 128 << 20, 1 << 20))).isEqualTo(5 << 20);
    assertThat(ObjectFile.partBytes(new Limits(1, 10L << 30, 64 << 20))).isEqualTo(21 << 20);
  }
}
