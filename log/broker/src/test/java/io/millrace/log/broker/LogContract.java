package io.millrace.log.broker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.millrace.log.LogClient;
import io.millrace.log.LogSettings;
import io.millrace.log.Retention;
import io.millrace.log.TopicInfo;
import io.millrace.log.TopicSpec;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Positions;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** What the log promises on any cluster; each kind of cluster inherits it. */
abstract class LogContract {
  private static final Retention WEEK = new Retention.Time(Duration.ofDays(7));

  LogClient log;
  private String topic;

  abstract String bootstrap();

  @BeforeEach
  void connect(TestInfo test) {
    log = LogClient.connect(LogSettings.of(bootstrap()));
    topic = test.getTestMethod().orElseThrow().getName();
  }

  @AfterEach
  void disconnect() {
    log.close();
  }

  @Test
  void createdTopicIsWhatWasAskedFor() {
    TopicInfo stream = log.create(TopicSpec.of(topic, 3, WEEK));
    assertThat(stream)
        .isEqualTo(
            new TopicInfo(
                topic,
                3,
                (short) 1,
                false,
                OptionalLong.of(Duration.ofDays(7).toMillis()),
                OptionalLong.empty(),
                false));
    assertThat(log.find(topic)).contains(stream);

    TopicInfo table = log.create(TopicSpec.of(topic + ".t", 1, new Retention.Compacted()));
    assertThat(table.compacted()).isTrue();
    assertThat(table.retentionMs()).isEmpty();
    TopicInfo forever = log.create(TopicSpec.of(topic + ".f", -1, new Retention.Forever()));
    assertThat(forever.compacted()).isFalse();
    assertThat(forever.retentionMs()).isEmpty();
    assertThat(log.list()).contains(stream, table, forever);
    assertThat(log.find("no_such_topic")).isEmpty();
  }

  @Test
  void creatingWhatExistsIsRefused() {
    log.create(TopicSpec.of(topic, 1, WEEK));
    MillraceException e = refused(() -> log.create(TopicSpec.of(topic, 1, WEEK)));
    assertThat(e.code()).isEqualTo(ErrorCode.ALREADY_EXISTS);
    assertThat(e).hasMessage("Cannot create topic " + topic + ": the topic exists already");

    MillraceException collision =
        refused(
            () -> {
              log.create(TopicSpec.of("a.b", 1, WEEK));
              log.create(TopicSpec.of("a_b", 1, WEEK));
            });
    assertThat(collision.code()).isEqualTo(ErrorCode.INVALID_NAME);
    assertThat(collision.getMessage()).contains("a_b").contains("a.b");

    MillraceException replicas =
        refused(() -> log.create(new TopicSpec(topic + "_r", 1, (short) 3, WEEK, Map.of())));
    assertThat(replicas.code()).isEqualTo(ErrorCode.INVALID_OPTION);

    MillraceException unknown =
        refused(
            () ->
                log.create(
                    new TopicSpec(topic + "_s", 1, (short) 1, WEEK, Map.of("no.such", "1"))));
    assertThat(unknown.code()).isEqualTo(ErrorCode.INVALID_OPTION);
    assertThat(unknown.getMessage()).contains("no.such");
    assertThat(log.find(topic + "_s")).isEmpty();
  }

  @Test
  void ensureTakesWhatFitsAndNamesEachDifferenceWithoutAlteringAnything() {
    TopicInfo made = log.ensure(TopicSpec.of(topic, 3, WEEK));
    assertThat(log.ensure(TopicSpec.of(topic, 3, WEEK))).isEqualTo(made);
    assertThat(log.ensure(TopicSpec.of(topic, -1, WEEK))).isEqualTo(made);

    MillraceException e =
        refused(
            () ->
                log.ensure(
                    new TopicSpec(
                        topic,
                        8,
                        (short) 2,
                        new Retention.Time(Duration.ofHours(1)),
                        Map.of("segment.bytes", "1048576"))));
    assertThat(e.code()).isEqualTo(ErrorCode.TOPIC_MISMATCH);
    assertThat(e)
        .hasMessage(
            "Cannot use topic "
                + topic
                + " as it is: it has 3 partitions, not 8; it has 1 replica, not 2;"
                + " its retention is 7 days, not 1 h; its segment.bytes is 1073741824, not 1048576");
    assertThat(e.hint().orElseThrow()).startsWith("An existing topic is never altered");

    MillraceException table =
        refused(() -> log.ensure(TopicSpec.of(topic, 3, new Retention.Compacted())));
    assertThat(table.getMessage()).endsWith("its cleanup.policy is delete, not compact");
    MillraceException forever =
        refused(() -> log.ensure(TopicSpec.of(topic, 3, new Retention.Forever())));
    assertThat(forever.getMessage()).endsWith("its retention is 7 days, not forever");
    assertThat(log.find(topic)).contains(made);
  }

  @Test
  void retentionChangesOnlyWhenToldTo() {
    log.create(TopicSpec.of(topic, 1, WEEK));
    log.setRetention(topic, new Retention.Time(Duration.ofHours(2)));
    assertThat(log.find(topic).orElseThrow().retentionMs())
        .hasValue(Duration.ofHours(2).toMillis());
    log.setRetention(topic, new Retention.Forever());
    assertThat(log.find(topic).orElseThrow().retentionMs()).isEmpty();
    assertThat(refused(() -> log.setRetention("no_such_topic", WEEK)).code())
        .isEqualTo(ErrorCode.NOT_FOUND);
  }

  @Test
  void committedEndStandsBeforeTheOldestOpenTransaction() throws Exception {
    log.create(TopicSpec.of(topic, 2, WEEK));
    try (Producer<byte[], byte[]> plain = log.producer(Map.of());
        Producer<byte[], byte[]> open = log.transactionalProducer(topic, Duration.ofMinutes(1))) {
      send(plain, 0, "a");
      send(plain, 0, "b");
      open.beginTransaction();
      send(open, 0, "open");
      send(plain, 0, "c");
      send(plain, 1, "d");
      assertThat(log.beginning(topic)).isEqualTo(Positions.of(Map.of(0, 0L, 1, 0L)));
      assertThat(log.end(topic, false)).isEqualTo(Positions.of(Map.of(0, 4L, 1, 1L)));
      assertThat(log.end(topic)).isEqualTo(Positions.of(Map.of(0, 2L, 1, 1L)));
      assertThat(read(0, log.end(topic).offsets().get(0))).containsExactly("a", "b");

      open.commitTransaction();
      await().until(() -> log.end(topic).offsets().get(0) == 5L); // the commit marker counts
      assertThat(read(0, 5)).containsExactly("a", "b", "open", "c");
    }
    assertThat(refused(() -> log.end("no_such_topic")).code()).isEqualTo(ErrorCode.NOT_FOUND);
  }

  @Test
  void timestampsFindTheFirstRecordAtOrAfterThemElseTheEnd() throws Exception {
    log.create(TopicSpec.of(topic, 2, new Retention.Forever()));
    Instant noon = Instant.parse("2001-02-03T12:00:00Z");
    Instant farFuture = Instant.parse("2222-01-01T00:00:00Z");
    try (Producer<byte[], byte[]> producer = log.producer(Map.of())) {
      for (int i = 0; i < 10; i++) {
        producer
            .send(
                new ProducerRecord<>(
                    topic, 0, noon.plusSeconds(i).toEpochMilli(), null, bytes("r" + i)))
            .get();
      }
      producer
          .send(new ProducerRecord<>(topic, 0, farFuture.toEpochMilli(), null, bytes("future")))
          .get();
    }
    assertThat(log.at(topic, noon.minusSeconds(1)).offsets()).containsEntry(0, 0L);
    assertThat(log.at(topic, noon.plusMillis(4500)).offsets())
        .containsEntry(0, 5L)
        .containsEntry(1, 0L);
    assertThat(log.at(topic, farFuture.plusMillis(1)).offsets()).containsEntry(0, 11L);
  }

  @Test
  void fencingAbortsOpenTransactionsSoThatReadersAreFreeWithinASecond() throws Exception {
    log.create(TopicSpec.of(topic, 1, WEEK));
    try (Producer<byte[], byte[]> orphan =
            log.transactionalProducer("gone-query-0", Duration.ofMinutes(10));
        Producer<byte[], byte[]> living =
            log.transactionalProducer("living-query-0", Duration.ofMinutes(10));
        Producer<byte[], byte[]> plain = log.producer(Map.of())) {
      orphan.beginTransaction();
      send(orphan, 0, "orphan");
      living.beginTransaction();
      send(living, 0, "living");
      send(plain, 0, "plain");
      assertThat(log.end(topic).offsets()).containsEntry(0, 0L);

      assertThat(log.fence(id -> id.startsWith("no-such-"))).isZero();
      assertThat(log.fence(id -> id.startsWith("gone-query-"))).isEqualTo(1);
      await()
          .atMost(Duration.ofSeconds(1))
          .untilAsserted(() -> assertThat(log.end(topic).offsets()).containsEntry(0, 1L));
      assertThat(catchThrowableOfType(ProducerFencedException.class, orphan::commitTransaction))
          .isNotNull();

      living.commitTransaction();
      await().until(() -> log.end(topic).offsets().get(0) == 5L);
      assertThat(read(0, 5)).containsExactly("living", "plain");
      assertThat(log.fence(id -> true)).isZero();
    }
  }

  @Test
  void secondHolderOfATransactionalIdFencesTheFirst() throws Exception {
    log.create(TopicSpec.of(topic, 1, WEEK));
    try (Producer<byte[], byte[]> first = log.transactionalProducer(topic, Duration.ofMinutes(1))) {
      first.beginTransaction();
      send(first, 0, "lost");
      try (Producer<byte[], byte[]> second =
          log.transactionalProducer(topic, Duration.ofMinutes(1))) {
        second.beginTransaction();
        send(second, 0, "kept");
        second.commitTransaction();
      }
      assertThat(catchThrowableOfType(ProducerFencedException.class, first::commitTransaction))
          .isNotNull();
    }
    await().until(() -> log.end(topic).equals(log.end(topic, false)));
    assertThat(read(0, log.end(topic).offsets().get(0))).containsExactly("kept");
  }

  @Test
  void transactionTimeoutAboveTheLimitIsRefusedWithTheReason() {
    Duration limit = log.transactionTimeoutLimit().orElseThrow();
    log.transactionalProducer(topic, limit).close();
    MillraceException e = refused(() -> log.transactionalProducer(topic, limit.plusMillis(1)));
    assertThat(e.code()).isEqualTo(ErrorCode.INVALID_OPTION);
    assertThat(e.getMessage()).contains("transaction.max.timeout.ms");
  }

  @Test
  void deletedTopicIsGoneAndItsNameIsFree() throws Exception {
    log.create(TopicSpec.of(topic, 2, WEEK));
    try (Producer<byte[], byte[]> producer = log.producer(Map.of())) {
      send(producer, 0, "old");
    }
    log.delete(topic);
    assertThat(log.find(topic)).isEmpty();
    log.delete(topic);
    log.create(TopicSpec.of(topic, 1, WEEK));
    assertThat(log.end(topic)).isEqualTo(Positions.of(Map.of(0, 0L)));
    try (Producer<byte[], byte[]> producer = log.producer(Map.of())) {
      send(producer, 0, "new");
    }
    assertThat(read(0, 1)).containsExactly("new");
  }

  @Test
  void sizeCountsTheBytesKept() throws Exception {
    log.create(TopicSpec.of(topic, 1, WEEK));
    assertThat(log.sizeInBytes(topic)).isZero();
    try (Producer<byte[], byte[]> producer = log.producer(Map.of())) {
      send(producer, 0, "x".repeat(10_000));
    }
    assertThat(log.sizeInBytes(topic)).isBetween(10_000L, 11_000L);
  }

  @Test
  void readingDoesNotMakeTopics() {
    try (Consumer<byte[], byte[]> consumer = log.consumer(Map.of())) {
      assertThat(consumer.partitionsFor(topic)).isEmpty();
    }
    assertThat(refused(() -> log.beginning(topic)).code()).isEqualTo(ErrorCode.NOT_FOUND);
    assertThat(refused(() -> log.sizeInBytes(topic)).code()).isEqualTo(ErrorCode.NOT_FOUND);
    assertThat(log.find(topic)).isEmpty();
  }

  @Test
  void consumerNeverJumpsOverWhatIsGone() {
    log.create(TopicSpec.of(topic, 1, WEEK));
    try (Consumer<byte[], byte[]> consumer = log.consumer(Map.of())) {
      consumer.assign(List.of(new TopicPartition(topic, 0)));
      assertThat(
              catchThrowableOfType(
                  NoOffsetForPartitionException.class, () -> consumer.poll(Duration.ofSeconds(5))))
          .isNotNull();
    }
  }

  @Test
  void clientPropertiesReachEveryClient() throws Exception {
    LogSettings settings =
        new LogSettings(
            bootstrap(), Map.of("client.id", "warehouse-7", "compression.type", "gzip"));
    log.create(TopicSpec.of(topic, 1, WEEK));
    try (LogClient named = LogClient.connect(settings);
        Producer<byte[], byte[]> producer = named.producer(Map.of());
        Consumer<byte[], byte[]> consumer = named.consumer(Map.of())) {
      assertThat(named.clientProperties())
          .containsEntry("bootstrap.servers", bootstrap())
          .containsEntry("client.id", "warehouse-7");
      assertThat(producer.metrics().keySet())
          .anySatisfy(m -> assertThat(m.tags()).containsEntry("client-id", "warehouse-7"));
      assertThat(consumer.metrics().keySet())
          .anySatisfy(m -> assertThat(m.tags()).containsEntry("client-id", "warehouse-7"));
      send(producer, 0, "x".repeat(10_000));
      assertThat(named.sizeInBytes(topic)).isLessThan(1_000);
    }
    assertThat(
            refused(
                    () ->
                        LogClient.connect(
                            new LogSettings(bootstrap(), Map.of("security.protocol", "PIGEON"))))
                .code())
        .isEqualTo(ErrorCode.INVALID_OPTION);
  }

  @Test
  void unreachableClusterIsAnErrorWithinSeconds() throws Exception {
    int closed;
    try (ServerSocket socket = new ServerSocket(0)) {
      closed = socket.getLocalPort();
    }
    Instant before = Instant.now();
    MillraceException e = refused(() -> LogClient.connect(LogSettings.of("127.0.0.1:" + closed)));
    assertThat(e.code()).isEqualTo(ErrorCode.KAFKA_UNAVAILABLE);
    assertThat(e.getMessage())
        .startsWith("Cannot connect to Kafka: the cluster at 127.0.0.1:" + closed);
    assertThat(e.hint()).hasValue("Check that a broker runs there and can be reached.");
    assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(10));

    assertThat(refused(() -> LogClient.connect(LogSettings.of("no.such.host.invalid:9092"))).code())
        .isEqualTo(ErrorCode.INVALID_OPTION);
    assertThat(refused(() -> LogClient.connect(LogSettings.of("no port"))).code())
        .isEqualTo(ErrorCode.INVALID_OPTION);
  }

  private void send(Producer<byte[], byte[]> producer, int partition, String value)
      throws Exception {
    producer.send(new ProducerRecord<>(topic, partition, null, bytes(value))).get();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private List<String> read(int partition, long end) {
    TopicPartition assigned = new TopicPartition(topic, partition);
    List<String> values = new ArrayList<>();
    try (Consumer<byte[], byte[]> consumer = log.consumer(Map.of())) {
      consumer.assign(List.of(assigned));
      consumer.seek(assigned, 0);
      await()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(1))
          .until(
              () -> {
                for (ConsumerRecord<byte[], byte[]> r : consumer.poll(Duration.ofMillis(100))) {
                  values.add(new String(r.value(), UTF_8));
                }
                return consumer.position(assigned) >= end;
              });
    }
    return values;
  }

  private static MillraceException refused(ThrowingCallable call) {
    MillraceException e = catchThrowableOfType(MillraceException.class, call);
    assertThat(e).as("a refusal").isNotNull();
    return e;
  }
}
