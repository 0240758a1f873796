package io.millrace.sink.testkit;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;

/**
 * Pushes rows of plain Java values into a row writer: Boolean, Integer, Long, Float, Double,
 * BigDecimal, String, ByteBuffer (BYTES, so that values can be compared), LocalDate, LocalTime,
 * LocalDateTime (TIMESTAMP), Instant (TIMESTAMP_LTZ), List, Map (MAP and ROW) and null.
 */
public final class Rows {
  private Rows() {}

  /** Pushes one whole row. */
  public static void push(RowWriter writer, RowSchema schema, Object... values) {
    writer.beginRow();
    for (int i = 0; i < values.length; i++) {
      set(writer, i, schema.column(i).type(), values[i]);
    }
    writer.endRow();
  }

  /** Pushes one value. */
  public static void set(RowWriter writer, int column, DataType type, Object value) {
    if (value == null) {
      writer.setNull(column);
      return;
    }
    switch (type.kind()) {
      case BOOLEAN -> writer.setBoolean(column, (Boolean) value);
      case INT -> writer.setInt(column, (Integer) value);
      case BIGINT -> writer.setLong(column, (Long) value);
      case FLOAT -> writer.setFloat(column, (Float) value);
      case DOUBLE -> writer.setDouble(column, (Double) value);
      case DECIMAL -> decimal(writer, column, (DataType.Decimal) type, (BigDecimal) value);
      case STRING -> {
        byte[] utf8 = ((String) value).getBytes(StandardCharsets.UTF_8);
        writer.setUtf8(column, utf8, 0, utf8.length);
      }
      case BYTES -> {
        ByteBuffer bytes = (ByteBuffer) value;
        writer.setBytes(
            column, bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
      }
      case DATE -> writer.setInt(column, (int) ((LocalDate) value).toEpochDay());
      case TIME -> writer.setLong(column, ((LocalTime) value).toNanoOfDay() / nanos(type));
      case TIMESTAMP ->
          writer.setLong(column, since(((LocalDateTime) value).toInstant(ZoneOffset.UTC), type));
      case TIMESTAMP_LTZ -> writer.setLong(column, since((Instant) value, type));
      case ARRAY -> list(writer, column, ((DataType.Array) type).element(), (List<?>) value);
      case MAP -> map(writer, column, ((DataType.Map) type).value(), (Map<?, ?>) value);
      case ROW -> struct(writer, column, ((DataType.Row) type).fields(), (Map<?, ?>) value);
    }
  }

  private static void decimal(
      RowWriter writer, int column, DataType.Decimal type, BigDecimal value) {
    byte[] unscaled = value.setScale(type.scale()).unscaledValue().toByteArray();
    if (unscaled.length <= Long.BYTES) {
      writer.setDecimal(column, value.setScale(type.scale()).unscaledValue().longValueExact());
    } else {
      writer.setDecimal(column, unscaled, 0, unscaled.length);
    }
  }

  private static void list(RowWriter writer, int column, DataType element, List<?> values) {
    writer.beginList(column);
    values.forEach(value -> set(writer, 0, element, value));
    writer.endList();
  }

  private static void map(RowWriter writer, int column, DataType type, Map<?, ?> entries) {
    writer.beginMap(column);
    entries.forEach(
        (key, value) -> {
          set(writer, 0, DataType.STRING, key);
          set(writer, 1, type, value);
        });
    writer.endMap();
  }

  private static void struct(RowWriter writer, int column, List<Column> fields, Map<?, ?> values) {
    writer.beginStruct(column);
    for (int i = 0; i < fields.size(); i++) {
      if (values.containsKey(fields.get(i).name())) {
        set(writer, i, fields.get(i).type(), values.get(fields.get(i).name()));
      }
    }
    writer.endStruct();
  }

  private static long nanos(DataType type) {
    return ((DataType.Temporal) type).precision() == 3 ? 1_000_000 : 1_000;
  }

  private static long since(Instant instant, DataType type) {
    long perSecond = 1_000_000_000 / nanos(type);
    return instant.getEpochSecond() * perSecond + instant.getNano() / nanos(type);
  }
}
