package io.millrace.interop.spark;

import io.millrace.format.ByteSink;
import io.millrace.format.Formats;
import io.millrace.format.RecordEncoder;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.CRC32C;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.utils.Utils;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.write.DataWriter;
import org.apache.spark.sql.connector.write.WriterCommitMessage;

/**
 * Writes the rows of one task in one transaction. Its life:
 *
 * <ol>
 *   <li>It takes the transactional id of its number in the query: an earlier holder is fenced, and
 *       what that had begun is decided.
 *   <li>The note of that number says whether the epoch has been written. If so, the rows are only
 *       compared with those that were: others are an error, for then the epoch did not come again
 *       as it was.
 *   <li>Otherwise the rows are sent; {@link #commit} adds the note and commits.
 * </ol>
 *
 * Keyed rows go to Kafka's murmur2 of the key's bytes, others by the number of the task, so that
 * its rows keep their order. Used by one thread.
 */
final class TopicDataWriter implements DataWriter<InternalRow> {
  /** What the task tells the driver: nothing, for it is committed. */
  private record Written() implements WriterCommitMessage {}

  private final WritePlan plan;
  private final int number;
  private final int writers;
  private final long epoch;
  private final FrameReader reader;
  private final RecordEncoder keys;
  private final RecordEncoder values;
  private final ByteSink bytes = new ByteSink();
  private final Producer<byte[], byte[]> producer;
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final Integer partition;

  /** What an earlier attempt wrote, where it wrote this epoch; else null. */
  private final EpochNote written;

  private long rows;
  private long digest;

  TopicDataWriter(WritePlan plan, int number, int writers, long epoch) {
    this.plan = plan;
    this.number = number;
    this.writers = writers;
    this.epoch = epoch;
    Connections connections = Connections.of(plan.warehouse());
    Relation relation = plan.relation();
    RowSchema schema = relation.schema();
    Formats formats = new Formats(connections.contracts());
    reader = new FrameReader(plan.columns());
    values = formats.encoder("avro", Map.of(), schema, relation.valueSchemaId());
    keys = relation.isTable() ? formats.keyEncoder(schema, relation.keySchemaId()) : null;
    partition = relation.isTable() ? null : number % connections.log().partitions(relation.topic());
    producer =
        connections
            .log()
            .transactionalProducer(
                plan.writer(number),
                plan.transactionTimeout(),
                Map.of(
                    ProducerConfig.MAX_BLOCK_MS_CONFIG,
                    "60000",
                    ProducerConfig.LINGER_MS_CONFIG,
                    "5",
                    ProducerConfig.BATCH_SIZE_CONFIG,
                    Integer.toString(256 << 10)));
    try {
      written = earlier(connections);
      if (written == null) {
        producer.beginTransaction();
      }
    } catch (RuntimeException e) {
      producer.close(Duration.ZERO);
      throw e;
    }
  }

  private EpochNote earlier(Connections connections) {
    Optional<EpochNote> note = EpochNote.find(connections, plan, number);
    if (note.isEmpty()) {
      if (epoch > 0 && EpochNote.find(connections, plan, 0).isEmpty()) {
        throw failed(
            "none of its epochs is noted, so whether this one has been written is not known",
            "Notes go with the group offsets, after the brokers' offsets.retention.minutes. See"
                + " which rows of the epoch are there, and start the query anew with another"
                + " checkpoint folder behind them.");
      }
      return null;
    }
    if (note.get().epoch() > epoch) {
      throw failed(
          "epoch " + note.get().epoch() + " has been written",
          "The checkpoint folder is an older copy. Use the newest, or a new one.");
    }
    if (note.get().epoch() < epoch) {
      return null;
    }
    if (note.get().writers() != writers) {
      throw failed(
          "it was begun by " + note.get().writers() + " tasks and comes again in " + writers,
          "Give the query as many partitions as it had when it failed.");
    }
    return note.get();
  }

  private MillraceException failed(String reason, String hint) {
    return new MillraceException(
            ErrorCode.SINK_FAILED,
            "Cannot write epoch " + epoch + " to " + plan.relation().what() + ": " + reason)
        .hint(hint);
  }

  @Override
  public void write(InternalRow row) throws IOException {
    check();
    reader.on(row);
    byte[] key = keys == null ? null : encode(keys);
    byte[] value = RowOp.isDelete(row, plan.columns().op()) ? null : encode(values);
    rows++;
    digest += digest(key, value);
    if (written != null) {
      return;
    }
    producer.send(
        new ProducerRecord<>(plan.relation().topic(), partition, key, value),
        (metadata, e) -> {
          if (e != null) {
            failure.compareAndSet(null, e);
          }
        });
  }

  /** Added up over rows, so that their order does not count: readers may be mixed in another. */
  private static long digest(byte[] key, byte[] value) {
    CRC32C check = new CRC32C();
    int mixed = 0;
    for (byte[] part : Arrays.asList(key, value)) {
      check.update(part == null ? 0 : 1);
      if (part != null) {
        check.update(part);
        mixed = 31 * mixed + Utils.murmur2(part);
      }
    }
    return check.getValue() << 32 | mixed & 0xFFFF_FFFFL;
  }

  private byte[] encode(RecordEncoder encoder) {
    bytes.reset();
    encoder.encode(reader, bytes);
    return bytes.toByteArray();
  }

  private void check() throws IOException {
    Exception e = failure.get();
    if (e != null) {
      throw new IOException("Cannot write to topic " + plan.relation().topic(), e);
    }
  }

  @Override
  public WriterCommitMessage commit() throws IOException {
    if (written != null) {
      if (written.rows() != rows || written.digest() != digest) {
        throw failed(
            "task "
                + number
                + " wrote "
                + written.rows()
                + " rows and now has "
                + (written.rows() == rows ? "others" : rows),
            "Its input gives other rows when it is read again, or gives them to other tasks, as Spark's"
                + " own source kafka does after a restart: repartition(n, col(\"partition\")) puts"
                + " those of a partition together each time.");
      }
      return new Written();
    }
    try {
      producer.flush();
      check();
      producer.sendOffsetsToTransaction(
          new EpochNote(epoch, rows, digest, writers).offsets(plan),
          new ConsumerGroupMetadata(plan.writer(number)));
      commitTransaction();
      return new Written();
    } catch (KafkaException e) {
      throw new IOException("Cannot commit to topic " + plan.relation().topic(), e);
    }
  }

  /** After a time-out the outcome is not known; asking again tells it. */
  private void commitTransaction() {
    try {
      producer.commitTransaction();
    } catch (TimeoutException e) {
      producer.commitTransaction();
    }
  }

  @Override
  public void abort() {
    if (written == null) {
      producer.abortTransaction();
    }
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
  }
}
