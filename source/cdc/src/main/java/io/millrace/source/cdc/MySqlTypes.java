package io.millrace.source.cdc;

import io.millrace.model.DataType;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.connect.data.Schema;

/**
 * MariaDB's and MySQL's types. TIME, which may be longer than a day and negative, enums, sets, JSON
 * and UUIDs are texts; shapes are well-known binary.
 */
final class MySqlTypes extends ColumnTypes {
  private static final long MICROS = 1_000_000;

  MySqlTypes() {
    super(
        Set.of(
            "char",
            "varchar",
            "tinytext",
            "text",
            "mediumtext",
            "longtext",
            "enum",
            "set",
            "json",
            "uuid",
            "time",
            "decimal"));
  }

  /**
   * @param name of the type, in lower case, without its parameters
   * @param length digits of a DECIMAL, bits of a BIT; 0 where there is none
   * @param scale digits behind the point of a DECIMAL
   * @param digits of a second's fraction
   * @return empty where columns of this type are not told
   */
  static Optional<DataType> of(String name, boolean unsigned, int length, int scale, int digits) {
    return Optional.ofNullable(
        switch (name) {
          case "tinyint", "smallint", "mediumint", "year", "boolean" -> DataType.INT;
          case "int", "integer" -> unsigned ? DataType.BIGINT : DataType.INT;
          case "bigint" -> unsigned ? DataType.decimal(20, 0) : DataType.BIGINT;
          case "float" -> DataType.FLOAT;
          case "double", "real" -> DataType.DOUBLE;
          case "decimal", "numeric" ->
              length > 0 && length <= 38 ? DataType.decimal(length, scale) : DataType.STRING;
          case "bit" -> length <= 1 ? DataType.BOOLEAN : DataType.BYTES;
          case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob" ->
              DataType.BYTES;
          case "geometry",
              "point",
              "linestring",
              "polygon",
              "multipoint",
              "multilinestring",
              "multipolygon",
              "geometrycollection" ->
              DataType.BYTES;
          case "date" -> DataType.DATE;
          case "datetime" -> DataType.timestamp(digits);
          case "timestamp" -> DataType.timestampLtz(digits);
          case "char",
              "varchar",
              "tinytext",
              "text",
              "mediumtext",
              "longtext",
              "enum",
              "set",
              "json",
              "uuid",
              "time" ->
              DataType.STRING;
          default -> null;
        });
  }

  @Override
  protected DataType of(Schema field) {
    String type = typeName(field);
    String name = type.split("[ (]", 2)[0];
    int length = Math.max(0, length(field));
    return of(
            name, type.contains("unsigned"), length, Math.max(0, scale(field)), Math.min(6, length))
        .orElse(DataType.STRING);
  }

  @Override
  protected String text(Schema field, Object value) {
    return value instanceof Long micros && "io.debezium.time.MicroTime".equals(field.name())
        ? time(micros)
        : value.toString();
  }

  /** As the server writes it: {@code -838:59:59.000001}, without a fraction that is zero. */
  private static String time(long micros) {
    long seconds = Math.abs(micros) / MICROS;
    long fraction = Math.abs(micros) % MICROS;
    return String.format(
        Locale.ROOT,
        "%s%02d:%02d:%02d%s",
        micros < 0 ? "-" : "",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        fraction == 0 ? "" : String.format(Locale.ROOT, ".%06d", fraction));
  }
}
