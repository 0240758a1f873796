package io.millrace.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.millrace.log.LogClient;
import io.millrace.log.LogSettings;
import io.millrace.log.broker.BrokerSettings;
import io.millrace.log.broker.EmbeddedBroker;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogTopicIT {
  private static final Map<String, String> BROKER = Map.of("log.cleaner.backoff.ms", "100");

  /** So that a broker's absence shows soon. */
  private static final Map<String, String> IMPATIENT =
      Map.of(
          "max.block.ms", "1500",
          "request.timeout.ms", "500",
          "delivery.timeout.ms", "1000");

  @TempDir static Path folder;
  private static EmbeddedBroker broker;
  private static LogClient log;

  private final List<CatalogTopic> open = new ArrayList<>();

  @BeforeAll
  static void start() {
    broker = EmbeddedBroker.start(new BrokerSettings(folder, 0, BROKER));
    log = LogClient.connect(new LogSettings(broker.bootstrap(), IMPATIENT));
  }

  @AfterAll
  static void stop() {
    log.close();
    broker.close();
  }

  @BeforeEach
  void forgetEverything() {
    log.delete(CatalogTopic.TOPIC);
  }

  @AfterEach
  void close() {
    open.forEach(CatalogTopic::close);
  }

  private CatalogTopic open() {
    CatalogTopic topic = CatalogTopic.open(log);
    open.add(topic);
    return topic;
  }

  private static MillraceException refused(CatalogTopic topic, CatalogDelta delta) {
    return catchThrowableOfType(MillraceException.class, () -> topic.apply(delta));
  }

  @Test
  void whatWasAppliedIsThereAfterARestart() {
    CatalogTopic first = open();
    assertThat(first.image().relations()).isEmpty();
    first.apply(
        CatalogDelta.put(
            new SchemaEntry("sales"), Examples.table("sales.t"), Examples.query("q", "sales.t")));
    first.apply(CatalogDelta.put(Examples.sink("k", "sales.t"), Examples.view("v", "sales.t")));
    CatalogImage last =
        first.apply(
            new CatalogDelta(
                List.of(Examples.query("q", "sales.t").withEpoch(5)),
                List.of(Examples.view("v").key())));
    assertThat(first.image()).isSameAs(last);
    first.close();

    CatalogImage again = open().image();
    assertThat(again.schemas()).containsExactly("public", "sales");
    assertThat(again.relations()).containsExactly(Examples.table("sales.t"));
    assertThat(again.queries()).containsExactly(Examples.query("q", "sales.t").withEpoch(5));
    assertThat(again.sinks()).containsExactly(Examples.sink("k", "sales.t"));
    assertThat(again.views()).isEmpty();
    assertThat(again.offset()).isGreaterThanOrEqualTo(last.offset()).isPositive();
  }

  @Test
  void aChangeThatItsServerDidNotLiveToCommitLeavesNothing() throws Exception {
    open().apply(CatalogDelta.put(Examples.stream("kept")));
    try (Producer<byte[], byte[]> dying =
        log.transactionalProducer("millrace-catalog", Duration.ofMinutes(1))) {
      dying.beginTransaction();
      Entry half = Examples.stream("half");
      dying
          .send(
              new ProducerRecord<>(
                  CatalogTopic.TOPIC,
                  0,
                  half.key().text().getBytes(StandardCharsets.UTF_8),
                  EntryJson.write(half).getBytes(StandardCharsets.UTF_8)))
          .get();
      dying.flush();

      CatalogTopic next = open();
      assertThat(next.image().relations()).containsExactly(Examples.stream("kept"));
      next.apply(CatalogDelta.put(Examples.stream("more")));
      assertThat(open().image().relations()).hasSize(2);
    }
  }

  @Test
  void aChangeOfWhichOnePartIsRefusedLeavesNothing() {
    CatalogTopic topic = open();
    String plan = "x".repeat(9 << 20);
    MillraceException refused =
        refused(
            topic, CatalogDelta.put(Examples.stream("s"), Examples.query("q", "s").withPlan(plan)));
    assertThat(refused.code()).isEqualTo(ErrorCode.KAFKA_UNAVAILABLE);
    assertThat(refused).hasMessageStartingWith("Failed to change the catalog: ");
    assertThat(topic.image().relations()).isEmpty();

    topic.apply(CatalogDelta.put(Examples.stream("later")));
    CatalogImage again = open().image();
    assertThat(again.relations()).containsExactly(Examples.stream("later"));
    assertThat(again.queries()).isEmpty();
  }

  @Test
  void theServerThatOpensLastFencesTheEarlierOne() {
    CatalogTopic first = open();
    first.apply(CatalogDelta.put(Examples.stream("a")));
    CatalogTopic second = open();

    for (int i = 0; i < 2; i++) {
      MillraceException fenced = refused(first, CatalogDelta.put(Examples.stream("b")));
      assertThat(fenced.code()).isEqualTo(ErrorCode.DATA_FOLDER_IN_USE);
      assertThat(fenced).hasMessage("Cannot change the catalog: another server has taken it over");
    }
    second.apply(CatalogDelta.put(Examples.stream("c")));
    assertThat(open().image().relations())
        .containsExactly(Examples.stream("a"), Examples.stream("c"));
  }

  @Test
  void changesGoOnAfterKafkaWasAway() {
    CatalogTopic topic = open();
    topic.apply(CatalogDelta.put(Examples.stream("before")));
    int port = broker.port();
    broker.close();
    MillraceException away = refused(topic, CatalogDelta.put(Examples.stream("lost")));
    assertThat(away.code()).isEqualTo(ErrorCode.KAFKA_UNAVAILABLE);
    broker = EmbeddedBroker.start(new BrokerSettings(folder, port, BROKER));

    await()
        .ignoreException(MillraceException.class)
        .until(() -> topic.apply(CatalogDelta.put(Examples.stream("after"))) != null);
    assertThat(topic.image().relations())
        .containsExactly(Examples.stream("after"), Examples.stream("before"));
    assertThat(open().image().relations()).isEqualTo(topic.image().relations());
  }

  @Test
  void compactionTakesWhatWasReplacedAndTheImageStays() throws Exception {
    CatalogTopic topic = open();
    compactAtOnce();
    for (int i = 0; i < 20; i++) {
      topic.apply(CatalogDelta.put(Examples.query("q", "t").withEpoch(i), Examples.stream("gone")));
    }
    topic.apply(CatalogDelta.delete(Examples.stream("gone").key()));
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              // a segment is rolled, and so may be compacted, when something is written
              topic.apply(CatalogDelta.put(new SchemaEntry("sales")));
              return records().stream().noneMatch(r -> key(r).equals("relation/gone"));
            });
    assertThat(records().stream().filter(r -> key(r).equals("query/q")).count()).isEqualTo(1);

    CatalogImage again = open().image();
    assertThat(again.relations()).isEmpty();
    assertThat(again.queries()).containsExactly(Examples.query("q", "t").withEpoch(19));
  }

  private static void compactAtOnce() throws Exception {
    List<AlterConfigOp> settings =
        Map.of(
                "segment.ms", "50",
                "min.cleanable.dirty.ratio", "0.0",
                "max.compaction.lag.ms", "50",
                "delete.retention.ms", "0")
            .entrySet()
            .stream()
            .map(
                e ->
                    new AlterConfigOp(
                        new ConfigEntry(e.getKey(), e.getValue()), AlterConfigOp.OpType.SET))
            .toList();
    try (Admin admin = Admin.create(log.clientProperties())) {
      admin
          .incrementalAlterConfigs(
              Map.of(new ConfigResource(ConfigResource.Type.TOPIC, CatalogTopic.TOPIC), settings))
          .all()
          .get();
    }
  }

  private static List<ConsumerRecord<byte[], byte[]>> records() {
    TopicPartition partition = new TopicPartition(CatalogTopic.TOPIC, 0);
    long end = log.end(CatalogTopic.TOPIC).offsets().get(0);
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (Consumer<byte[], byte[]> consumer = log.consumer(Map.of())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      while (consumer.position(partition) < end) {
        consumer.poll(Duration.ofMillis(100)).forEach(records::add);
      }
    }
    return records;
  }

  private static String key(ConsumerRecord<byte[], byte[]> record) {
    return new String(record.key(), StandardCharsets.UTF_8);
  }

  @Test
  void entriesOfKindsThatANewerServerWroteAreLeftAside() throws Exception {
    CatalogTopic topic = open();
    try (Producer<byte[], byte[]> newer = log.producer(Map.of())) {
      newer
          .send(
              new ProducerRecord<>(
                  CatalogTopic.TOPIC,
                  0,
                  "alert/a".getBytes(StandardCharsets.UTF_8),
                  "{\"entry\":\"alert\"}".getBytes(StandardCharsets.UTF_8)))
          .get();
      newer
          .send(
              new ProducerRecord<>(
                  CatalogTopic.TOPIC, 0, "alert/b".getBytes(StandardCharsets.UTF_8), null))
          .get();
    }
    topic.apply(CatalogDelta.put(Examples.stream("s")));
    assertThat(open().image().relations()).containsExactly(Examples.stream("s"));
  }

  @Test
  void aThousandTablesAreReadInAMoment() {
    CatalogTopic topic = open();
    for (int i = 0; i < 20; i++) {
      int first = i * 50;
      topic.apply(
          new CatalogDelta(
              IntStream.range(first, first + 50)
                  .<Entry>mapToObj(n -> Examples.table("sales.table_" + n))
                  .toList(),
              List.of()));
    }
    long start = System.nanoTime();
    CatalogImage image = open().image();
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    assertThat(image.relations()).hasSize(1000);
    assertThat(image.relation(Name.parse("SALES.TABLE_999"))).isPresent();
    assertThat(took).isLessThan(Duration.ofSeconds(5));
  }
}
