package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.LogClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;

/** Sends {"n": 0, "k": "k0"}, {"n": 1, ...} and so on until it is closed. */
final class Load implements AutoCloseable {
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong acknowledged = new AtomicLong();
  private final Producer<byte[], byte[]> producer;
  private final Thread thread;
  private volatile boolean stopping;

  Load(LogClient log, String topic, int perSecond) {
    producer = log.producer(Map.of("delivery.timeout.ms", "600000", "max.block.ms", "600000"));
    thread =
        new Thread(
            () -> {
              try {
                run(topic, perSecond);
              } catch (KafkaException | IllegalStateException e) {
                // Closed beneath it by abandon(), or it is missed by close().
                assertThat(stopping).as("%s", e).isTrue();
              }
            },
            "load");
    thread.start();
  }

  private void run(String topic, int perSecond) {
    long started = System.nanoTime();
    while (!stopping) {
      long due = (System.nanoTime() - started) * perSecond / 1_000_000_000L;
      while (!stopping && sent.get() < due) {
        long n = sent.getAndIncrement();
        String row = "{\"n\": " + n + ", \"k\": \"k" + n % 7 + "\"}";
        producer.send(
            new ProducerRecord<>(topic, row.getBytes(StandardCharsets.UTF_8)),
            (metadata, e) -> {
              if (e == null) {
                acknowledged.incrementAndGet();
              }
            });
      }
      LockSupport.parkNanos(2_000_000);
    }
  }

  long sent() {
    return sent.get();
  }

  /** Stops without waiting for what was not acknowledged; answers how much was. */
  long abandon() throws InterruptedException {
    stopping = true;
    // Also ends a send that waits for the topic of a broker that is gone.
    producer.close(Duration.ZERO);
    thread.join();
    return acknowledged.get();
  }

  @Override
  public void close() throws InterruptedException {
    if (stopping) {
      return;
    }
    stopping = true;
    thread.join();
    producer.close();
    assertThat(acknowledged.get()).isEqualTo(sent.get());
  }
}
