package io.millrace.sink.files;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Struct;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.duckdb.DuckDBResultSet;

/** Runs a query in DuckDB and gives its values as the test kit writes them. */
public final class DuckDb {
  private DuckDb() {}

  public static List<List<Object>> query(String sql, List<Column> columns) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute("SET TimeZone = 'UTC'");
      ResultSet result = statement.executeQuery(sql);
      List<List<Object>> rows = new ArrayList<>();
      while (result.next()) {
        List<Object> row = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
          row.add(value(columns.get(i).type(), raw(result, i + 1, columns.get(i).type())));
        }
        rows.add(row);
      }
      return rows;
    }
  }

  /** DuckDB's driver gives a TIME as java.sql.Time, which ends at seconds, unless asked. */
  private static Object raw(ResultSet result, int column, DataType type) throws SQLException {
    if (result.getObject(column) == null) {
      return null;
    }
    return switch (type.kind()) {
      case TIME -> result.getObject(column, LocalTime.class);
      case DATE -> result.getObject(column, LocalDate.class);
      case TIMESTAMP -> result.getObject(column, LocalDateTime.class);
      case BYTES -> ((DuckDBResultSet) result).getBytes(column);
      default -> result.getObject(column);
    };
  }

  private static Object value(DataType type, Object raw) throws SQLException {
    if (raw == null) {
      return null;
    }
    return switch (type.kind()) {
      case BYTES -> ByteBuffer.wrap(raw instanceof Blob b ? bytes(b) : (byte[]) raw);
      case DECIMAL -> ((BigDecimal) raw);
      case TIMESTAMP -> raw instanceof java.sql.Timestamp t ? t.toLocalDateTime() : raw;
      case TIMESTAMP_LTZ -> ((OffsetDateTime) raw).toInstant();
      case ARRAY -> {
        List<Object> list = new ArrayList<>();
        for (Object element : (Object[]) ((Array) raw).getArray()) {
          list.add(value(((DataType.Array) type).element(), element));
        }
        yield list;
      }
      case MAP -> {
        Map<Object, Object> map = new TreeMap<>();
        for (Map.Entry<?, ?> entry : ((Map<?, ?>) raw).entrySet()) {
          map.put(entry.getKey(), value(((DataType.Map) type).value(), entry.getValue()));
        }
        yield map;
      }
      case ROW -> {
        Map<String, Object> row = new TreeMap<>();
        List<Column> fields = ((DataType.Row) type).fields();
        List<Object> values = Arrays.asList(((Struct) raw).getAttributes());
        for (int i = 0; i < fields.size(); i++) {
          row.put(fields.get(i).name(), value(fields.get(i).type(), values.get(i)));
        }
        yield row;
      }
      case BOOLEAN, INT, BIGINT, FLOAT, DOUBLE, STRING, DATE, TIME -> raw;
    };
  }

  private static byte[] bytes(Blob blob) throws SQLException {
    return blob.getBytes(1, (int) blob.length());
  }
}
