package io.millrace.source.cdc;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.connect.data.Schema;

/**
 * PostgreSQL's types as columns of the warehouse, and Debezium's values as values of those. What
 * has no equal here (intervals, enums, JSON, UUIDs, addresses, numerics without a precision) is a
 * STRING in PostgreSQL's own text, so that nothing is lost.
 */
final class PostgresTypes {
  /** Debezium says what a field is in the source by parameters of its schema. */
  private static final String TYPE = "__debezium.source.column.type";

  private static final String LENGTH = "__debezium.source.column.length";
  private static final String SCALE = "__debezium.source.column.scale";

  /** Other types that are a STRING may be domains, which stand for anything. */
  private static final Set<String> TEXTS =
      Set.of("text", "varchar", "bpchar", "char", "uuid", "json", "jsonb", "interval", "numeric");

  private PostgresTypes() {}

  /**
   * @param name the type's name in {@code pg_type}
   * @param element of an array, that of its elements; else null
   * @param modifier {@code atttypmod}: -1 where the type was declared without parameters
   */
  static DataType of(String name, String element, int modifier) {
    boolean sized = modifier >= 4;
    int length = sized ? modifier - 4 >> 16 & 0xffff : 0;
    // Eleven bits with a sign: a negative scale rounds to tens.
    int scale = sized ? ((modifier - 4 & 0x7ff) ^ 1024) - 1024 : 0;
    int digits = modifier >= 0 ? modifier : 6;
    return element == null
        ? scalar(name, sized ? length : 0, scale, digits)
        : new DataType.Array(scalar(element, sized ? length : 0, scale, digits), true);
  }

  private static DataType scalar(String name, int precision, int scale, int digits) {
    return switch (name) {
      case "bool" -> DataType.BOOLEAN;
      case "int2", "int4", "smallserial", "serial" -> DataType.INT;
      case "int8", "oid", "bigserial" -> DataType.BIGINT;
      case "float4" -> DataType.FLOAT;
      case "float8" -> DataType.DOUBLE;
      case "numeric" ->
          precision > 0 && precision <= 38 && scale >= 0 && scale <= precision
              ? DataType.decimal(precision, scale)
              : DataType.STRING;
      case "money" -> DataType.decimal(19, 2);
      case "bytea" -> DataType.BYTES;
      case "date" -> DataType.DATE;
      case "time" -> digits <= 3 ? DataType.time(digits) : DataType.STRING;
      case "timestamp" -> DataType.timestamp(digits);
      case "timestamptz" -> DataType.timestampLtz(digits);
      default -> DataType.STRING;
    };
  }

  /** The column that a field which was added to a table is here. */
  static Column column(String name, Schema field) {
    return new Column(name, of(field), Optional.empty());
  }

  private static DataType of(Schema field) {
    String type = parameter(field, TYPE).orElse("").toLowerCase(Locale.ROOT);
    String element = type.startsWith("_") ? type.substring(1) : null;
    int length = number(field, LENGTH);
    int scale = number(field, SCALE);
    int digits = Math.min(6, scale);
    DataType of = scalar(element == null ? type : element, length, scale, scale < 0 ? 6 : digits);
    return element == null ? of : new DataType.Array(of, true);
  }

  private static Optional<String> parameter(Schema field, String name) {
    return Optional.ofNullable(field.parameters()).map((Map<String, String> p) -> p.get(name));
  }

  private static int number(Schema field, String name) {
    return parameter(field, name).map(Integer::parseInt).orElse(-1);
  }

  /**
   * Refuses a field whose type in the source is another by now than the column was made for.
   * INCOMPATIBLE_CONTRACT.
   */
  static void check(Column column, Schema field) {
    DataType was = column.type();
    DataType is = of(field);
    String type = parameter(field, TYPE).orElse("").toLowerCase(Locale.ROOT);
    boolean isTold = is.kind() != DataType.Kind.STRING || TEXTS.contains(type);
    if (!isTold || fits(was, is)) {
      return;
    }
    throw new MillraceException(
            ErrorCode.INCOMPATIBLE_CONTRACT,
            "column "
                + column.name()
                + " became "
                + type
                + " ("
                + is.bareText()
                + ") in the source, but is "
                + was.bareText()
                + " here")
        .hint("Change it back, or drop the source and its table and create both anew.");
  }

  private static boolean fits(DataType was, DataType is) {
    if (was instanceof DataType.Array before && is instanceof DataType.Array now) {
      return fits(before.element(), now.element());
    }
    if (was instanceof DataType.Decimal before && is instanceof DataType.Decimal now) {
      return now.scale() <= before.scale()
          && now.precision() - now.scale() <= before.precision() - before.scale();
    }
    return was.kind() == is.kind()
        || was.kind() == DataType.Kind.STRING
        || was.kind() == DataType.Kind.BIGINT && is.kind() == DataType.Kind.INT
        || was.kind() == DataType.Kind.DOUBLE && is.kind() == DataType.Kind.FLOAT;
  }

  /** A value of Debezium's as one that a row takes; ROW_REFUSED where there is none. */
  static Object value(Column column, Schema field, Object value) {
    return value == null ? null : value(column.name(), column.type(), field, value);
  }

  private static Object value(String name, DataType type, Schema field, Object value) {
    try {
      return switch (type.kind()) {
        case INT, BIGINT, FLOAT, DOUBLE, DECIMAL ->
            value instanceof String text ? new BigDecimal(text) : value;
        case STRING -> text(field, value);
        case BYTES -> value instanceof ByteBuffer buffer ? bytes(buffer) : value;
        case DATE -> value instanceof Integer days ? LocalDate.ofEpochDay(days) : value;
        case TIME -> value instanceof Long micros ? LocalTime.ofNanoOfDay(micros * 1000) : value;
        case TIMESTAMP -> value instanceof Long count ? timestamp(field, count) : value;
        case TIMESTAMP_LTZ ->
            value instanceof String text ? OffsetDateTime.parse(text).toInstant() : value;
        case ARRAY -> list(name, ((DataType.Array) type).element(), field, (List<?>) value);
        default -> value;
      };
    } catch (RuntimeException e) {
      if (e instanceof MillraceException) {
        throw e;
      }
      throw new MillraceException(
          ErrorCode.ROW_REFUSED,
          "Cannot take " + value + " for column " + name + " of type " + type.bareText(),
          e);
    }
  }

  private static List<Object> list(String name, DataType type, Schema field, List<?> values) {
    List<Object> list = new ArrayList<>(values.size());
    for (Object value : values) {
      list.add(value == null ? null : value(name, type, field.valueSchema(), value));
    }
    return list;
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static String text(Schema field, Object value) {
    if (value instanceof ByteBuffer buffer) {
      return new String(bytes(buffer), StandardCharsets.UTF_8);
    }
    if (value instanceof byte[] bytes) {
      return new String(bytes, StandardCharsets.UTF_8);
    }
    if (value instanceof Long micros && "io.debezium.time.MicroTime".equals(field.name())) {
      return LocalTime.ofNanoOfDay(micros * 1000).toString();
    }
    return value.toString();
  }

  private static LocalDateTime timestamp(Schema field, long count) {
    long micros =
        "io.debezium.time.Timestamp".equals(field.name())
            ? Math.multiplyExact(count, 1000L)
            : count;
    return LocalDateTime.ofInstant(Instant.EPOCH.plus(micros, ChronoUnit.MICROS), ZoneOffset.UTC);
  }
}
