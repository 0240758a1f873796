package io.millrace.interop.streams;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.streams.processor.TimestampExtractor;

/**
 * A row's event time: the column of the WATERMARK, a TIMESTAMP being UTC; else, or where that is
 * NULL, the record's timestamp. A control record and a deletion stand at the time that their
 * partition has reached, so that they move no window. Times before 1970 count as 1970, since Kafka
 * knows none. Thread-safe.
 */
final class EventTime implements TimestampExtractor {
  private final Optional<String> column;

  EventTime(Optional<String> column) {
    this.column = column;
  }

  @Override
  public long extract(ConsumerRecord<Object, Object> record, long partitionTime) {
    Object time = null;
    if (record.value() instanceof Row row && column.isPresent()) {
      time = row.get(column.get());
    } else if (Marks.isControl(record.key(), record.value(), record.headers())
        || record.value() == null && column.isPresent()) {
      return Math.max(0, partitionTime);
    }
    if (time instanceof LocalDateTime local) {
      return Math.max(0, local.toInstant(ZoneOffset.UTC).toEpochMilli());
    }
    return Math.max(
        0, time instanceof Instant instant ? instant.toEpochMilli() : record.timestamp());
  }
}
