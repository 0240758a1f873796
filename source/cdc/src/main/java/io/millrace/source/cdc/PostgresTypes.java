package io.millrace.source.cdc;

import io.millrace.model.DataType;
import java.time.LocalTime;
import java.util.Set;
import org.apache.kafka.connect.data.Schema;

/**
 * PostgreSQL's types. Intervals, enums, JSON, UUIDs, addresses and numerics without a precision are
 * texts.
 */
final class PostgresTypes extends ColumnTypes {
  PostgresTypes() {
    super(
        Set.of(
            "text", "varchar", "bpchar", "char", "uuid", "json", "jsonb", "interval", "numeric"));
  }

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

  @Override
  protected DataType of(Schema field) {
    String type = typeName(field);
    String element = type.startsWith("_") ? type.substring(1) : null;
    int scale = scale(field);
    int digits = scale < 0 ? 6 : Math.min(6, scale);
    DataType of = scalar(element == null ? type : element, length(field), scale, digits);
    return element == null ? of : new DataType.Array(of, true);
  }

  @Override
  protected String text(Schema field, Object value) {
    return value instanceof Long micros && "io.debezium.time.MicroTime".equals(field.name())
        ? LocalTime.ofNanoOfDay(micros * 1000).toString()
        : value.toString();
  }
}
