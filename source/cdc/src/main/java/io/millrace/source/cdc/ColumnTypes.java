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
import org.apache.kafka.connect.data.Struct;

/**
 * A database's types as columns of the warehouse, and Debezium's values as values of those. What
 * has no equal here is a STRING in the database's own text, so that nothing is lost. Thread-safe.
 */
abstract class ColumnTypes {
  /** Debezium says what a field is in the source by parameters of its schema. */
  private static final String TYPE = "__debezium.source.column.type";

  private static final String LENGTH = "__debezium.source.column.length";
  private static final String SCALE = "__debezium.source.column.scale";

  private final Set<String> texts;

  /**
   * @param texts the names of types that are a STRING for sure; others may stand for anything
   */
  ColumnTypes(Set<String> texts) {
    this.texts = texts;
  }

  /** What a field of Debezium's is here. */
  protected abstract DataType of(Schema field);

  /** A value of a STRING column that is none of Java's texts. */
  protected abstract String text(Schema field, Object value);

  /** The type's name in the source, in lower case; empty where it is not told. */
  protected static String typeName(Schema field) {
    return parameter(field, TYPE).orElse("").toLowerCase(Locale.ROOT);
  }

  /** As declared; -1 where it was not. */
  protected static int length(Schema field) {
    return parameter(field, LENGTH).map(Integer::parseInt).orElse(-1);
  }

  /** As declared; -1 where it was not. */
  protected static int scale(Schema field) {
    return parameter(field, SCALE).map(Integer::parseInt).orElse(-1);
  }

  private static Optional<String> parameter(Schema field, String name) {
    return Optional.ofNullable(field.parameters()).map((Map<String, String> p) -> p.get(name));
  }

  /** The column that a field which was added to a table is here. */
  Column column(String name, Schema field) {
    return new Column(name, of(field), Optional.empty());
  }

  /**
   * Refuses a field whose type in the source is another by now than the column was made for.
   * INCOMPATIBLE_CONTRACT.
   */
  void check(Column column, Schema field) {
    DataType was = column.type();
    DataType is = of(field);
    String type = typeName(field);
    boolean isTold = is.kind() != DataType.Kind.STRING || texts.contains(type);
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
  Object value(Column column, Schema field, Object value) {
    return value == null ? null : value(column.name(), column.type(), field, value);
  }

  private Object value(String name, DataType type, Schema field, Object value) {
    try {
      return switch (type.kind()) {
        case INT, BIGINT, FLOAT, DOUBLE, DECIMAL ->
            value instanceof String text ? new BigDecimal(text) : value;
        case STRING -> value instanceof String ? value : textOf(field, value);
        case BYTES -> binary(value);
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

  private List<Object> list(String name, DataType type, Schema field, List<?> values) {
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

  private static Object binary(Object value) {
    if (value instanceof Struct geometry) {
      return geometry.getBytes("wkb");
    }
    return value instanceof ByteBuffer buffer ? bytes(buffer) : value;
  }

  private String textOf(Schema field, Object value) {
    if (value instanceof ByteBuffer buffer) {
      return new String(bytes(buffer), StandardCharsets.UTF_8);
    }
    return value instanceof byte[] bytes
        ? new String(bytes, StandardCharsets.UTF_8)
        : text(field, value);
  }

  private static LocalDateTime timestamp(Schema field, long count) {
    long micros =
        "io.debezium.time.Timestamp".equals(field.name())
            ? Math.multiplyExact(count, 1000L)
            : count;
    return LocalDateTime.ofInstant(Instant.EPOCH.plus(micros, ChronoUnit.MICROS), ZoneOffset.UTC);
  }
}
