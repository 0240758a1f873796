package io.millrace.format;

import io.millrace.format.text.TextValues;
import io.millrace.model.BytesView;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowReader;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;

/**
 * A row of Java objects, for rows typed in by people; not for the path of rows. Values are Boolean,
 * Integer, Long, Float, Double, BigDecimal, String, byte[], LocalDate, LocalTime, LocalDateTime,
 * Instant, List, Map (for MAP and, by field name, ROW) and null. A number fits every number type
 * that holds it exactly (and FLOAT and DOUBLE rounded), a String every temporal type it can be read
 * as. Not thread-safe.
 */
public final class ObjectRow implements RowReader {
  private final RowSchema schema;
  private final RowBuffer buffer;
  private final RowReader row;
  private final TextValues text = new TextValues();

  public ObjectRow(RowSchema schema) {
    this.schema = schema;
    buffer = new RowBuffer(schema);
    row = buffer.row();
  }

  /**
   * Takes one value per column. Throws ROW_REFUSED, naming the column, where one does not fit its
   * type; NULL is let through here, for the encoder knows what the contract says.
   */
  public ObjectRow set(Object... values) {
    if (values.length != schema.size()) {
      throw new MillraceException(
          ErrorCode.ROW_REFUSED,
          "Cannot take a row of " + values.length + " values for " + schema.size() + " columns");
    }
    buffer.beginRow();
    for (int i = 0; i < values.length; i++) {
      write(schema.column(i).name(), schema.column(i).type(), values[i], buffer, i);
    }
    buffer.endRow();
    return this;
  }

  private static MillraceException refused(String name, DataType type, Object value, String why) {
    String shown =
        value instanceof byte[] bytes
            ? bytes.length + " bytes"
            : value.getClass().getSimpleName() + " " + value;
    return new MillraceException(
        ErrorCode.ROW_REFUSED,
        "Cannot take " + shown + " for column " + name + " of type " + type.bareText() + why);
  }

  private void write(String name, DataType type, Object value, RowWriter target, int column) {
    if (value == null) {
      target.setNull(column);
      return;
    }
    try {
      if (!writeValue(name, type, value, target, column)) {
        throw refused(name, type, value, "");
      }
    } catch (ArithmeticException e) {
      throw refused(name, type, value, ": out of range or not exact");
    } catch (DecodeException e) {
      throw refused(name, type, value, ": " + e.reason());
    }
  }

  /** False where the value's class is none that the type takes. */
  private boolean writeValue(String name, DataType type, Object value, RowWriter target, int column)
      throws DecodeException {
    switch (type.kind()) {
      case BOOLEAN:
        if (value instanceof Boolean b) {
          target.setBoolean(column, b);
          return true;
        }
        return false;
      case INT:
        if (value instanceof Number number) {
          target.setInt(column, exact(number).intValueExact());
          return true;
        }
        return false;
      case BIGINT:
        if (value instanceof Number number) {
          target.setLong(column, exact(number).longValueExact());
          return true;
        }
        return false;
      case FLOAT:
        if (value instanceof Number number) {
          target.setFloat(column, number.floatValue());
          return true;
        }
        return false;
      case DOUBLE:
        if (value instanceof Number number) {
          target.setDouble(column, number.doubleValue());
          return true;
        }
        return false;
      case DECIMAL:
        if (value instanceof Number number) {
          writeDecimal((DataType.Decimal) type, exact(number), target, column);
          return true;
        }
        return false;
      case STRING:
        if (value instanceof CharSequence || value instanceof Character) {
          byte[] utf8 = utf8(value.toString());
          target.setUtf8(column, utf8, 0, utf8.length);
          return true;
        }
        return false;
      case BYTES:
        if (value instanceof byte[] bytes) {
          target.setBytes(column, bytes, 0, bytes.length);
          return true;
        }
        return false;
      case DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ:
        return writeTemporal(type, value, target, column);
      case ARRAY:
        if (value instanceof List<?> list) {
          DataType element = ((DataType.Array) type).element();
          target.beginList(column);
          list.forEach(item -> write(name + "[]", element, item, target, 0));
          target.endList();
          return true;
        }
        return false;
      case MAP:
        if (value instanceof Map<?, ?> map) {
          DataType valueType = ((DataType.Map) type).value();
          target.beginMap(column);
          map.forEach(
              (key, item) -> {
                write(name + " key", DataType.STRING.withNullable(false), key, target, 0);
                write(name + "[" + key + "]", valueType, item, target, 1);
              });
          target.endMap();
          return true;
        }
        return false;
      case ROW:
        return writeStruct(name, (DataType.Row) type, value, target, column);
    }
    throw new IllegalArgumentException(type.toString());
  }

  private static BigDecimal exact(Number number) {
    if (number instanceof BigDecimal decimal) {
      return decimal;
    }
    if (number instanceof BigInteger integer) {
      return new BigDecimal(integer);
    }
    if (number instanceof Double || number instanceof Float) {
      double value = number.doubleValue();
      if (Double.isNaN(value) || Double.isInfinite(value)) {
        throw new ArithmeticException("no finite number");
      }
      // The shortest text that means this number is what the person typed.
      return new BigDecimal(number.toString());
    }
    return BigDecimal.valueOf(number.longValue());
  }

  private static void writeDecimal(
      DataType.Decimal type, BigDecimal value, RowWriter target, int column) {
    if (value.signum() != 0 && Math.abs((long) value.precision() - value.scale()) > 1000) {
      throw new ArithmeticException("out of range");
    }
    BigDecimal scaled = value.setScale(type.scale());
    if (scaled.precision() > type.precision()) {
      throw new ArithmeticException("out of range");
    }
    DecimalValue decimal = new DecimalValue();
    decimal.set(scaled.unscaledValue());
    decimal.writeTo(target, column);
  }

  /** Lone surrogates become question marks, as Java writes them. */
  private static byte[] utf8(String value) {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  private boolean writeTemporal(DataType type, Object value, RowWriter target, int column)
      throws DecodeException {
    if (value instanceof CharSequence chars) {
      byte[] utf8 = utf8(chars.toString());
      text.read(type, utf8, 0, utf8.length, 0, target, column);
      return true;
    }
    switch (type.kind()) {
      case DATE:
        if (value instanceof LocalDate date) {
          target.setInt(column, Math.toIntExact(date.toEpochDay()));
          return true;
        }
        return false;
      case TIME:
        if (value instanceof LocalTime time) {
          target.setLong(column, time.toNanoOfDay() / (1_000_000_000 / unit(type)));
          return true;
        }
        return false;
      default:
        Instant instant = instant(value);
        if (instant != null) {
          long nanosPerUnit = 1_000_000_000 / unit(type);
          target.setLong(
              column,
              Math.addExact(
                  Math.multiplyExact(instant.getEpochSecond(), unit(type)),
                  instant.getNano() / nanosPerUnit));
          return true;
        }
        return false;
    }
  }

  /** Every session is UTC, so that a date and time without a zone is an instant too. */
  private static Instant instant(Object value) {
    if (value instanceof LocalDateTime local) {
      return local.toInstant(ZoneOffset.UTC);
    }
    if (value instanceof OffsetDateTime offset) {
      return offset.toInstant();
    }
    if (value instanceof ZonedDateTime zoned) {
      return zoned.toInstant();
    }
    return value instanceof Instant instant ? instant : null;
  }

  private static long unit(DataType type) {
    return ((DataType.Temporal) type).precision() == 3 ? 1_000 : 1_000_000;
  }

  private boolean writeStruct(
      String name, DataType.Row type, Object value, RowWriter target, int column) {
    if (!(value instanceof Map<?, ?> map)) {
      return false;
    }
    long known = type.fields().stream().filter(field -> map.containsKey(field.name())).count();
    if (known != map.size()) {
      throw refused(name, type, value, ": a field is unknown");
    }
    target.beginStruct(column);
    for (int i = 0; i < type.fields().size(); i++) {
      Column field = type.fields().get(i);
      write(name + "." + field.name(), field.type(), map.get(field.name()), target, i);
    }
    target.endStruct();
    return true;
  }

  @Override
  public int size() {
    return row.size();
  }

  @Override
  public boolean isNull(int column) {
    return row.isNull(column);
  }

  @Override
  public boolean getBoolean(int column) {
    return row.getBoolean(column);
  }

  @Override
  public int getInt(int column) {
    return row.getInt(column);
  }

  @Override
  public long getLong(int column) {
    return row.getLong(column);
  }

  @Override
  public float getFloat(int column) {
    return row.getFloat(column);
  }

  @Override
  public double getDouble(int column) {
    return row.getDouble(column);
  }

  @Override
  public boolean isCompactDecimal(int column) {
    return row.isCompactDecimal(column);
  }

  @Override
  public long getDecimal(int column) {
    return row.getDecimal(column);
  }

  @Override
  public BytesView getDecimalBytes(int column) {
    return row.getDecimalBytes(column);
  }

  @Override
  public BytesView utf8(int column) {
    return row.utf8(column);
  }

  @Override
  public BytesView bytes(int column) {
    return row.bytes(column);
  }

  @Override
  public RowReader getStruct(int column) {
    return row.getStruct(column);
  }

  @Override
  public RowReader getList(int column) {
    return row.getList(column);
  }

  @Override
  public RowReader getMapKeys(int column) {
    return row.getMapKeys(column);
  }

  @Override
  public RowReader getMapValues(int column) {
    return row.getMapValues(column);
  }
}
