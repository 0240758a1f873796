package io.millrace.interop.spark;

import io.millrace.model.DataType;
import io.millrace.model.RowWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.spark.sql.connector.catalog.MetadataColumn;

/** What a record says about itself: columns that are there only for who asks for them by name. */
enum Metadata {
  TOPIC("_topic", DataType.STRING.withNullable(false), "The topic that the row lies in") {
    @Override
    void write(ConsumerRecord<byte[], byte[]> record, int column, RowWriter row) {
      text(record.topic(), column, row);
    }
  },
  PARTITION("_partition", DataType.INT.withNullable(false), "The partition of the topic") {
    @Override
    void write(ConsumerRecord<byte[], byte[]> record, int column, RowWriter row) {
      row.setInt(column, record.partition());
    }
  },
  OFFSET("_offset", DataType.BIGINT.withNullable(false), "The row's offset in its partition") {
    @Override
    void write(ConsumerRecord<byte[], byte[]> record, int column, RowWriter row) {
      row.setLong(column, record.offset());
    }
  },
  TIMESTAMP(
      "_timestamp", DataType.timestampLtz(3).withNullable(false), "When the row was written") {
    @Override
    void write(ConsumerRecord<byte[], byte[]> record, int column, RowWriter row) {
      row.setLong(column, record.timestamp());
    }
  },
  KEY("_key", DataType.BYTES, "The record's key as it is stored") {
    @Override
    void write(ConsumerRecord<byte[], byte[]> record, int column, RowWriter row) {
      bytes(record.key(), column, row);
    }
  },
  HEADERS("_headers", new DataType.Map(DataType.BYTES, false), "The record's headers") {
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
  OP("_op", DataType.STRING.withNullable(false), "What the row does to a table: upsert or delete") {
    @Override
    void write(ConsumerRecord<byte[], byte[]> record, int column, RowWriter row) {
      byte[] op = record.value() == null ? DELETE : UPSERT;
      row.setUtf8(column, op, 0, op.length);
    }
  };

  /** The words of {@code _op}. */
  static final byte[] UPSERT = "upsert".getBytes(StandardCharsets.US_ASCII);

  static final byte[] DELETE = "delete".getBytes(StandardCharsets.US_ASCII);

  private final String column;
  private final DataType type;
  private final String comment;

  Metadata(String column, DataType type, String comment) {
    this.column = column;
    this.type = type;
    this.comment = comment;
  }

  static Optional<Metadata> of(String column) {
    return Arrays.stream(values()).filter(m -> m.column.equalsIgnoreCase(column)).findFirst();
  }

  String column() {
    return column;
  }

  MetadataColumn toSpark() {
    return new MetadataColumn() {
      @Override
      public String name() {
        return column;
      }

      @Override
      public org.apache.spark.sql.types.DataType dataType() {
        return SparkTypes.toSpark(type);
      }

      @Override
      public boolean isNullable() {
        return type.nullable();
      }

      @Override
      public String comment() {
        return comment;
      }
    };
  }

  DataType type() {
    return type;
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
