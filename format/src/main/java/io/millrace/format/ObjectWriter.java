package io.millrace.format;

import io.millrace.model.BytesView;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowReader;
import io.millrace.model.RowSchema;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Turns each row written to it into Java objects, the mirror of {@link ObjectRow}; for doors and
 * tests. Not thread-safe.
 */
public final class ObjectWriter extends RowBuffer {
  private final RowSchema schema;
  private final Consumer<Object[]> rows;

  /** {@code schema} is the projected one where the decoder projects. */
  public ObjectWriter(RowSchema schema, Consumer<Object[]> rows) {
    super(schema);
    this.schema = schema;
    this.rows = rows;
  }

  @Override
  public void endRow() {
    super.endRow();
    rows.accept(objects(row(), schema));
  }

  /** The row's values, one per column of the schema. */
  public static Object[] objects(RowReader row, RowSchema schema) {
    Object[] values = new Object[schema.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = object(row, i, schema.column(i).type());
    }
    return values;
  }

  /** One value of a row as a Java object, null for NULL. */
  public static Object object(RowReader row, int column, DataType type) {
    if (row.isNull(column)) {
      return null;
    }
    return switch (type.kind()) {
      case BOOLEAN -> row.getBoolean(column);
      case INT -> row.getInt(column);
      case BIGINT -> row.getLong(column);
      case FLOAT -> row.getFloat(column);
      case DOUBLE -> row.getDouble(column);
      case DECIMAL -> new BigDecimal(unscaled(row, column), ((DataType.Decimal) type).scale());
      case STRING -> string(row.utf8(column));
      case BYTES -> {
        BytesView view = row.bytes(column);
        yield Arrays.copyOfRange(view.array(), view.offset(), view.offset() + view.length());
      }
      case DATE -> LocalDate.ofEpochDay(row.getInt(column));
      case TIME -> LocalTime.ofNanoOfDay(row.getLong(column) * (1_000_000_000 / unit(type)));
      case TIMESTAMP -> LocalDateTime.ofInstant(instant(row, column, type), ZoneOffset.UTC);
      case TIMESTAMP_LTZ -> instant(row, column, type);
      case ARRAY -> list(row.getList(column), ((DataType.Array) type).element());
      case MAP -> {
        List<Object> keys = list(row.getMapKeys(column), DataType.STRING);
        List<Object> values = list(row.getMapValues(column), ((DataType.Map) type).value());
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keys.size(); i++) {
          map.put((String) keys.get(i), values.get(i));
        }
        yield map;
      }
      case ROW -> {
        RowReader struct = row.getStruct(column);
        List<Column> fields = ((DataType.Row) type).fields();
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < fields.size(); i++) {
          map.put(fields.get(i).name(), object(struct, i, fields.get(i).type()));
        }
        yield map;
      }
    };
  }

  private static BigInteger unscaled(RowReader row, int column) {
    if (row.isCompactDecimal(column)) {
      return BigInteger.valueOf(row.getDecimal(column));
    }
    BytesView view = row.getDecimalBytes(column);
    return new BigInteger(view.array(), view.offset(), view.length());
  }

  private static String string(BytesView view) {
    return new String(view.array(), view.offset(), view.length(), StandardCharsets.UTF_8);
  }

  private static List<Object> list(RowReader list, DataType element) {
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      values.add(object(list, i, element));
    }
    return Collections.unmodifiableList(values);
  }

  private static long unit(DataType type) {
    return ((DataType.Temporal) type).precision() == 3 ? 1_000 : 1_000_000;
  }

  private static Instant instant(RowReader row, int column, DataType type) {
    long unit = unit(type);
    long value = row.getLong(column);
    return Instant.ofEpochSecond(
        Math.floorDiv(value, unit), Math.floorMod(value, unit) * (1_000_000_000 / unit));
  }
}
