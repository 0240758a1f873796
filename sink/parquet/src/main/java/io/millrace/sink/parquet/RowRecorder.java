package io.millrace.sink.parquet;

import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import java.util.Arrays;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;

/** Replays a row's log into Parquet's columns. */
final class RowRecorder {
  private final Field row;
  private RecordConsumer consumer;

  RowRecorder(RowSchema schema) {
    this.row = Field.row(schema);
  }

  void write(RowLog log, RecordConsumer columns) {
    consumer = columns;
    consumer.startMessage();
    for (int at = 0; at < log.size(); ) {
      at = field(log, at, row.children);
    }
    consumer.endMessage();
  }

  /** Replays one field of a row or struct; answers where the next begins. A null is left out. */
  private int field(RowLog row, int at, Field[] fields) {
    int index = row.column(at);
    if (row.operation(at) == RowLog.Operation.NULL) {
      return at + 2;
    }
    consumer.startField(fields[index].name, index);
    int next = value(row, at, fields[index]);
    consumer.endField(fields[index].name, index);
    return next;
  }

  private int value(RowLog row, int at, Field field) {
    switch (row.operation(at)) {
      case BEGIN_STRUCT:
        return struct(row, at + 2, field);
      case BEGIN_LIST:
        return list(row, at + 2, field);
      case BEGIN_MAP:
        return map(row, at + 2, field);
      default:
        scalar(row, at, field);
        return at + 2;
    }
  }

  private int struct(RowLog row, int start, Field field) {
    consumer.startGroup();
    int at = start;
    while (row.operation(at) != RowLog.Operation.END_STRUCT) {
      at = field(row, at, field.children);
    }
    consumer.endGroup();
    return at + 2;
  }

  private int list(RowLog row, int start, Field field) {
    consumer.startGroup();
    int at = start;
    if (row.operation(at) != RowLog.Operation.END_LIST) {
      consumer.startField(Field.LIST, 0);
      while (row.operation(at) != RowLog.Operation.END_LIST) {
        consumer.startGroup();
        at = member(row, at, field.children[0], Field.ELEMENT, 0);
        consumer.endGroup();
      }
      consumer.endField(Field.LIST, 0);
    }
    consumer.endGroup();
    return at + 2;
  }

  private int map(RowLog row, int start, Field field) {
    consumer.startGroup();
    int at = start;
    if (row.operation(at) != RowLog.Operation.END_MAP) {
      consumer.startField(Field.KEY_VALUE, 0);
      while (row.operation(at) != RowLog.Operation.END_MAP) {
        consumer.startGroup();
        at = member(row, at, field.children[0], Field.KEY, 0);
        at = member(row, at, field.children[1], Field.VALUE, 1);
        consumer.endGroup();
      }
      consumer.endField(Field.KEY_VALUE, 0);
    }
    consumer.endGroup();
    return at + 2;
  }

  private int member(RowLog row, int at, Field field, String name, int index) {
    if (row.operation(at) == RowLog.Operation.NULL) {
      return at + 2;
    }
    consumer.startField(name, index);
    int next = value(row, at, field);
    consumer.endField(name, index);
    return next;
  }

  private void scalar(RowLog row, int at, Field field) {
    long value = row.value(at);
    switch (row.operation(at)) {
      case BOOLEAN -> consumer.addBoolean(value != 0);
      case INT -> consumer.addInteger((int) value);
      case LONG -> {
        if (field.type.kind() == DataType.Kind.TIME && ParquetSchemas.isMillis(field.type)) {
          consumer.addInteger((int) value);
        } else {
          consumer.addLong(value);
        }
      }
      case FLOAT -> consumer.addFloat(Float.intBitsToFloat((int) value));
      case DOUBLE -> consumer.addDouble(Double.longBitsToDouble(value));
      case DECIMAL -> decimal(field, value);
      case DECIMAL_BYTES -> {
        if (field.fixed == null) {
          decimal(field, row.unscaled(at));
        } else {
          wideDecimal(field, row.array(), (int) value, row.length(at));
        }
      }
      case UTF8, BYTES ->
          consumer.addBinary(Binary.fromReusedByteArray(row.array(), (int) value, row.length(at)));
      case NULL, BEGIN_STRUCT, END_STRUCT, BEGIN_LIST, END_LIST, BEGIN_MAP, END_MAP ->
          throw new IllegalStateException(row.operation(at) + " is no value");
    }
  }

  private void decimal(Field field, long unscaled) {
    DataType.Decimal type = (DataType.Decimal) field.type;
    if (type.precision() <= 9) {
      consumer.addInteger((int) unscaled);
    } else if (type.precision() <= 18) {
      consumer.addLong(unscaled);
    } else {
      for (int i = field.fixed.length - 1, shift = 0; i >= 0; i--, shift += 8) {
        field.fixed[i] = (byte) (shift < 64 ? unscaled >> shift : unscaled >> 63);
      }
      consumer.addBinary(Binary.fromReusedByteArray(field.fixed));
    }
  }

  private void wideDecimal(Field field, byte[] bytes, int offset, int length) {
    int pad = field.fixed.length - length;
    int skipped = Math.max(0, -pad); // leading sign bytes of a longer encoding
    Arrays.fill(
        field.fixed, 0, Math.max(0, pad), (byte) (length > 0 && bytes[offset] < 0 ? -1 : 0));
    System.arraycopy(bytes, offset + skipped, field.fixed, Math.max(0, pad), length - skipped);
    consumer.addBinary(Binary.fromReusedByteArray(field.fixed));
  }
}
