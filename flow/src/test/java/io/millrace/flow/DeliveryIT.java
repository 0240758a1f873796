package io.millrace.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.catalog.DeadLetters;
import io.millrace.catalog.Relation;
import io.millrace.catalog.Relation.EventTime;
import io.millrace.catalog.SinkEntry;
import io.millrace.flow.JobStatus.State;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.sink.files.ParquetConnector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeliveryIT {
  private static final Duration SOON = Duration.ofSeconds(40);

  /** Options that do without Hadoop's configuration files. */
  private static final ParquetReadOptions PLAIN =
      ParquetReadOptions.builder(new PlainParquetConfiguration()).build();

  @TempDir static Path folder;
  private static Warehouse warehouse;
  private static Flow flow;

  @BeforeAll
  static void start() {
    warehouse = Warehouse.start(folder.resolve("log"));
    flow =
        Flow.start(
            FlowSettings.defaults(folder.resolve("checkpoints")),
            warehouse.log(),
            warehouse.contracts(),
            List.of(new JournalConnector(), new ParquetConnector()));
  }

  @AfterAll
  static void stop() {
    flow.close();
    warehouse.close();
  }

  private static SinkEntry sink(String name, Relation from, Map<String, String> options) {
    return new SinkEntry(
        Name.of(name), from.name(), "journal", options, 1, false, "", Instant.EPOCH);
  }

  private static void write(Relation stream, int from, int to) {
    for (int i = from; i < to; i++) {
      warehouse.write(stream, i % 4, (long) i, "name" + i);
    }
    warehouse.flush();
  }

  private static List<String> lines(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "[" + i + ", name" + i + "]").sorted().toList();
  }

  private static List<String> delivered(Path target) {
    return JournalConnector.committed(target).stream().sorted().toList();
  }

  @Test
  void rowsArriveExactlyOnceWhateverStopsTheDelivery() {
    Relation from = warehouse.stream("sold", 4, EventTime.NONE, "id BIGINT", "name STRING");
    Path target = folder.resolve("sold");
    SinkEntry sink =
        sink("sold_journal", from, Map.of("path", target.toString(), "trigger", "300 ms"));
    flow.run(warehouse.image(), sink, from);
    write(from, 0, 500);
    await().atMost(SOON).until(() -> !delivered(target).isEmpty());
    write(from, 500, 1000);
    flow.cancel(sink.name());
    assertThat(flow.status(sink.name())).isEmpty();

    write(from, 1000, 1500);
    flow.run(warehouse.image(), sink.withEpoch(2), from);
    await().atMost(SOON).until(() -> delivered(target).size() >= 1500);
    assertThat(delivered(target)).isEqualTo(lines(0, 1500));

    write(from, 1500, 1600);
    await().atMost(SOON).until(() -> flow.status(sink.name()).orElseThrow().lagRows() == 0);
    flow.stop(sink.name());
    assertThat(flow.status(sink.name()).orElseThrow().state()).isEqualTo(State.PAUSED);
    flow.run(warehouse.image(), sink.withEpoch(3), from);
    await().atMost(SOON).until(() -> delivered(target).size() >= 1600);
    assertThat(delivered(target)).isEqualTo(lines(0, 1600));
    flow.forget(sink.name());
  }

  @Test
  void aSecretMayNotStandInAStatement() {
    Relation from = warehouse.stream("hushed", 1, EventTime.NONE, "id BIGINT");
    SinkEntry sink = sink("hushed_journal", from, Map.of("path", "p", "TOKEN", "abc"));
    assertThatThrownBy(() -> flow.run(warehouse.image(), sink, from))
        .hasMessage("Invalid value for 'TOKEN': a secret is not written into a statement");
  }

  @Test
  void parquetFilesHoldEveryRowOnceAfterACancelledDelivery() throws IOException {
    Relation from = warehouse.stream("shipped", 4, EventTime.NONE, "id BIGINT", "name STRING");
    Path target = folder.resolve("parquet");
    SinkEntry sink =
        new SinkEntry(
            Name.of("shipped_parquet"),
            from.name(),
            "parquet",
            Map.of("path", target.toString(), "trigger", "500 ms", "compression", "none"),
            1,
            false,
            "",
            Instant.EPOCH);
    flow.run(warehouse.image(), sink, from);
    write(from, 0, 1000);
    await().atMost(SOON).until(() -> !parquetIds(target).isEmpty());
    write(from, 1000, 2000);
    flow.cancel(sink.name());
    write(from, 2000, 3000);
    flow.run(warehouse.image(), sink.withEpoch(2), from);
    await().atMost(SOON).until(() -> parquetIds(target).size() >= 3000);
    assertThat(parquetIds(target)).isEqualTo(LongStream.range(0, 3000).boxed().toList());
    flow.forget(sink.name());
  }

  /** The ids in all visible files, sorted. */
  private static List<Long> parquetIds(Path target) throws IOException {
    List<Long> ids = new ArrayList<>();
    try (Stream<Path> files = Files.walk(target)) {
      for (Path file :
          files
              .filter(f -> f.toString().endsWith(".parquet"))
              .filter(f -> !target.relativize(f).toString().startsWith("_"))
              .toList()) {
        try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file), PLAIN)) {
          MessageType schema = reader.getFileMetaData().getSchema();
          PageReadStore pages;
          while ((pages = reader.readNextRowGroup()) != null) {
            RecordReader<Group> rows =
                new ColumnIOFactory()
                    .getColumnIO(schema)
                    .getRecordReader(pages, new GroupRecordConverter(schema));
            for (long row = 0; row < pages.getRowCount(); row++) {
              ids.add(rows.read().getLong("id", 0));
            }
          }
        }
      }
    }
    Collections.sort(ids);
    return ids;
  }

  @Test
  void whatCannotBeDeliveredBecomesADeadLetter() {
    Relation from = warehouse.stream("mixed", 4, EventTime.NONE, "id BIGINT", "name STRING");
    Path target = folder.resolve("mixed");
    SinkEntry sink =
        sink("mixed_journal", from, Map.of("path", target.toString(), "trigger", "300 ms"));
    write(from, 0, 8);
    warehouse.write(from, 2, 8L, "bad");
    warehouse.writeBytes(from, 3, new byte[] {1, 2, 3});
    write(from, 8, 16);
    flow.run(warehouse.image(), sink, from);
    await().atMost(SOON).until(() -> delivered(target).size() >= 16);
    assertThat(delivered(target)).isEqualTo(lines(0, 16));
    Relation letters = warehouse.image().requireRelation(DeadLetters.NAME);
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(warehouse.read(letters))
                    .extracting(r -> r.values().subList(0, 5))
                    .containsExactlyInAnyOrder(
                        List.of("mixed_journal", "sink", "mixed", 2, 2L),
                        List.of("mixed_journal", "decode", "mixed", 3, 2L)));
    flow.forget(sink.name());
  }

  @Test
  void aTablesRowsAreSetAndDeletedByKey() {
    Relation from = warehouse.table("stock", 2, List.of("id"), "id BIGINT", "name STRING");
    Path target = folder.resolve("stock");
    SinkEntry sink = sink("stock_journal", from, Map.of("path", target.toString()));
    flow.run(warehouse.image(), sink, from);
    for (long i = 0; i < 10; i++) {
      warehouse.upsert(from, i, "old");
    }
    warehouse.upsert(from, 3L, "new");
    warehouse.delete(from, 4L, "old");
    warehouse.flush();
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(JournalConnector.committed(target))
                    .hasSize(9)
                    .contains("[3, new]", "[5, old]")
                    .doesNotContain("[4, old]"));
    flow.forget(sink.name());
  }

  @Test
  void anUnknownKindOfSinkIsRefusedWithANearName() {
    Relation from = warehouse.stream("lonely", 1, EventTime.NONE, "id BIGINT");
    SinkEntry sink =
        new SinkEntry(
            Name.of("lost"), from.name(), "jornal", Map.of(), 1, false, "", Instant.EPOCH);
    assertThatThrownBy(() -> flow.run(warehouse.image(), sink, from))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.hint()).contains("Did you mean journal?"));
  }
}
