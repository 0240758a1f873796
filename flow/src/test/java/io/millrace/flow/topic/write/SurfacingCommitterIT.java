package io.millrace.flow.topic.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.catalog.Relation;
import io.millrace.flow.topic.Delivery;
import io.millrace.flow.topic.Start;
import io.millrace.flow.topic.TopicTable;
import io.millrace.log.LogClient;
import io.millrace.log.LogSettings;
import io.millrace.log.Retention;
import io.millrace.log.TopicSpec;
import io.millrace.log.broker.BrokerSettings;
import io.millrace.log.broker.EmbeddedBroker;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.registry.RegistrySettings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.flink.api.connector.sink2.Committer.CommitRequest;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.connector.kafka.sink.internal.FlinkKafkaInternalProducer;
import org.apache.flink.connector.kafka.sink.internal.KafkaCommitter;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SurfacingCommitterIT {
  private static final String TOPIC = "written";

  @TempDir static Path folder;
  private static EmbeddedBroker broker;
  private static LogClient log;

  @BeforeAll
  static void start() {
    broker = EmbeddedBroker.start(new BrokerSettings(folder, 0, Map.of()));
    log = LogClient.connect(LogSettings.of(broker.bootstrap()));
    log.create(TopicSpec.of(TOPIC, 1, new Retention.Forever()));
  }

  @AfterAll
  static void stop() {
    log.close();
    broker.close();
  }

  /** Records what it is told. */
  private static final class Request implements CommitRequest<Written> {
    private final Written written;
    private String told = "nothing";

    Request(Written written) {
      this.written = written;
    }

    @Override
    public Written getCommittable() {
      return written;
    }

    @Override
    public int getNumberOfRetries() {
      return 0;
    }

    @Override
    public void signalFailedWithKnownReason(Throwable t) {
      told = "failed";
    }

    @Override
    public void signalFailedWithUnknownReason(Throwable t) {
      told = "failed";
    }

    @Override
    public void retryLater() {
      told = "retry";
    }

    @Override
    public void updateAndRetryLater(Written committable) {
      told = "retry";
    }

    @Override
    public void signalAlreadyCommitted() {
      told = "committed before";
    }
  }

  private static Properties properties() {
    Properties properties = log.clientProperties();
    properties.put("key.serializer", ByteArraySerializer.class.getName());
    properties.put("value.serializer", ByteArraySerializer.class.getName());
    properties.put("transaction.timeout.ms", "60000");
    return properties;
  }

  private static TopicTable table() {
    Relation relation =
        new Relation(
            Name.of(TOPIC),
            Relation.Kind.STREAM,
            TOPIC,
            "raw",
            RowSchema.of(),
            List.of(),
            List.of(),
            List.of(),
            Optional.empty(),
            Relation.EventTime.NONE,
            Optional.empty(),
            Map.of(),
            -1,
            -1,
            Optional.empty(),
            false,
            "",
            Instant.EPOCH);
    return new TopicTable(
        relation,
        log.settings(),
        RegistrySettings.of("http://localhost:1"),
        Name.of("query"),
        1,
        Start.EARLIEST,
        Optional.empty(),
        Delivery.EXACTLY_ONCE,
        "prefix",
        Duration.ofMinutes(1),
        Duration.ofMillis(200),
        Optional.empty(),
        false,
        false,
        Optional.empty());
  }

  private static SurfacingCommitter committer(String id) {
    return new SurfacingCommitter(
        table(), new KafkaCommitter(properties(), id, 0, 0, true, FlinkKafkaInternalProducer::new));
  }

  /** A transaction with these records, flushed and not committed, as a checkpoint would hold it. */
  private static Written write(FlinkKafkaInternalProducer<byte[], byte[]> producer, int... values)
      throws Exception {
    producer.beginTransaction();
    Places places = new Places();
    for (int value : values) {
      RecordMetadata metadata =
          producer.send(new ProducerRecord<>(TOPIC, new byte[] {(byte) value})).get();
      places.add(metadata.partition(), metadata.offset());
    }
    producer.flush();
    KafkaCommittable transaction =
        new KafkaCommittable(
            producer.getProducerId(), producer.getEpoch(), producer.getTransactionalId(), null);
    return new Written(transaction, places);
  }

  /** How often each value can be read as committed. */
  private static Map<Integer, Integer> committed() {
    Map<Integer, Integer> counts = new TreeMap<>();
    TopicPartition partition = new TopicPartition(TOPIC, 0);
    long end = log.end(TOPIC).offsets().get(0);
    try (Consumer<byte[], byte[]> consumer = log.consumer(Map.of())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      while (consumer.position(partition) < end) {
        consumer
            .poll(Duration.ofMillis(100))
            .forEach(record -> counts.merge((int) record.value()[0], 1, Integer::sum));
      }
    }
    return counts;
  }

  private static void assertLost(SurfacingCommitter committer, Request request, String outcome) {
    assertThatThrownBy(() -> committer.commit(List.of(request)))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("Cannot commit transaction")
        .hasMessageContaining(outcome)
        .extracting(e -> ((MillraceException) e).code())
        .isEqualTo(ErrorCode.COMMIT_LOST);
  }

  @Test
  void recordsOfATransactionThatTheClusterAbortedAreWrittenAgainOnce() throws Exception {
    try (FlinkKafkaInternalProducer<byte[], byte[]> producer =
            new FlinkKafkaInternalProducer<>(properties(), "lost-0-0");
        Producer<byte[], byte[]> other = log.producer(Map.of());
        SurfacingCommitter committer = committer("lost")) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(TOPIC, new byte[] {100})).get();
      producer.abortTransaction();
      Request request = new Request(write(producer, 101, 102));
      other.send(new ProducerRecord<>(TOPIC, new byte[] {103})).get();
      assertThat(log.fence("lost-0-0"::equals)).isEqualTo(1);

      assertLost(committer, request, "2 records of it were written again");
      await()
          .untilAsserted(
              () ->
                  assertThat(committed())
                      .containsEntry(101, 1)
                      .containsEntry(102, 1)
                      .containsEntry(103, 1)
                      .doesNotContainKey(100));
      // What the restart that follows meets, as often as there are restarts.
      Request again = new Request(request.written);
      committer.commit(List.of(again));
      assertThat(again.told).isEqualTo("committed before");
      assertThat(committed()).containsEntry(101, 1).containsEntry(102, 1);
    }
  }

  @Test
  void aTransactionThatWasCommittedBeforeIsNot() throws Exception {
    try (FlinkKafkaInternalProducer<byte[], byte[]> producer =
            new FlinkKafkaInternalProducer<>(properties(), "kept-0-0");
        SurfacingCommitter committer = committer("kept")) {
      producer.initTransactions();
      Request first = new Request(write(producer, 1));
      producer.commitTransaction();
      // The id is used again, and that run dies: what a restart of the first checkpoint meets.
      write(producer, 1);
      log.fence("kept-0-0"::equals);
      committer.commit(List.of(first));
      assertThat(first.told).isEqualTo("committed before");
    }
  }

  @Test
  void aTransactionThatIsStillOpenIsCommitted() throws Exception {
    try (FlinkKafkaInternalProducer<byte[], byte[]> producer =
            new FlinkKafkaInternalProducer<>(properties(), "open-0-0");
        SurfacingCommitter committer = committer("open")) {
      producer.initTransactions();
      Request request = new Request(write(producer, 1));
      long end = log.end(TOPIC).offsets().get(0);
      committer.commit(List.of(request));
      assertThat(request.told).isEqualTo("nothing");
      // The coordinator answers before it has written the markers into the topic.
      await().untilAsserted(() -> assertThat(log.end(TOPIC).offsets().get(0)).isGreaterThan(end));
    }
  }
}
