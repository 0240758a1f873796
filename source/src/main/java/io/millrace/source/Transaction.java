package io.millrace.source;

import io.millrace.log.LogClient;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Positions;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One Kafka transaction on one topic, begun with its first record: {@link #send}, then {@link
 * #commit} or {@link #abort}. Closing aborts what is open and gives the producer back in a state in
 * which the next request can use it. Not thread-safe.
 */
final class Transaction implements AutoCloseable, Callback {
  private static final Logger LOG = LoggerFactory.getLogger(Transaction.class);
  private static final Duration COMMIT = Duration.ofSeconds(60);

  private final LogClient log;
  private final ProducerPool pool;
  private final String topic;
  private final String act;

  /** Next offsets by partition, set by the producer's thread. */
  private final AtomicLongArray next;

  private ProducerPool.Slot slot;
  private boolean open;

  Transaction(LogClient log, ProducerPool pool, String topic, int partitions, String act) {
    this.log = log;
    this.pool = pool;
    this.topic = topic;
    this.act = act;
    this.next = new AtomicLongArray(partitions);
  }

  int partitions() {
    return next.length();
  }

  /** Streams the record out; null {@code value} is a tombstone. */
  void send(int partition, byte[] key, byte[] value) {
    send(new ProducerRecord<>(topic, partition, key, value), this);
  }

  private void send(ProducerRecord<byte[], byte[]> record, Callback callback) {
    if (!open) {
      slot = pool.take();
    }
    try {
      if (!open) {
        open = true;
        slot.producer().beginTransaction();
      }
      slot.producer().send(record, callback);
    } catch (KafkaException e) {
      throw log.explain(e, act);
    }
  }

  /** A record in another topic, of one partition, that is there when the rows are. */
  static final class Note {
    private volatile long offset = -1;

    /** Its place; known when the transaction is committed. */
    long offset() {
      return offset;
    }
  }

  /** Adds a record without a key to a topic of one partition. */
  Note note(String noteTopic, byte[] value) {
    Note note = new Note();
    send(
        new ProducerRecord<>(noteTopic, 0, null, value),
        (metadata, failure) -> {
          if (failure == null) {
            note.offset = metadata.offset();
          }
        });
    return note;
  }

  @Override
  public void onCompletion(RecordMetadata metadata, Exception failure) {
    // A failure also fails the commit, which reports it.
    if (failure == null) {
      next.accumulateAndGet(metadata.partition(), metadata.offset() + 1, Math::max);
    }
  }

  /** Makes everything sent visible. */
  void commit() {
    if (!open) {
      return;
    }
    if (Thread.currentThread().isInterrupted()) {
      throw log.explain(new InterruptedException(), act);
    }
    commitUntilAnswered();
    open = false;
  }

  /**
   * Waits until everything sent has its place; answers the offsets after the last row of each
   * partition. Where a record could not be sent the commit fails.
   */
  Positions positions() {
    if (!open) {
      return Positions.NONE;
    }
    try {
      slot.producer().flush();
    } catch (KafkaException e) {
      throw log.explain(e, act);
    }
    Map<Integer, Long> positions = new TreeMap<>();
    for (int partition = 0; partition < next.length(); partition++) {
      if (next.get(partition) > 0) {
        positions.put(partition, next.get(partition));
      }
    }
    return Positions.of(positions);
  }

  /**
   * A commit without an answer may or may not have happened, and asking again is safe: so neither a
   * slow cluster nor an interrupt ends it half way.
   */
  private void commitUntilAnswered() {
    long deadline = System.nanoTime() + COMMIT.toNanos();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          slot.producer().commitTransaction();
          return;
        } catch (InterruptException e) {
          interrupted |= Thread.interrupted();
        } catch (TimeoutException e) {
          if (System.nanoTime() > deadline) {
            throw new MillraceException(
                    ErrorCode.KAFKA_UNAVAILABLE,
                    "Cannot "
                        + act
                        + ": the cluster did not say whether the commit took place, the rows may or"
                        + " may not be there",
                    e)
                .hint("Look whether they are there before you send them again.");
          }
        }
      }
    } catch (KafkaException e) {
      throw log.explain(e, act);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Leaves no trace of what was sent; later calls of {@link #send} would begin anew. */
  void abort() {
    if (!open) {
      return;
    }
    open = false;
    ProducerPool.Slot aborted = slot;
    slot = null;
    boolean interrupted = Thread.interrupted();
    try {
      aborted.producer().abortTransaction();
    } catch (KafkaException | IllegalStateException e) {
      LOG.info(
          "Throwing away a producer after a failed transaction on {}: {}", topic, e.toString());
      pool.discard(aborted);
      return;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    pool.give(aborted);
  }

  @Override
  public void close() {
    abort();
    if (slot != null) {
      pool.give(slot);
      slot = null;
    }
  }
}
