package io.millrace.catalog;

import io.millrace.log.LogClient;
import io.millrace.log.Retention;
import io.millrace.log.TopicSpec;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
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
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The catalog's topic {@code _millrace_catalog}: compacted, one partition, one JSON record for each
 * entry, keyed {@code kind/name}; a tombstone deletes. The image is the fold over it.
 *
 * <p>A change is one Kafka transaction: all of it or nothing. The transactional id is the same for
 * every server, so the one that opens last fences the earlier one, whose next change fails. {@link
 * #image} never locks; {@link #apply} runs one change at a time. Thread-safe.
 */
public final class CatalogTopic implements AutoCloseable {
  public static final String TOPIC = "_millrace_catalog";

  private static final Logger LOG = LoggerFactory.getLogger(CatalogTopic.class);
  private static final String TRANSACTIONAL_ID = "millrace-catalog";
  private static final Duration TRANSACTION_TIMEOUT = Duration.ofMinutes(1);
  private static final Duration READ_TIMEOUT = Duration.ofMinutes(1);
  private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);

  /** A query's plan may be large. */
  private static final Map<String, String> TOPIC_SETTINGS =
      Map.of("max.message.bytes", Integer.toString(8 << 20));

  private final LogClient log;
  private Producer<byte[], byte[]> producer;
  private volatile CatalogImage image;
  private State state = State.READY;

  private enum State {
    READY,
    /** The outcome of the last change is not known: the topic must be read before the next. */
    UNCERTAIN,
    /** Another server has taken the catalog over. */
    FENCED
  }

  private CatalogTopic(LogClient log) {
    this.log = log;
    this.producer = log.transactionalProducer(TRANSACTIONAL_ID, TRANSACTION_TIMEOUT);
    try {
      this.image = readFrom(CatalogImage.empty());
    } catch (RuntimeException e) {
      producer.close(Duration.ZERO);
      throw e;
    }
  }

  /**
   * Makes the topic where it is missing, fences an earlier server, and reads all there is.
   * TOPIC_MISMATCH where a topic of that name is of another shape.
   */
  public static CatalogTopic open(LogClient log) {
    log.ensure(new TopicSpec(TOPIC, 1, (short) -1, new Retention.Compacted(), TOPIC_SETTINGS));
    return new CatalogTopic(log);
  }

  /** What exists now. */
  public CatalogImage image() {
    return image;
  }

  /**
   * Makes a change and returns the image after it. Throws DATA_FOLDER_IN_USE where another server
   * has taken over, KAFKA_UNAVAILABLE where Kafka fails; the image is then as before.
   */
  public synchronized CatalogImage apply(CatalogDelta delta) {
    if (state == State.FENCED) {
      throw fenced(null);
    }
    if (state == State.UNCERTAIN) {
      recover();
    }
    long end = commit(delta);
    image = image.with(delta).at(Math.max(end, image.offset()));
    return image;
  }

  private long commit(CatalogDelta delta) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    delta.deletes().forEach(key -> records.add(record(key, null)));
    delta.puts().forEach(entry -> records.add(record(entry.key(), EntryJson.write(entry))));
    try {
      producer.beginTransaction();
      List<Future<RecordMetadata>> written = records.stream().map(producer::send).toList();
      producer.flush();
      long end = 0;
      for (Future<RecordMetadata> record : written) {
        end = Math.max(end, record.get().offset() + 1);
      }
      commitTransaction();
      return end;
    } catch (KafkaException | ExecutionException | InterruptedException e) {
      throw failed(e);
    }
  }

  private static ProducerRecord<byte[], byte[]> record(EntryKey key, String json) {
    return new ProducerRecord<>(TOPIC, 0, bytes(key.text()), bytes(json));
  }

  private static byte[] bytes(String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  private void commitTransaction() {
    try {
      producer.commitTransaction();
    } catch (TimeoutException | InterruptException e) {
      state = State.UNCERTAIN;
      throw new MillraceException(
              ErrorCode.KAFKA_UNAVAILABLE,
              "Failed to change the catalog: whether the change was made is not known yet",
              e)
          .hint("Look before you repeat the statement.");
    }
  }

  /**
   * Nothing of the change is to be seen: the transaction is aborted, now or by the next opening.
   */
  private MillraceException failed(Exception e) {
    if (e instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    if (causedBy(e, ProducerFencedException.class)
        || causedBy(e, InvalidProducerEpochException.class)) {
      state = State.FENCED;
      return fenced(e);
    }
    try {
      producer.abortTransaction();
    } catch (KafkaException | IllegalStateException abortFailed) {
      state = State.UNCERTAIN;
      e.addSuppressed(abortFailed);
    }
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return new MillraceException(
        ErrorCode.KAFKA_UNAVAILABLE, "Failed to change the catalog: " + cause.getMessage(), e);
  }

  private static boolean causedBy(Throwable e, Class<? extends Throwable> type) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }

  private static MillraceException fenced(Throwable cause) {
    return new MillraceException(
            ErrorCode.DATA_FOLDER_IN_USE,
            "Cannot change the catalog: another server has taken it over",
            cause)
        .hint("Stop one of the two servers and start the other again.");
  }

  private void recover() {
    producer.close(Duration.ZERO);
    producer = log.transactionalProducer(TRANSACTIONAL_ID, TRANSACTION_TIMEOUT);
    image = readFrom(image);
    state = State.READY;
  }

  private CatalogImage readFrom(CatalogImage known) {
    long end = log.end(TOPIC).offsets().get(0);
    Map<String, Optional<Entry>> changes = new LinkedHashMap<>();
    Map<EntryKey, String> unreadable = new LinkedHashMap<>();
    try (Consumer<byte[], byte[]> consumer = log.consumer(Map.of())) {
      consumer.assign(List.of(PARTITION));
      if (known.offset() == 0) {
        consumer.seekToBeginning(List.of(PARTITION));
      } else {
        consumer.seek(PARTITION, known.offset());
      }
      long deadline = System.nanoTime() + READ_TIMEOUT.toNanos();
      while (consumer.position(PARTITION) < end) {
        consumer.poll(Duration.ofMillis(100)).forEach(record -> fold(record, changes, unreadable));
        if (System.nanoTime() > deadline) {
          throw new MillraceException(
              ErrorCode.KAFKA_UNAVAILABLE,
              "Cannot read the catalog: its topic was not read to the end in a minute");
        }
      }
    } catch (KafkaException e) {
      throw new MillraceException(
          ErrorCode.KAFKA_UNAVAILABLE, "Cannot read the catalog: " + e.getMessage(), e);
    }
    return known.with(delta(changes)).withUnreadable(unreadable).at(end);
  }

  private static void fold(
      ConsumerRecord<byte[], byte[]> record,
      Map<String, Optional<Entry>> changes,
      Map<EntryKey, String> unreadable) {
    String key = new String(record.key(), StandardCharsets.UTF_8);
    Optional<EntryKey> known = keyOf(key);
    known.ifPresent(unreadable::remove);
    if (record.value() == null) {
      changes.put(key, Optional.empty());
      return;
    }
    try {
      Optional<Entry> entry = EntryJson.read(new String(record.value(), StandardCharsets.UTF_8));
      if (entry.isEmpty()) {
        LOG.warn("{} is of a kind that this version does not know; it was left aside", key);
        return;
      }
      changes.put(key, entry);
    } catch (MillraceException e) {
      if (known.isEmpty()) {
        throw e;
      }
      LOG.error("{} stands still", known.get(), e);
      changes.remove(key);
      unreadable.put(known.get(), e.getMessage());
    }
  }

  private static CatalogDelta delta(Map<String, Optional<Entry>> changes) {
    List<Entry> puts = new ArrayList<>();
    List<EntryKey> deletes = new ArrayList<>();
    changes.forEach(
        (key, entry) -> entry.ifPresentOrElse(puts::add, () -> keyOf(key).ifPresent(deletes::add)));
    return new CatalogDelta(puts, deletes);
  }

  private static Optional<EntryKey> keyOf(String text) {
    int slash = text.indexOf('/');
    for (EntryKind kind : EntryKind.values()) {
      if (slash > 0 && text.substring(0, slash).equals(kind.toString())) {
        return Optional.of(new EntryKey(kind, Name.parse(text.substring(slash + 1))));
      }
    }
    return Optional.empty();
  }

  @Override
  public synchronized void close() {
    producer.close(Duration.ofSeconds(5));
  }
}
