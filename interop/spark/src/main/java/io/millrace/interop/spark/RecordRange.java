package io.millrace.interop.spark;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;

/**
 * The records of one range, one after the other, without those that carry no row. Used by one
 * thread.
 */
final class RecordRange implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** The header of the watermarks that travel in topics. */
  private static final String MARK = "wm";

  private final Connections connections;
  private final PartitionRange range;
  private final TopicPartition partition;
  private final Consumer<byte[], byte[]> consumer;
  private Iterator<ConsumerRecord<byte[], byte[]>> polled = Collections.emptyIterator();
  private boolean failed;

  RecordRange(Connections connections, PartitionRange range) {
    this.connections = connections;
    this.range = range;
    this.partition = new TopicPartition(range.topic(), range.partition());
    this.consumer = connections.consumer(partition, range.from());
  }

  /** The next record with a row, or null at the end of the range. */
  ConsumerRecord<byte[], byte[]> next() {
    while (true) {
      while (polled.hasNext()) {
        ConsumerRecord<byte[], byte[]> record = polled.next();
        if (record.offset() >= range.to()) {
          return null;
        }
        if (!isControl(record)) {
          return record;
        }
      }
      if (consumer.position(partition) >= range.to()) {
        return null;
      }
      poll();
    }
  }

  private void poll() {
    long begun = System.nanoTime();
    long position = consumer.position(partition);
    try {
      // Markers of transactions and compacted offsets are passed without a record.
      while (!polled.hasNext() && consumer.position(partition) == position) {
        polled = consumer.poll(POLL).iterator();
        if (System.nanoTime() - begun > PATIENCE.toNanos()) {
          throw new MillraceException(
              ErrorCode.KAFKA_UNAVAILABLE,
              "Cannot read topic "
                  + range.topic()
                  + " partition "
                  + range.partition()
                  + ": nothing came from offset "
                  + position
                  + " on for two minutes");
        }
      }
    } catch (OffsetOutOfRangeException e) {
      failed = true;
      throw Expired.at(connections, range.topic(), range.partition(), position);
    } catch (RuntimeException e) {
      failed = true;
      throw e;
    }
  }

  /** Whether a record carries a watermark and no row. */
  private static boolean isControl(ConsumerRecord<byte[], byte[]> record) {
    if (record.value() != null) {
      return false;
    }
    Headers headers = record.headers();
    byte[] key = record.key();
    return headers.lastHeader(MARK) != null && (key == null || key.length == 0 || key[0] != 0);
  }

  @Override
  public void close() {
    if (failed) {
      consumer.close(Duration.ZERO);
    } else {
      connections.giveBack(partition, consumer);
    }
  }
}
