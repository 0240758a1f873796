package io.millrace.interop.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import io.millrace.model.TypeParser;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Topologies over topics as Millrace's writers leave them. */
class MillraceTest {
  private static final RowSchema HITS =
      RowSchema.of(column("site", "INT"), column("at", "TIMESTAMP(3)"));
  private static final RowSchema SITES =
      new RowSchema(List.of(column("id", "INT NOT NULL"), column("name", "STRING")), List.of("id"));
  private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");

  private final OfflineWarehouse warehouse = new OfflineWarehouse();
  private final Millrace millrace = new Millrace(warehouse, new StreamsBuilder());
  private final List<String> seen = new ArrayList<>();
  private TopologyTestDriver driver;

  private static Column column(String name, String type) {
    return new Column(name, TypeParser.parse(type));
  }

  private TopicRows hits() {
    return warehouse.add("hits", HITS, Optional.of("at"), Optional.empty());
  }

  private void run() {
    driver = new TopologyTestDriver(millrace.builder().build(), millrace.properties("test"), NOW);
  }

  @AfterEach
  void close() {
    if (driver != null) {
      driver.close();
    }
  }

  private TestInputTopic<byte[], byte[]> input(String topic) {
    return driver.createInputTopic(topic, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private void pipe(TopicRows rows, Row key, Row value, Headers headers) {
    byte[] keyBytes =
        key == null
            ? null
            : RowSerdes.keys(rows, warehouse.formats()).serializer().serialize("", key);
    byte[] valueBytes =
        RowSerdes.values(rows, warehouse.formats()).serializer().serialize("", value);
    input(rows.topic()).pipeInput(new TestRecord<>(keyBytes, valueBytes, headers, NOW));
  }

  private static Headers mark() {
    return new RecordHeaders().add("wm", new byte[21]);
  }

  /** Notes each row with its time and how many headers it has. */
  private void note(KStream<Row, Row> rows) {
    rows.processValues(
        () ->
            new ContextualFixedKeyProcessor<Row, Row, Row>() {
              @Override
              public void process(FixedKeyRecord<Row, Row> record) {
                seen.add(
                    Instant.ofEpochMilli(record.timestamp())
                        + " "
                        + record.value()
                        + " "
                        + record.headers().toArray().length);
              }
            });
  }

  @Test
  void aStreamHasItsEventTimeAndNoMarks() {
    TopicRows hits = hits();
    note(millrace.stream("hits"));
    run();
    pipe(hits, null, Row.of(HITS, 1, LocalDateTime.of(2026, 1, 1, 10, 0)), mark());
    input("hits").pipeInput(new TestRecord<>(null, null, mark(), NOW));
    pipe(hits, null, Row.of(HITS, 2, null), new RecordHeaders());
    assertThat(seen)
        .containsExactly(
            "2026-01-01T10:00:00Z {site=1, at=2026-01-01T10:00} 0",
            "2026-06-01T00:00:00Z {site=2, at=null} 0");
  }

  @Test
  void aControlRecordMovesNoTime() {
    hits();
    EventTime time = new EventTime(Optional.of("at"));
    EventTime without = new EventTime(Optional.empty());
    ConsumerRecord<Object, Object> control = new ConsumerRecord<>("t", 0, 0, null, null);
    control.headers().add("wm", new byte[21]);
    assertThat(time.extract(control, 17)).isEqualTo(17);
    assertThat(without.extract(control, -1)).isZero();
  }

  @Test
  void aTableForgetsADeletedRowAndNoneForAControlRecord() {
    TopicRows sites = warehouse.add("sites", SITES);
    assertThat(millrace.table("sites")).isSameAs(millrace.table("SITES"));
    run();
    Row one = Row.of(sites.keySchema(), 1);
    Row two = Row.of(sites.keySchema(), 2);
    pipe(sites, one, Row.of(SITES, 1, "Oulu"), mark());
    pipe(sites, two, Row.of(SITES, 2, "Turku"), new RecordHeaders());
    byte[] control = "_millrace_mark/hits/0".getBytes(StandardCharsets.UTF_8);
    input("sites").pipeInput(new TestRecord<>(control, null, mark(), NOW));
    pipe(sites, two, null, new RecordHeaders());
    assertThat(driver.<Row, Row>getKeyValueStore("sites").get(one))
        .isEqualTo(Row.of(SITES, 1, "Oulu"));
    assertThat(driver.<Row, Row>getKeyValueStore("sites").get(two)).isNull();
    assertThat(driver.<Row, Row>getKeyValueStore("sites").approximateNumEntries()).isEqualTo(1);
  }

  @Test
  void changesAndVersionsAreReadByTheNamesOfTheirTopics() {
    RowSchema changesSchema =
        RowSchema.of(
            column("op", "STRING NOT NULL"),
            column("before", "ROW<id INT, name STRING>"),
            column("after", "ROW<id INT, name STRING>"),
            column("source_time", "TIMESTAMP_LTZ(6) NOT NULL"));
    RowSchema versions =
        new RowSchema(
            List.of(
                column("id", "INT NOT NULL"),
                column("name", "STRING"),
                column("valid_from", "TIMESTAMP_LTZ(6) NOT NULL"),
                column("valid_to", "TIMESTAMP_LTZ(6)")),
            List.of("id", "valid_from"));
    TopicRows changes = warehouse.add("sites$changes", changesSchema);
    TopicRows history = warehouse.add("sites$history", versions);
    millrace.stream("sites.changes")
        .foreach(
            (key, change) ->
                seen.add(
                    change.getString("op")
                        + change.getRow("before")
                        + change.getRow("after").getString("name")));
    millrace.table("sites.history");
    run();
    pipe(
        changes,
        null,
        Row.of(changesSchema, "c", null, Map.of("id", 1, "name", "Oulu"), NOW),
        new RecordHeaders());
    Row version = Row.of(versions, 1, "Oulu", NOW, null);
    pipe(history, version.project("id", "valid_from"), version, new RecordHeaders());
    assertThat(seen).containsExactly("cnullOulu");
    assertThat(
            driver
                .<Row, Row>getKeyValueStore("sites.history")
                .get(Row.of(history.keySchema(), 1, NOW)))
        .isEqualTo(version);
  }

  @Test
  void whatIsWrittenHasTheTimeOfWritingAndNoMarkOfAnotherStream() {
    TopicRows hits = hits();
    warehouse.add("copy", HITS);
    TopicRows sites = warehouse.add("sites", SITES);
    millrace.to("copy", millrace.stream("hits"));
    millrace.to(
        "sites",
        millrace.stream("hits")
            .map(
                (key, hit) ->
                    KeyValue.pair(
                        Row.of(sites.keySchema(), hit.getInt("site")),
                        hit.isNull("at") ? null : Row.of(SITES, hit.getInt("site"), "new"))));
    run();
    pipe(hits, null, Row.of(HITS, 1, LocalDateTime.of(2026, 1, 1, 10, 0)), mark());
    pipe(hits, null, Row.of(HITS, 2, null), new RecordHeaders());
    TestOutputTopic<byte[], byte[]> copies =
        driver.createOutputTopic("copy", new ByteArrayDeserializer(), new ByteArrayDeserializer());
    TestRecord<byte[], byte[]> copy = copies.readRecord();
    assertThat(copy.getRecordTime()).isEqualTo(NOW);
    assertThat(copy.headers()).isEmpty();
    assertThat(copy.key()).isNull();
    TestOutputTopic<Row, Row> written =
        driver.createOutputTopic(
            "sites",
            millrace.keySerde("sites").deserializer(),
            millrace.valueSerde("sites").deserializer());
    assertThat(written.readKeyValuesToList())
        .containsExactly(
            KeyValue.pair(Row.of(sites.keySchema(), 1), Row.of(SITES, 1, "new")),
            KeyValue.pair(Row.of(sites.keySchema(), 2), null));
  }

  private void refused(ErrorCode code, String message, Runnable what) {
    assertThatThrownBy(what::run)
        .isInstanceOfSatisfying(MillraceException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessage(message);
  }

  @Test
  void whatDoesNotFitIsRefusedBeforeItRuns() {
    hits();
    warehouse.add("sites", SITES);
    warehouse.add(
        "sums", HITS, Optional.empty(), Optional.of("Cannot write to sums: query sums fills it"));
    warehouse.add("later", HITS, Optional.of("computed"), Optional.empty());
    KStream<Row, Row> rows = millrace.stream("hits");
    refused(
        ErrorCode.INCOMPATIBLE_CONTRACT,
        "Cannot write to table sites: column site is not in the contract; column at is not in the"
            + " contract; column id INT NOT NULL is missing",
        () -> millrace.to("sites", HITS, rows));
    refused(
        ErrorCode.INCOMPATIBLE_CONTRACT,
        "Cannot write to table sites: column id is INT, the contract has INT NOT NULL; column name"
            + " is INT, the contract has STRING",
        () -> millrace.to("sites", RowSchema.of(column("id", "INT"), column("name", "INT")), rows));
    refused(
        ErrorCode.NOT_SUPPORTED,
        "Cannot write to sums: query sums fills it",
        () -> millrace.to("sums", rows));
    refused(
        ErrorCode.NOT_SUPPORTED,
        "Cannot read stream hits as a table: it has no primary key",
        () -> millrace.table("hits"));
    refused(
        ErrorCode.NOT_SUPPORTED,
        "Cannot read stream later at its event time: column computed is computed in SQL and not in"
            + " the records",
        () -> millrace.stream("later"));
  }

  @Test
  void aRowWhoseKeyIsNotItsOwnStopsTheProgram() {
    TopicRows hits = hits();
    TopicRows sites = warehouse.add("sites", SITES);
    millrace.to(
        "sites",
        millrace.stream("hits")
            .map(
                (key, hit) ->
                    KeyValue.pair(
                        Row.of(sites.keySchema(), 1), Row.of(SITES, hit.getInt("site"), "x"))));
    run();
    pipe(hits, null, Row.of(HITS, 1, null), new RecordHeaders());
    assertThatThrownBy(() -> pipe(hits, null, Row.of(HITS, 2, null), new RecordHeaders()))
        .hasRootCauseMessage("Cannot write to table sites: the key is {id=1}, and column id 2");
  }

  @Test
  void whereNoServerAnswersTheAddressIsNamed() {
    refused(
        ErrorCode.NOT_FOUND,
        "Cannot reach a Millrace server at http://localhost:1: no connection",
        () -> Millrace.connect("http://localhost:1/"));
  }
}
