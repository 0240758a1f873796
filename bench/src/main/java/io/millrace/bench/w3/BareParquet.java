package io.millrace.bench.w3;

import io.millrace.bench.race.LogTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;

/** One Avro record's bytes as one row of a Parquet file, in one pass. Not thread-safe. */
final class BareParquet extends WriteSupport<byte[]> {
  private static final int FRAME = 5;

  private final MessageType schema = schema();
  private RecordConsumer row;
  private byte[] bytes;
  private int at;

  private BareParquet() {}

  static ParquetWriter<byte[]> writer(Path file, CompressionCodecName codec) throws IOException {
    return new Builder(new LocalOutputFile(file)).withCompressionCodec(codec).build();
  }

  private static final class Builder extends ParquetWriter.Builder<byte[], Builder> {
    Builder(OutputFile file) {
      super(file);
    }

    @Override
    protected Builder self() {
      return this;
    }

    @Override
    protected WriteSupport<byte[]> getWriteSupport(Configuration configuration) {
      return new BareParquet();
    }
  }

  private static MessageType schema() {
    Types.MessageTypeBuilder message = Types.buildMessage();
    for (LogTable.LogColumn column : LogTable.COLUMNS) {
      switch (column.type()) {
        case "DATE" ->
            message
                .optional(PrimitiveTypeName.INT32)
                .as(LogicalTypeAnnotation.dateType())
                .named(column.name());
        case "INT" -> message.optional(PrimitiveTypeName.INT32).named(column.name());
        default ->
            message
                .optional(PrimitiveTypeName.BINARY)
                .as(LogicalTypeAnnotation.stringType())
                .named(column.name());
      }
    }
    return message.named("web_log");
  }

  @Override
  public WriteContext init(Configuration configuration) {
    return new WriteContext(schema, Map.of());
  }

  @Override
  public void prepareForWrite(RecordConsumer consumer) {
    row = consumer;
  }

  @Override
  public void write(byte[] record) {
    bytes = record;
    at = FRAME;
    row.startMessage();
    for (int i = 0; i < schema.getFieldCount(); i++) {
      if (varint() == 0) {
        continue;
      }
      String name = schema.getFieldName(i);
      row.startField(name, i);
      int value = varint();
      if (schema.getType(i).asPrimitiveType().getPrimitiveTypeName() == PrimitiveTypeName.INT32) {
        row.addInteger(value);
      } else {
        row.addBinary(Binary.fromReusedByteArray(bytes, at, value));
        at += value;
      }
      row.endField(name, i);
    }
    row.endMessage();
  }

  private int varint() {
    int value = 0;
    int shift = 0;
    byte part;
    do {
      part = bytes[at++];
      value |= (part & 0x7f) << shift;
      shift += 7;
    } while (part < 0);
    return value >>> 1 ^ -(value & 1);
  }
}
