package io.millrace.flow.topic.read;

import io.millrace.model.DataType;
import io.millrace.model.RowWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** What a record says about itself, for columns declared {@code METADATA FROM}. */
public enum Metadata {
  TOPIC("topic", DataType.STRING.withNullable(false)) {
    @Override
    void write(ConsumerRecord<byte[], byte[]> record, int column, RowWriter row) {
      text(record.topic(), column, row);
    }
  },
  PARTITION("partition", DataType.INT.withNullable(false)) {
    @Override
    void write(ConsumerRecord<byte[], byte[]> record, int column, RowWriter row) {
      row.setInt(column, record.partition());
    }
  },
  OFFSET("offset", DataType.BIGINT.withNullable(false)) {
    @Override
    void write(ConsumerRecord<byte[], byte[]> record, int column, RowWriter row) {
      row.setLong(column, record.offset());
    }
  },
  TIMESTAMP("timestamp", DataType.timestampLtz(3).withNullable(false)) {
    @Override
    void write(ConsumerRecord<byte[], byte[]> record, int column, RowWriter row) {
      row.setLong(column, record.timestamp());
    }
  },
  TIMESTAMP_TYPE("timestamp-type", DataType.STRING.withNullable(false)) {
    @Override
    void write(ConsumerRecord<byte[], byte[]> record, int column, RowWriter row) {
      text(record.timestampType().name, column, row);
    }
  },
  HEADERS("headers", new DataType.Map(DataType.BYTES, false)) {
    @Override
    void write(ConsumerRecord<byte[], byte[]> record, int column, RowWriter row) {
      row.beginMap(column);
      for (Header header : record.headers()) {
        text(header.key(), 0, row);
        bytes(header.value(), 1, row);
      }
      row.endMap();
    }
  },
  KEY("key", DataType.BYTES) {
    @Override
    void write(ConsumerRecord<byte[], byte[]> record, int column, RowWriter row) {
      bytes(record.key(), column, row);
    }
  },
  VALUE("value", DataType.BYTES) {
    @Override
    void write(ConsumerRecord<byte[], byte[]> record, int column, RowWriter row) {
      bytes(record.value(), column, row);
    }
  };

  private final String key;
  private final DataType type;

  Metadata(String key, DataType type) {
    this.key = key;
    this.type = type;
  }

  /** The name behind {@code METADATA FROM}. */
  public String key() {
    return key;
  }

  public DataType type() {
    return type;
  }

  public static Optional<Metadata> of(String key) {
    return Arrays.stream(values()).filter(m -> m.key.equals(key)).findFirst();
  }

  abstract void write(ConsumerRecord<byte[], byte[]> record, int column, RowWriter row);

  private static void text(String text, int column, RowWriter row) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    row.setUtf8(column, utf8, 0, utf8.length);
  }

  private static void bytes(byte[] bytes, int column, RowWriter row) {
    if (bytes == null) {
      row.setNull(column);
    } else {
      row.setBytes(column, bytes, 0, bytes.length);
    }
  }
}
