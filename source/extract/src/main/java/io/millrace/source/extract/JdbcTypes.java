package io.millrace.source.extract;

import io.millrace.model.DataType;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;

/**
 * JDBC's types as columns of the warehouse, and its values as values of those. What has no equal
 * here is a STRING, in the text that the driver gives.
 */
final class JdbcTypes {
  private static final int MOST_DIGITS = 38;

  private JdbcTypes() {}

  /** The type of a column of a result, counted from 1; nullable. */
  static DataType of(ResultSetMetaData result, int column) throws SQLException {
    int precision = result.getPrecision(column);
    int scale = result.getScale(column);
    String name = result.getColumnTypeName(column);
    return switch (result.getColumnType(column)) {
      case Types.BOOLEAN -> DataType.BOOLEAN;
      case Types.BIT -> precision <= 1 ? DataType.BOOLEAN : DataType.STRING;
      case Types.TINYINT, Types.SMALLINT -> DataType.INT;
      case Types.INTEGER -> result.isSigned(column) ? DataType.INT : DataType.BIGINT;
      case Types.BIGINT -> result.isSigned(column) ? DataType.BIGINT : DataType.decimal(20, 0);
      case Types.REAL -> DataType.FLOAT;
      case Types.FLOAT, Types.DOUBLE ->
          name.equalsIgnoreCase("money") ? DataType.STRING : DataType.DOUBLE;
      case Types.NUMERIC, Types.DECIMAL ->
          precision > 0 && precision <= MOST_DIGITS && scale >= 0 && scale <= precision
              ? DataType.decimal(precision, scale)
              : DataType.STRING;
      case Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY, Types.BLOB -> DataType.BYTES;
      case Types.DATE -> DataType.DATE;
      case Types.TIMESTAMP ->
          name.equalsIgnoreCase("timestamptz")
              ? DataType.timestampLtz(digits(scale))
              : DataType.timestamp(digits(scale));
      case Types.TIMESTAMP_WITH_TIMEZONE -> DataType.timestampLtz(digits(scale));
      default -> DataType.STRING;
    };
  }

  private static int digits(int scale) {
    return Math.max(0, Math.min(6, scale));
  }

  /** The value of the current row in a column of this type; null for NULL. */
  static Object value(ResultSet row, int column, DataType type) throws SQLException {
    Object value =
        switch (type.kind()) {
          case BOOLEAN -> row.getBoolean(column);
          case INT, BIGINT -> row.getLong(column);
          case FLOAT -> row.getFloat(column);
          case DOUBLE -> row.getDouble(column);
          case DECIMAL -> row.getBigDecimal(column);
          case BYTES -> row.getBytes(column);
          case DATE -> row.getObject(column, LocalDate.class);
          case TIMESTAMP -> row.getObject(column, LocalDateTime.class);
          case TIMESTAMP_LTZ -> instant(row, column);
          default -> row.getString(column);
        };
    return row.wasNull() ? null : value;
  }

  private static Instant instant(ResultSet row, int column) throws SQLException {
    OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }
}
