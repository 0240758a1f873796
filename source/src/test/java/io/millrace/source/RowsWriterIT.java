package io.millrace.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.millrace.catalog.Relation;
import io.millrace.catalog.Requests;
import io.millrace.format.FileDecoder;
import io.millrace.format.Formats;
import io.millrace.format.ObjectWriter;
import io.millrace.format.RecordDecoder;
import io.millrace.log.LogClient;
import io.millrace.log.LogSettings;
import io.millrace.log.Retention;
import io.millrace.log.TopicSpec;
import io.millrace.log.broker.BrokerSettings;
import io.millrace.log.broker.EmbeddedBroker;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Positions;
import io.millrace.model.RowKind;
import io.millrace.model.RowSchema;
import io.millrace.registry.AvroContracts;
import io.millrace.registry.Contracts;
import io.millrace.registry.RegistrySettings;
import io.millrace.registry.server.RegistryHttp;
import io.millrace.registry.server.RegistryService;
import io.millrace.source.RowsWriter.Refused;
import io.millrace.source.RowsWriter.WriteResult;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

class RowsWriterIT {
  private static final String PREFIX = "_millrace-rows";
  private static final RowSchema VISITS =
      RowSchema.of(
          new Column("site", DataType.STRING.withNullable(false)),
          new Column("hits", DataType.INT),
          new Column("paid", DataType.decimal(10, 2)));
  private static final RowSchema SITES =
      new RowSchema(
          List.of(
              new Column("site", DataType.STRING),
              new Column("owner", DataType.STRING.withNullable(false)),
              new Column("since", DataType.timestampLtz(3))),
          List.of("site"));

  private static EmbeddedBroker broker;
  private static LogClient log;
  private static RegistryService registry;
  private static RegistryHttp http;
  private static Contracts contracts;
  private static Formats formats;
  private static RowsWriter writer;
  private String topic;

  @BeforeAll
  static void start(@TempDir Path folder) {
    broker = EmbeddedBroker.start(new BrokerSettings(folder, 0, Map.of()));
    log = LogClient.connect(LogSettings.of(broker.bootstrap()));
    registry = RegistryService.start(log);
    http = RegistryHttp.start(registry, "127.0.0.1", 0);
    contracts =
        new Contracts(
            new RegistrySettings(http.url(), Optional.empty(), Optional.empty(), Map.of()));
    formats = new Formats(contracts);
    log.ensure(TopicSpec.of(Requests.NAME.topic(), 1, new Retention.Time(Requests.REMEMBERED)));
    writer = new RowsWriter(log, contracts, formats, PREFIX);
  }

  @AfterAll
  static void stop() {
    writer.close();
    contracts.close();
    http.close();
    registry.close();
    log.close();
    broker.close();
  }

  @BeforeEach
  void name(TestInfo test) {
    topic = test.getTestMethod().orElseThrow().getName();
  }

  @Test
  void rowsOfARequestAppearAtOnceWithThePositionsBehindThem() throws Exception {
    Relation visits = stream(VISITS, 2);
    String rows = "{\"site\":\"a\",\"hits\":1,\"paid\":1.50}\n{\"site\":\"b\"}\n";
    WriteResult first = write(visits, body(rows), OnError.REJECT);
    int partition = first.positions().offsets().firstKey();
    assertThat(first)
        .isEqualTo(new WriteResult(2, List.of(), 0, Positions.of(Map.of(partition, 2L)), false));
    WriteResult second = write(visits, body("{\"site\":\"c\"}"), OnError.REJECT);
    assertThat(second.positions())
        .as("rows without a key go around the partitions")
        .isEqualTo(Positions.of(Map.of(1 - partition, 1L)));
    assertThat(read(visits))
        .containsExactlyInAnyOrder(
            Arrays.asList("a", 1, new BigDecimal("1.50")),
            Arrays.asList("b", null, null),
            Arrays.asList("c", null, null));
    assertThat(write(visits, body(""), OnError.REJECT))
        .isEqualTo(new WriteResult(0, List.of(), 0, Positions.NONE, false));
  }

  private WriteResult writeOnce(RowsWriter by, Relation target, String rows, String key) {
    FileDecoder decoder = formats.fileDecoder("json", Map.of(), target.schema());
    return by.write(target, decoder, body(rows), OnError.SKIP, key);
  }

  @Test
  void requestThatIsSentAgainIsAnsweredAndNotWrittenAgain() throws Exception {
    Relation visits = stream(VISITS, 2);
    String rows = "{\"site\":\"a\"}\n{\"site\":\"b\", \"hits\": \"many\"}\n";
    WriteResult first = writeOnce(writer, visits, rows, "one");
    assertThat(first.accepted()).isEqualTo(1);
    WriteResult again = writeOnce(writer, visits, rows, "one");
    assertThat(again).isEqualTo(new WriteResult(1, List.of(), 1, first.positions(), true));
    try (RowsWriter restarted = new RowsWriter(log, contracts, formats, PREFIX + "-restarted")) {
      assertThat(writeOnce(restarted, visits, rows, "one")).isEqualTo(again);
      assertThat(writeOnce(restarted, visits, rows, "two").repeated()).isFalse();
    }
    assertThat(read(visits)).hasSize(2);
    assertThatThrownBy(() -> writeOnce(writer, visits, "{\"site\":\"c\"}", "one"))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("Idempotency-Key one was used for other rows");
    topic += "Too";
    assertThat(writeOnce(writer, stream(VISITS, 1), rows, "one").repeated())
        .as("a key is its stream's own")
        .isFalse();
  }

  @Test
  void ofRequestsThatAreSentAtOnceUnderOneKeyOneIsWritten() throws Exception {
    Relation visits = stream(VISITS, 1);
    ExecutorService senders = Executors.newFixedThreadPool(8);
    try {
      Callable<WriteResult> send = () -> writeOnce(writer, visits, "{\"site\":\"a\"}", "at once");
      int written = 0;
      for (Future<WriteResult> sent : senders.invokeAll(Collections.nCopies(40, send))) {
        try {
          written += sent.get().repeated() ? 0 : 1;
        } catch (ExecutionException e) {
          assertThat(e.getCause()).hasMessageContaining("a request with Idempotency-Key at once");
        }
      }
      assertThat(written).isEqualTo(1);
    } finally {
      senders.shutdown();
    }
    assertThat(read(visits)).hasSize(1);
  }

  @Test
  void requestThatFailedBeforeItsCommitIsWrittenWhenItIsSentAgain() throws Exception {
    Relation visits = stream(VISITS, 1);
    InputStream torn =
        new SequenceInputStream(
            body("{\"site\":\"a\"}\n"),
            new InputStream() {
              @Override
              public int read() throws IOException {
                throw new IOException("connection lost");
              }
            });
    FileDecoder decoder = formats.fileDecoder("json", Map.of(), VISITS);
    assertThatThrownBy(() -> writer.write(visits, decoder, torn, OnError.REJECT, "torn"))
        .hasMessageContaining("connection lost");
    assertThat(writeOnce(writer, visits, "{\"site\":\"a\"}\n", "torn").repeated()).isFalse();
    assertThat(read(visits)).hasSize(1);
  }

  @Test
  void rejectedRequestWritesNothingAndTellsEveryRow() throws Exception {
    Relation visits = stream(VISITS, 1);
    StringBuilder rows = new StringBuilder();
    for (int i = 1; i <= 5000; i++) {
      String hits = i % 4 == 0 ? "\"many\"" : Integer.toString(i);
      rows.append("{\"site\":\"s").append(i).append("\",\"hits\":").append(hits).append("}\n");
    }
    rows.append("{\"hits\":7}\n");
    WriteResult result = write(visits, body(rows.toString()), OnError.REJECT);
    assertThat(result.accepted()).isZero();
    assertThat(result.positions()).isEqualTo(Positions.NONE);
    assertThat(result.refusedCount()).isEqualTo(1251);
    assertThat(result.refused()).hasSize(1000);
    Refused fourth = result.refused().get(0);
    assertThat(fourth.row()).isEqualTo(4);
    assertThat(fourth.field()).isEqualTo("hits");
    assertThat(fourth.reason()).contains("many");
    assertThat(fourth.text()).isEqualTo("{\"site\":\"s4\",\"hits\":\"many\"}");
    assertThat(result.refused().get(999).row()).isEqualTo(4000);

    assertThat(log.end(topic)).as("no open transaction is left").isEqualTo(log.end(topic, false));
    assertThat(read(visits)).isEmpty();
    assertThat(write(visits, body("{\"hits\":7}"), OnError.REJECT).refused())
        .singleElement()
        .satisfies(
            r -> {
              assertThat(r.row()).isEqualTo(1);
              assertThat(r.field()).isEqualTo("site");
            });
  }

  @Test
  void skippingWritesTheOtherRows() throws Exception {
    Relation visits = stream(VISITS, 1);
    WriteResult result =
        write(
            visits,
            body("{\"site\":\"a\"}\n{\"site\":\n{\"hits\":1}\n{\"site\":\"b\"}\n"),
            OnError.SKIP);
    assertThat(result.accepted()).isEqualTo(2);
    assertThat(result.refused()).extracting(Refused::row).containsExactly(2L, 3L);
    assertThat(result.positions()).isEqualTo(Positions.of(Map.of(0, 2L)));
    assertThat(read(visits)).extracting(row -> row.get(0)).containsExactly("a", "b");
  }

  @Test
  void requestIsStreamedInOneTransaction() throws Exception {
    Relation visits = stream(VISITS, 3);
    String chunk =
        String.join("", Collections.nCopies(20_000, "{\"site\":\"somewhere\",\"hits\":12}\n"));
    List<Long> seen = new ArrayList<>();
    InputStream spy =
        during(
            () -> {
              await().until(() -> sum(log.end(topic, false)) > 10_000);
              seen.add(sum(log.end(topic)));
            });
    WriteResult result = write(visits, chain(body(chunk), spy, body(chunk)), OnError.REJECT);
    assertThat(seen).as("committed while the body was half read").containsExactly(0L);
    assertThat(result.accepted()).isEqualTo(40_000);
    assertThat(result.positions().offsets().keySet()).containsExactly(0, 1, 2);
    assertThat(sum(result.positions())).isEqualTo(40_000);
    assertThat(read(visits)).hasSize(40_000);
  }

  @Test
  void tableRowsGoWhereKafkaPutsTheirKeyAndDeletesAreTombstones() throws Exception {
    Relation sites = table(SITES, 4);
    Instant since = Instant.parse("2026-11-22T10:00:00.123Z");
    List<RowChange> rows =
        IntStream.range(0, 20).mapToObj(i -> upsert("site" + i, "owner" + i, since)).toList();
    WriteResult result = writer.writeRows(sites, rows);
    assertThat(result.accepted()).isEqualTo(20);
    assertThat(sum(result.positions())).isEqualTo(20);

    List<ConsumerRecord<byte[], byte[]>> records = records(sites);
    assertThat(records).hasSize(20);
    log.create(TopicSpec.of(topic + "_plain", 4, new Retention.Forever()));
    try (Producer<byte[], byte[]> plain = log.producer(Map.of())) {
      for (ConsumerRecord<byte[], byte[]> r : records) {
        assertThat(
                plain.send(new ProducerRecord<>(topic + "_plain", r.key(), null)).get().partition())
            .isEqualTo(r.partition());
      }
    }
    writer.writeRows(
        sites,
        List.of(
            new RowChange(RowKind.DELETE, new Object[] {"site3", null, null}),
            upsert("site4", "another", null)));
    List<ConsumerRecord<byte[], byte[]>> after = records(sites);
    assertThat(after).hasSize(22);
    ConsumerRecord<byte[], byte[]> tombstone =
        after.stream().filter(r -> r.value() == null).findFirst().orElseThrow();
    ConsumerRecord<byte[], byte[]> deleted =
        records.stream()
            .filter(r -> Arrays.equals(r.key(), tombstone.key()))
            .findFirst()
            .orElseThrow();
    assertThat(tombstone.partition()).isEqualTo(deleted.partition());
    assertThat(decode(sites, deleted.value())).containsExactly("site3", "owner3", since);
  }

  @Test
  void valuesAreCheckedAgainstTheContract() throws Exception {
    Relation visits = stream(VISITS, 1);
    WriteResult result =
        writer.writeRows(
            visits,
            List.of(
                row("good", 1L, new BigDecimal("2")),
                row(null, 1, null),
                row("a", "many", null),
                row("a", 1L << 40, null),
                row("a", 1, new BigDecimal("1.005")),
                row("a")));
    assertThat(result.accepted()).isZero();
    assertThat(result.refused()).extracting(Refused::row).containsExactly(2L, 3L, 4L, 5L, 6L);
    assertThat(result.refused())
        .extracting(Refused::field)
        .containsExactly("site", "hits", "hits", "paid", "");
    assertThat(result.refused().get(0).reason()).isEqualTo("NULL in a NOT NULL column");
    assertThat(read(visits)).isEmpty();

    assertThat(writer.writeRows(visits, List.of(row("good", 1L, new BigDecimal("2")))).accepted())
        .isEqualTo(1);
    assertThat(read(visits)).containsExactly(Arrays.asList("good", 1, new BigDecimal("2.00")));
    MillraceException deletion =
        refused(
            () ->
                writer.writeRows(
                    visits, List.of(new RowChange(RowKind.DELETE, new Object[] {"a", 1, null}))));
    assertThat(deletion.code()).isEqualTo(ErrorCode.NOT_SUPPORTED);

    Relation sites = table(SITES, 1);
    WriteResult keyless =
        writer.writeRows(
            sites,
            List.of(
                upsert(null, "nobody", null),
                new RowChange(RowKind.DELETE, new Object[] {null, null, null})));
    assertThat(keyless.refused()).extracting(Refused::field).containsExactly("site", "site");
  }

  @Test
  void rowsAreWrittenInTheRelationsOwnFormat() throws Exception {
    Relation lines = relation(VISITS, 1, "delimited", Map.of("delimiter", ";", "retention", "1 h"));
    WriteResult result =
        write(
            lines,
            body("[{\"site\":\"a\",\"hits\":3,\"paid\":1},{\"site\":\"b\"}]"),
            OnError.REJECT);
    assertThat(result.accepted()).isEqualTo(2);
    assertThat(records(lines))
        .extracting(r -> new String(r.value(), UTF_8))
        .containsExactly("a;3;1.00", "b;;");
  }

  @Test
  void requestsSideBySideLoseNothing() throws Exception {
    Relation visits = stream(VISITS, 3);
    ExecutorService threads = Executors.newFixedThreadPool(24);
    try {
      List<Callable<WriteResult>> calls = new ArrayList<>();
      for (int i = 0; i < 120; i++) {
        List<RowChange> rows = List.of(row("w" + i, 1, null), row("w" + i, 2, null));
        calls.add(() -> writer.writeRows(visits, rows));
      }
      for (Future<WriteResult> call : threads.invokeAll(calls)) {
        assertThat(call.get().accepted()).isEqualTo(2);
      }
    } finally {
      threads.shutdownNow();
    }
    List<List<Object>> rows = read(visits);
    assertThat(rows).hasSize(240).doesNotHaveDuplicates();
  }

  @Test
  void requestThatTheClusterAbortedFailsAndTheNextOneWorks() throws Exception {
    Relation visits = stream(VISITS, 1);
    String rows = String.join("", Collections.nCopies(100, "{\"site\":\"lost\"}\n"));
    InputStream fence =
        during(() -> await().until(() -> log.fence(id -> id.startsWith(PREFIX)) > 0));
    String wide = "{\"site\":\"" + "x".repeat(200_000) + "\"}\n";
    MillraceException e =
        refused(() -> write(visits, chain(body(rows + wide), fence, body(rows)), OnError.REJECT));
    assertThat(e.code()).isEqualTo(ErrorCode.KAFKA_UNAVAILABLE);
    assertThat(e.getMessage())
        .startsWith("Cannot write to " + topic + ": the cluster aborted the transaction");
    for (int i = 0; i < 20; i++) {
      assertThat(write(visits, body("{\"site\":\"kept\"}"), OnError.REJECT).accepted())
          .isEqualTo(1);
    }
    assertThat(read(visits)).hasSize(20).allSatisfy(r -> assertThat(r.get(0)).isEqualTo("kept"));
  }

  @Test
  void startAbortsWhatAnEarlierServerLeftOpen() throws Exception {
    Relation visits = stream(VISITS, 1);
    try (Producer<byte[], byte[]> earlier =
            log.transactionalProducer("earlier-3", Duration.ofMinutes(10));
        Producer<byte[], byte[]> other =
            log.transactionalProducer("earlier-but-other-3", Duration.ofMinutes(10))) {
      earlier.beginTransaction();
      earlier.send(new ProducerRecord<>(topic, new byte[1])).get();
      other.beginTransaction();
      other.send(new ProducerRecord<>(topic, new byte[1])).get();
      assertThat(log.end(topic)).isEqualTo(Positions.of(Map.of(0, 0L)));
      try (RowsWriter restarted = new RowsWriter(log, contracts, formats, "earlier")) {
        await()
            .atMost(Duration.ofSeconds(1))
            .untilAsserted(() -> assertThat(log.end(topic)).isEqualTo(Positions.of(Map.of(0, 1L))));
        other.abortTransaction();
        assertThat(restarted.writeRows(visits, List.of(row("a", 1, null))).accepted()).isEqualTo(1);
      }
    }
    assertThat(read(visits)).hasSize(1);
  }

  @Test
  void bodyThatBreaksOffLeavesNothing() throws Exception {
    Relation visits = stream(VISITS, 1);
    InputStream broken =
        during(
            () -> {
              throw new IOException("connection reset");
            });
    MillraceException e =
        refused(() -> write(visits, chain(body("{\"site\":\"a\"}\n"), broken), OnError.SKIP));
    assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(e.getMessage()).contains("connection reset");
    assertThat(read(visits)).isEmpty();
  }

  @Test
  void interruptedRequestLeavesNothing() throws Exception {
    Relation visits = stream(VISITS, 1);
    InputStream interrupt = during(() -> Thread.currentThread().interrupt());
    MillraceException e =
        refused(() -> write(visits, chain(body("{\"site\":\"a\"}\n"), interrupt), OnError.SKIP));
    assertThat(Thread.interrupted()).as("the flag is kept for the caller").isTrue();
    assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED);
    assertThat(read(visits)).isEmpty();
    assertThat(write(visits, body("{\"site\":\"b\"}"), OnError.SKIP).accepted()).isEqualTo(1);
  }

  @Test
  void droppedTopicIsNotFoundAndOneMadeAnewTakesRowsAtOnce() throws Exception {
    Relation visits = stream(VISITS, 1);
    for (int round = 0; round < 3; round++) {
      assertThat(write(visits, body("{\"site\":\"a\"}"), OnError.REJECT).accepted()).isEqualTo(1);
      log.delete(topic);
      assertThat(refused(() -> write(visits, body("{\"site\":\"a\"}"), OnError.REJECT)).code())
          .isEqualTo(ErrorCode.NOT_FOUND);
      log.create(TopicSpec.of(topic, 1, new Retention.Forever()));
    }
    assertThat(write(visits, body("{\"site\":\"b\"}"), OnError.REJECT).accepted()).isEqualTo(1);
    assertThat(read(visits)).hasSize(1);
  }

  @Test
  void rowTooLargeForKafkaIsRefusedAlone() throws Exception {
    Relation visits = stream(VISITS, 1);
    WriteResult result =
        write(
            visits,
            body("{\"site\":\"" + "x".repeat(9 << 20) + "\"}\n{\"site\":\"b\"}\n"),
            OnError.SKIP);
    assertThat(result.refused())
        .singleElement()
        .satisfies(
            r -> {
              assertThat(r.row()).isEqualTo(1);
              assertThat(r.reason()).startsWith("a record of 94371").contains("bytes is more than");
            });
    assertThat(result.accepted()).isEqualTo(1);

    log.create(
        new TopicSpec(
            topic + "_small",
            1,
            (short) 1,
            new Retention.Forever(),
            Map.of("max.message.bytes", "1000")));
    Relation small = relation(topic + "_small", VISITS, "json", Map.of(), false);
    MillraceException e =
        refused(
            () -> write(small, body("{\"site\":\"" + "x".repeat(2000) + "\"}"), OnError.REJECT));
    assertThat(e.code()).isEqualTo(ErrorCode.ROW_REFUSED);
    assertThat(e.hint().orElseThrow()).contains("max.message.bytes");
  }

  private Relation stream(RowSchema schema, int partitions) {
    return relation(schema, partitions, "avro", Map.of());
  }

  private Relation table(RowSchema schema, int partitions) {
    topic = topic + "_table";
    log.create(TopicSpec.of(topic, partitions, new Retention.Compacted()));
    return relation(topic, schema, "avro", Map.of(), true);
  }

  private Relation relation(
      RowSchema schema, int partitions, String format, Map<String, String> options) {
    log.create(TopicSpec.of(topic, partitions, new Retention.Forever()));
    return relation(topic, schema, format, options, false);
  }

  private static Relation relation(
      String topic, RowSchema schema, String format, Map<String, String> options, boolean table) {
    Name name = Name.of(topic);
    return new Relation(
        name,
        table ? Relation.Kind.TABLE : Relation.Kind.STREAM,
        topic,
        format,
        schema,
        List.of(),
        List.of(),
        schema.columns().stream().map(Column::name).toList(),
        Optional.empty(),
        Relation.EventTime.NONE,
        Optional.empty(),
        options,
        table ? contracts.register(topic + "-key", AvroContracts.keySchema(schema)) : -1,
        format.equals("avro")
            ? contracts.register(
                topic + "-value", AvroContracts.valueSchema(name, schema, Optional.empty()))
            : -1,
        Optional.empty(),
        false,
        "",
        Instant.EPOCH);
  }

  private static RowChange row(Object... values) {
    return new RowChange(RowKind.UPSERT, values);
  }

  private static RowChange upsert(String site, String owner, Instant since) {
    return row(site, owner, since);
  }

  private static WriteResult write(Relation target, InputStream body, OnError onError) {
    FileDecoder decoder = formats.fileDecoder("json", Map.of(), target.schema());
    return writer.write(target, decoder, body, onError);
  }

  private static InputStream body(String text) {
    return new ByteArrayInputStream(text.getBytes(UTF_8));
  }

  private static InputStream chain(InputStream... parts) {
    return new SequenceInputStream(Collections.enumeration(List.of(parts)));
  }

  /** What happens while a body is read. */
  private interface Happening {
    void happen() throws IOException;
  }

  /** A piece of a body without bytes; it happens when the reading comes to it. */
  private static InputStream during(Happening happening) {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        happening.happen();
        return -1;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        return read();
      }
    };
  }

  private static long sum(Positions positions) {
    return positions.offsets().values().stream().mapToLong(Long::longValue).sum();
  }

  private static List<ConsumerRecord<byte[], byte[]>> records(Relation relation) {
    Positions end = log.end(relation.topic());
    List<TopicPartition> partitions =
        end.offsets().keySet().stream().map(p -> new TopicPartition(relation.topic(), p)).toList();
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (Consumer<byte[], byte[]> consumer = log.consumer(Map.of("max.poll.records", 10_000))) {
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      await()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(1))
          .until(
              () -> {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
                return partitions.stream()
                    .allMatch(p -> consumer.position(p) >= end.offsets().get(p.partition()));
              });
    }
    return records;
  }

  private static List<List<Object>> read(Relation relation) throws Exception {
    List<List<Object>> rows = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> r : records(relation)) {
      rows.add(decode(relation, r.value()));
    }
    return rows;
  }

  private static List<Object> decode(Relation relation, byte[] value) throws Exception {
    List<List<Object>> rows = new ArrayList<>();
    RecordDecoder decoder =
        formats.decoder(
            relation.format(),
            relation.options(),
            relation.schema(),
            IntStream.range(0, relation.schema().size()).toArray());
    decoder.decode(
        value,
        0,
        value.length,
        new ObjectWriter(relation.schema(), r -> rows.add(Arrays.asList(r.clone()))));
    return rows.get(0);
  }

  private static MillraceException refused(ThrowingCallable call) {
    MillraceException e = catchThrowableOfType(MillraceException.class, call);
    assertThat(e).as("a refusal").isNotNull();
    return e;
  }
}
