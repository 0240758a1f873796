package io.millrace.flow.topic.write;

import io.millrace.flow.topic.TopicTable;
import io.millrace.log.LogClient;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * A transaction whose commit was refused. A refusal is normal after a restart where it had been
 * committed before; else the cluster has aborted it, and its rows are written again: a log keeps
 * aborted records until retention or compaction removes them, and the checkpoint knows where they
 * lie. Other subtasks may have committed theirs, so winding the query back would double rows. The
 * copy is one transaction whose id names the lost one; the cluster remembers that it was committed,
 * which makes writing again safe to repeat.
 */
final class LostCommit {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration REPAIR = Duration.ofMinutes(1);

  private final TopicTable table;
  private final String topic;
  private final KafkaCommittable transaction;
  private final Places places;
  private final Throwable refusal;

  LostCommit(TopicTable table, Written written, Throwable refusal) {
    this.table = table;
    this.topic = table.relation().topic();
    this.transaction = written.transaction();
    this.places = written.places();
    this.refusal = refusal;
  }

  /**
   * Returns where the transaction's rows are committed: by itself, or by an earlier repair.
   * Otherwise it repairs, and throws COMMIT_LOST to be seen; the restart that follows finds the
   * rows. Where they are gone the query stops for good.
   */
  void settle() {
    try (LogClient log = LogClient.connect(table.log())) {
      if (isCommitted(log) || log.isTransactionCommitted(repairId())) {
        return;
      }
      long rows = writeAgain(log);
      if (rows > 0) {
        throw lost(rows + " records of it were written again, nothing is lost");
      }
    } catch (KafkaException e) {
      throw new MillraceException(
          ErrorCode.KAFKA_UNAVAILABLE, "Cannot write " + what() + " again: " + e.getMessage(), e);
    }
  }

  /** Its owner is the empty name, which no statement has: what it leaves open is an orphan. */
  private String repairId() {
    return "millrace//"
        + transaction.getTransactionalId()
        + "/"
        + transaction.getProducerId()
        + "-"
        + transaction.getEpoch();
  }

  private String what() {
    return "transaction " + transaction.getTransactionalId() + " of " + table.statement();
  }

  private MillraceException lost(String outcome) {
    return new MillraceException(
            ErrorCode.COMMIT_LOST,
            "Cannot commit " + what() + ": the cluster has aborted it; " + outcome,
            refusal)
        .hint("It was open for longer than the transaction time-out, or was fenced.");
  }

  /** Whether a record of it is among the committed ones. */
  private boolean isCommitted(LogClient log) {
    for (Map.Entry<Integer, Long> last : places.lastOffsets().entrySet()) {
      if (reads(log, new TopicPartition(topic, last.getKey()), last.getValue())) {
        return true;
      }
    }
    return false;
  }

  private boolean reads(LogClient log, TopicPartition partition, long offset) {
    try (Consumer<byte[], byte[]> consumer = log.consumer(Map.of("max.poll.records", "1"))) {
      consumer.assign(List.of(partition));
      consumer.seek(partition, offset);
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (System.nanoTime() < deadline) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          return record.offset() == offset;
        }
        if (consumer.position(partition) > offset) {
          return false;
        }
      }
    } catch (OffsetOutOfRangeException e) {
      return false;
    }
    throw new MillraceException(
        ErrorCode.KAFKA_UNAVAILABLE,
        "Cannot tell whether " + what() + " was committed: it is still open");
  }

  /** Returns how many records there were; what retention has removed by now is not among them. */
  private long writeAgain(LogClient log) {
    if (!places.isComplete()) {
      throw new SuppressRestartsException(
          lost("where its records lie is not known, so that they cannot be written again"));
    }
    Map<Integer, Long> first = new HashMap<>(log.beginning(topic).offsets());
    Copy copy = new Copy(log, first);
    try (copy) {
      places.forEach(copy::run);
      return copy.commit();
    }
  }

  private final class Copy implements AutoCloseable {
    private final LogClient log;
    private final Map<Integer, Long> beginning;
    private final Consumer<byte[], byte[]> consumer;
    private Optional<Producer<byte[], byte[]>> producer = Optional.empty();
    private long rows;

    Copy(LogClient log, Map<Integer, Long> beginning) {
      this.log = log;
      this.beginning = beginning;
      this.consumer = log.consumer(Map.of("isolation.level", "read_uncommitted"));
    }

    void run(int partition, long first, long end) {
      TopicPartition place = new TopicPartition(topic, partition);
      long next = Math.max(first, beginning.getOrDefault(partition, 0L));
      consumer.assign(List.of(place));
      consumer.seek(place, next);
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (next < end) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          if (record.offset() >= end) {
            break;
          }
          if (record.offset() == next) {
            write(record);
            next++;
          }
        }
        if (next < end && (consumer.position(place) >= end || System.nanoTime() > deadline)) {
          throw new SuppressRestartsException(
              lost("its records are no longer in the log, so that they cannot be written again"));
        }
      }
    }

    private void write(ConsumerRecord<byte[], byte[]> record) {
      if (producer.isEmpty()) {
        producer = Optional.of(log.transactionalProducer(repairId(), REPAIR));
        producer.get().beginTransaction();
      }
      producer
          .get()
          .send(
              new ProducerRecord<>(
                  topic,
                  record.partition(),
                  record.timestamp(),
                  record.key(),
                  record.value(),
                  record.headers()));
      rows++;
    }

    long commit() {
      producer.ifPresent(Producer::commitTransaction);
      return rows;
    }

    @Override
    public void close() {
      consumer.close();
      producer.ifPresent(Producer::close);
    }
  }
}
