package io.millrace.registry.server;

import io.millrace.log.LogClient;
import io.millrace.log.Retention;
import io.millrace.log.TopicSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * The topic {@code _schemas} (one partition, compacted) and the image folded from it. A change is
 * one Kafka transaction; it enters the image by being read back, so the image never runs ahead of
 * the topic. The transactional id fences a second registry on the same topic. Changes come from one
 * thread at a time (the caller's lock); {@link #image()} is free for all.
 */
final class SchemasTopic implements AutoCloseable {
  static final String TOPIC = "_schemas";
  private static final String TRANSACTIONAL_ID = "_millrace_registry";
  private static final Duration TRANSACTION_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration READ_BACK_TIMEOUT = Duration.ofSeconds(20);
  private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);

  private final LogClient log;
  private final SchemaRecords records = new SchemaRecords();
  private final Consumer<byte[], byte[]> consumer;
  private Producer<byte[], byte[]> producer;
  private boolean fenced;
  private volatile RegistryImage image = RegistryImage.EMPTY;

  private SchemasTopic(LogClient log) {
    this.log = log;
    this.producer = newProducer();
    this.consumer = log.consumer(Map.of());
  }

  /** Makes the topic where there is none, and reads it to its end. */
  static SchemasTopic open(LogClient log) {
    log.ensure(TopicSpec.of(TOPIC, 1, new Retention.Compacted()));
    // The producer comes first: it aborts what a killed registry left open, so the end is reached.
    SchemasTopic topic = new SchemasTopic(log);
    try {
      topic.consumer.assign(List.of(PARTITION));
      topic.consumer.seekToBeginning(List.of(PARTITION));
      topic.readTo(log.end(TOPIC).offsets().get(0));
      return topic;
    } catch (RuntimeException e) {
      topic.close();
      throw e;
    }
  }

  private Producer<byte[], byte[]> newProducer() {
    return log.transactionalProducer(TRANSACTIONAL_ID, TRANSACTION_TIMEOUT);
  }

  RegistryImage image() {
    return image;
  }

  /**
   * The image to base a change on. After a failed write, whose outcome is unknown, it is read to
   * the end again first.
   */
  RegistryImage latest() {
    if (producer == null && !fenced) {
      try {
        producer = newProducer();
        readTo(log.end(TOPIC).offsets().get(0));
      } catch (RuntimeException e) {
        abandon();
        throw RegistryError.storeFailed("Failed to read topic " + TOPIC + ": " + e, e);
      }
    }
    return image;
  }

  /**
   * Writes the changes, made to {@link #latest()}, all or none, and returns once the image holds
   * them.
   */
  void write(List<RegistryChange> changes) {
    if (fenced) {
      throw RegistryError.storeFailed(
          "Cannot write: another registry has taken over topic " + TOPIC, null);
    }
    try {
      long last = send(changes);
      readTo(last + 1);
    } catch (ProducerFencedException | InvalidProducerEpochException e) {
      fenced = true;
      throw RegistryError.storeFailed(
          "Cannot write: another registry has taken over topic " + TOPIC, e);
    } catch (RecordTooLargeException e) {
      abandon();
      throw new RegistryError(
          422, 42209, "Register operation failed because schema is too large", e);
    } catch (RuntimeException e) {
      abandon();
      throw RegistryError.storeFailed("Failed to write to topic " + TOPIC + ": " + e, e);
    }
  }

  private long send(List<RegistryChange> changes) {
    producer.beginTransaction();
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    for (RegistryChange change : changes) {
      SchemaRecords.Encoded record = records.encode(change);
      sent.add(producer.send(new ProducerRecord<>(TOPIC, 0, record.key(), record.value())));
    }
    producer.flush();
    long last = -1;
    try {
      for (Future<RecordMetadata> record : sent) {
        last = record.get().offset();
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KafkaException kafka ? kafka : new KafkaException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptException(e);
    }
    producer.commitTransaction();
    return last;
  }

  /**
   * Whether the failed transaction was committed is unknown. The next producer settles it: the
   * brokers finish or abort the transaction before it may write.
   */
  private void abandon() {
    if (producer != null) {
      producer.close(Duration.ZERO);
      producer = null;
    }
  }

  private void readTo(long end) {
    long deadline = System.nanoTime() + READ_BACK_TIMEOUT.toNanos();
    while (consumer.position(PARTITION) < end) {
      if (System.nanoTime() > deadline) {
        throw new TimeoutException("read up to " + consumer.position(PARTITION) + " of " + end);
      }
      List<RegistryChange> changes = new ArrayList<>();
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
        records.decode(record.key(), record.value(), record.offset()).ifPresent(changes::add);
      }
      if (!changes.isEmpty()) {
        image = image.with(changes);
      }
    }
  }

  @Override
  public void close() {
    abandon();
    consumer.close(CloseOptions.timeout(Duration.ZERO));
  }
}
