package io.millrace.interop.streams;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A row, or the key of one, as Java objects: Boolean, Integer, Long, Float, Double, BigDecimal,
 * String, byte[], LocalDate, LocalTime, LocalDateTime (TIMESTAMP), Instant (TIMESTAMP_LTZ), List,
 * Map (for MAP and, by field name, ROW) and null. Columns are named without case. Whether a value
 * fits its column is checked when the row is written. Immutable, if the arrays, lists and maps in
 * it are left alone.
 *
 * <p>Kafka Streams hands on objects, so here a row is one.
 */
public final class Row {
  private final RowSchema schema;
  private final Object[] values;

  /** Takes the array as its own. */
  Row(RowSchema schema, Object[] values) {
    this.schema = schema;
    this.values = values;
  }

  /** A row of one value per column; ROW_REFUSED where their numbers differ. */
  public static Row of(RowSchema schema, Object... values) {
    if (values.length != schema.size()) {
      throw new MillraceException(
              ErrorCode.ROW_REFUSED,
              "Cannot make a row of " + values.length + " values for " + schema.size() + " columns")
          .hint("The columns are " + names(schema) + ".");
    }
    return new Row(schema, values.clone());
  }

  private static String names(RowSchema schema) {
    return schema.columns().stream().map(Column::name).collect(Collectors.joining(", "));
  }

  public RowSchema schema() {
    return schema;
  }

  /** The value of the column, null for NULL; NOT_FOUND where there is no such column. */
  public Object get(String column) {
    return values[index(column)];
  }

  private int index(String column) {
    int index = schema.indexOf(column);
    if (index < 0) {
      throw new MillraceException(ErrorCode.NOT_FOUND, "Cannot find column " + column + " in a row")
          .hint("The columns are " + names(schema) + ".");
    }
    return index;
  }

  /** The value at an index of the schema. */
  Object at(int index) {
    return values[index];
  }

  /** The values, one per column. */
  Object[] values() {
    return values;
  }

  public boolean isNull(String column) {
    return get(column) == null;
  }

  private <T> T as(String column, Class<T> type) {
    int index = index(column);
    if (values[index] != null && !type.isInstance(values[index])) {
      throw new MillraceException(
          ErrorCode.INVALID_TYPE,
          "Cannot read column "
              + column
              + " as "
              + type.getSimpleName()
              + ": it is of type "
              + schema.column(index).type().bareText());
    }
    return type.cast(values[index]);
  }

  /**
   * A BOOLEAN, null for NULL; this and the others throw INVALID_TYPE for columns of other types.
   */
  public Boolean getBoolean(String column) {
    return as(column, Boolean.class);
  }

  public Integer getInt(String column) {
    return as(column, Integer.class);
  }

  /** A BIGINT or INT. */
  public Long getLong(String column) {
    return get(column) instanceof Integer number ? Long.valueOf(number) : as(column, Long.class);
  }

  public Float getFloat(String column) {
    return as(column, Float.class);
  }

  public Double getDouble(String column) {
    return as(column, Double.class);
  }

  public BigDecimal getDecimal(String column) {
    return as(column, BigDecimal.class);
  }

  public String getString(String column) {
    return as(column, String.class);
  }

  /** The row's own array: leave it as it is. */
  public byte[] getBytes(String column) {
    return as(column, byte[].class);
  }

  public LocalDate getDate(String column) {
    return as(column, LocalDate.class);
  }

  public LocalTime getTime(String column) {
    return as(column, LocalTime.class);
  }

  /** A TIMESTAMP. */
  public LocalDateTime getTimestamp(String column) {
    return as(column, LocalDateTime.class);
  }

  /** A TIMESTAMP_LTZ. */
  public Instant getInstant(String column) {
    return as(column, Instant.class);
  }

  public List<?> getList(String column) {
    return as(column, List.class);
  }

  /** A MAP, or a ROW by field name. */
  public Map<?, ?> getMap(String column) {
    return as(column, Map.class);
  }

  /** A ROW, such as {@code before} and {@code after} of a change. */
  public Row getRow(String column) {
    int index = index(column);
    if (!(schema.column(index).type() instanceof DataType.Row type)) {
      throw new MillraceException(
          ErrorCode.INVALID_TYPE,
          "Cannot read column "
              + column
              + " as Row: it is of type "
              + schema.column(index).type().bareText());
    }
    Map<?, ?> fields = getMap(column);
    return fields == null
        ? null
        : new Row(
            new RowSchema(type.fields(), List.of()),
            type.fields().stream().map(field -> fields.get(field.name())).toArray());
  }

  /** The same row with another value in that column. */
  public Row with(String column, Object value) {
    Object[] changed = values.clone();
    changed[index(column)] = value;
    return new Row(schema, changed);
  }

  /** These columns alone, without a key. */
  public Row project(String... columns) {
    int[] indexes = Arrays.stream(columns).mapToInt(this::index).toArray();
    return new Row(
        schema.project(indexes), Arrays.stream(indexes).mapToObj(i -> values[i]).toArray());
  }

  /** Whether columns' names and values are the same; types and the primary key do not count. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Row row
        && Arrays.deepEquals(values, row.values)
        && (schema == row.schema || names(schema).equalsIgnoreCase(names(row.schema)));
  }

  @Override
  public int hashCode() {
    return Arrays.deepHashCode(values);
  }

  /** Such as {@code {id=7, name=Oulu}}. */
  @Override
  public String toString() {
    Map<String, Object> shown = new LinkedHashMap<>();
    for (int i = 0; i < values.length; i++) {
      Object value = values[i] instanceof byte[] bytes ? bytes.length + " bytes" : values[i];
      shown.put(schema.column(i).name(), value);
    }
    return shown.toString();
  }
}
