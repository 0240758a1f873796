package io.millrace.sink.jdbc;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import io.millrace.sink.SinkConnector;
import io.millrace.sink.testkit.JsonValues;
import io.millrace.sink.testkit.SinkFixture;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** A database of its own in a server that all tests of a class share, read by its driver. */
abstract class MartFixture implements SinkFixture {
  private final String url;
  private final Dialect dialect;

  MartFixture(String url) {
    this.url = url;
    this.dialect = Dialect.of(url);
  }

  Connection connect() throws SQLException {
    return DriverManager.getConnection(url, dialect.properties());
  }

  @Override
  public SinkConnector connector() {
    return new JdbcConnector();
  }

  @Override
  public Map<String, String> options() {
    return Map.of("url", url, "table", "Mart table", "max-bytes", "64 KB", "max-rows", "500");
  }

  @Override
  public Optional<Map<String, String>> spreadBy(String column) {
    return Optional.empty();
  }

  @Override
  public List<List<Object>> visibleRows(RowSchema schema) throws SQLException {
    String names =
        schema.columns().stream()
            .map(c -> dialect.quote(c.name()))
            .collect(Collectors.joining(", "));
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      ResultSet result =
          statement.executeQuery("SELECT " + names + " FROM " + dialect.quote("Mart table"));
      List<List<Object>> rows = new ArrayList<>();
      while (result.next()) {
        List<Object> row = new ArrayList<>();
        for (int i = 0; i < schema.size(); i++) {
          Column column = schema.column(i);
          row.add(result.getObject(i + 1) == null ? null : value(result, i + 1, column.type()));
        }
        rows.add(row);
      }
      return rows;
    }
  }

  private Object value(ResultSet result, int column, DataType type) throws SQLException {
    return switch (type.kind()) {
      case BOOLEAN -> result.getBoolean(column);
      case INT -> result.getInt(column);
      case BIGINT -> result.getLong(column);
      case FLOAT -> result.getFloat(column);
      case DOUBLE -> result.getDouble(column);
      case DECIMAL -> (BigDecimal) result.getBigDecimal(column);
      case STRING -> result.getString(column);
      case BYTES -> ByteBuffer.wrap(result.getBytes(column));
      case DATE -> result.getObject(column, LocalDate.class);
      case TIME -> result.getObject(column, LocalTime.class);
      case TIMESTAMP -> result.getObject(column, LocalDateTime.class);
      case TIMESTAMP_LTZ ->
          dialect.knowsTimeZones()
              ? result.getObject(column, OffsetDateTime.class).toInstant()
              : result.getObject(column, LocalDateTime.class).toInstant(ZoneOffset.UTC);
      case ARRAY, MAP, ROW -> JsonValues.read(result.getString(column), type);
    };
  }

  void execute(String... statements) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      for (String text : statements) {
        statement.execute(text);
      }
    }
  }
}
