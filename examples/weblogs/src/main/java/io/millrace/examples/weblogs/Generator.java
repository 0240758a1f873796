package io.millrace.examples.weblogs;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The web servers: an ordinary Kafka producer that knows nothing of Millrace. Event time runs 60
 * times faster than the clock. On stop, one last line goes to every partition, two minutes later in
 * event time.
 */
final class Generator implements AutoCloseable {
  private static final int SPEED = 60;
  private static final Duration LAST_LINES_AFTER = Duration.ofMinutes(2);

  private final String topic;
  private final int partitions;
  private final int linesPerSecond;
  private final LogLines lines;
  private final Truth truth = new Truth();
  private final KafkaProducer<byte[], byte[]> producer;
  private final Thread thread = new Thread(this::run, "web-servers");
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final Instant start = Instant.now().truncatedTo(ChronoUnit.MINUTES);
  private volatile boolean stopped;
  private Instant lastEventTime = start;

  Generator(String bootstrap, String topic, int partitions, int linesPerSecond, long seed) {
    this.topic = topic;
    this.partitions = partitions;
    this.linesPerSecond = linesPerSecond;
    this.lines = new LogLines(seed);
    this.producer = producer(bootstrap);
  }

  /** Of any program that waits for a broker that is away. */
  static KafkaProducer<byte[], byte[]> producer(String bootstrap) {
    return new KafkaProducer<>(
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrap,
            ProducerConfig.LINGER_MS_CONFIG,
            5,
            ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
            600_000,
            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
            true),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  void start() {
    thread.start();
  }

  private void run() {
    long begun = System.nanoTime();
    double due = 0;
    long sent = 0;
    long before = begun;
    while (!stopped) {
      long now = System.nanoTime();
      Instant eventTime = start.plusNanos((now - begun) * SPEED);
      due += linesPerSecond * LogLines.load(eventTime) * (now - before) / 1e9;
      before = now;
      for (; sent < (long) due; sent++) {
        send((int) (sent % partitions), eventTime);
      }
      lastEventTime = eventTime;
      LockSupport.parkNanos(2_000_000);
    }
    Instant last = lastEventTime.plus(LAST_LINES_AFTER);
    for (int partition = 0; partition < partitions; partition++) {
      do {
        send(partition, last);
      } while (lines.isMalformed()); // a malformed line carries no event time
    }
    lastEventTime = last;
    producer.flush();
  }

  private void send(int partition, Instant eventTime) {
    String text = lines.next(eventTime);
    byte[] line = text.getBytes(StandardCharsets.UTF_8);
    truth.add(eventTime.truncatedTo(ChronoUnit.SECONDS), text, lines);
    producer.send(
        new ProducerRecord<>(topic, partition, null, line),
        (metadata, exception) -> {
          if (exception != null) {
            failure.compareAndSet(null, exception);
          }
        });
  }

  Truth truth() {
    return truth;
  }

  /** The event time of the last lines; known once {@link #close} has returned. */
  Instant lastEventTime() {
    return lastEventTime;
  }

  /** Writes the last lines and waits until Kafka has them all; throws if it refused one. */
  @Override
  public void close() {
    stopped = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    producer.close();
    if (failure.get() != null) {
      throw new IllegalStateException("Failed to send a line", failure.get());
    }
  }
}
