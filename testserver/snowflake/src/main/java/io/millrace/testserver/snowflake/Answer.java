package io.millrace.testserver.snowflake;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.duckdb.DuckDBResultSet;

/** The JSON that the driver reads; what it needs was found by watching it. */
final class Answer {
  static final ObjectMapper JSON = new ObjectMapper();

  /** What kind of statement it was: the driver tells queries, updates and others apart by it. */
  enum Kind {
    SELECT(0x1000),
    INSERT(0x3100),
    UPDATE(0x3200),
    DELETE(0x3300),
    MERGE(0x3400),
    ALTER_SESSION(0x4100),
    USE(0x4300),
    SHOW(0x4400),
    DESCRIBE(0x4500),
    LIST(0x4701),
    TRANSACTION(0x5000),
    DEFINITION(0x6000),
    REMOVE(0x7103);

    private final int id;

    Kind(int id) {
      this.id = id;
    }
  }

  private Answer() {}

  static byte[] bytes(JsonNode node) {
    try {
      return JSON.writeValueAsBytes(node);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ObjectNode ok(JsonNode data) {
    ObjectNode answer = JSON.createObjectNode();
    answer.set("data", data);
    answer.putNull("code").putNull("message").put("success", true);
    return answer;
  }

  static ObjectNode error(SnowflakeException e) {
    ObjectNode answer = JSON.createObjectNode();
    answer
        .putObject("data")
        .put("errorCode", e.code())
        .put("sqlState", e.state())
        .put("queryId", UUID.randomUUID().toString());
    return answer.put("code", e.code()).put("message", e.getMessage()).put("success", false);
  }

  /** The driver comes back for the answer ("ping-pong"). */
  static ObjectNode inProgress(String query) {
    ObjectNode answer = JSON.createObjectNode();
    answer
        .putObject("data")
        .put("queryId", query)
        .put("getResultUrl", "/queries/" + query + "/result");
    return answer
        .put("code", "333333")
        .put("message", "Query execution in progress.")
        .put("success", true);
  }

  static ObjectNode base(Session session, Kind kind) {
    ObjectNode data = JSON.createObjectNode();
    data.putArray("parameters");
    return data.put("queryId", UUID.randomUUID().toString())
        .put("statementTypeId", kind.id)
        .put("finalDatabaseName", session.database())
        .put("finalSchemaName", session.schema())
        .put("finalWarehouseName", session.warehouse())
        .put("finalRoleName", session.role())
        .put("numberOfBinds", 0)
        .put("arrayBindSupported", false)
        .put("version", 1)
        .put("queryResultFormat", "json");
  }

  static ObjectNode done(Session session, Kind kind, String message) {
    return table(session, kind, List.of("status"), List.of(List.of(message)));
  }

  /** Counts, one column for each; their sum is the driver's update count. */
  static ObjectNode counts(Session session, Kind kind, List<String> columns, List<Long> counts) {
    ObjectNode data = base(session, kind);
    ArrayNode types = data.putArray("rowtype");
    columns.forEach(column -> types.add(column(column, "fixed", 38, 0)));
    ArrayNode row = data.putArray("rowset").addArray();
    counts.forEach(count -> row.add(count.toString()));
    return data.put("total", 1).put("returned", 1);
  }

  /** Rows of text. */
  static ObjectNode table(
      Session session, Kind kind, List<String> columns, List<List<String>> rows) {
    ObjectNode data = base(session, kind);
    ArrayNode types = data.putArray("rowtype");
    columns.forEach(column -> types.add(column(column, "text", 0, 0)));
    ArrayNode rowset = data.putArray("rowset");
    for (List<String> row : rows) {
      ArrayNode cells = rowset.addArray();
      row.forEach(cells::add);
    }
    return data.put("total", rows.size()).put("returned", rows.size());
  }

  static ObjectNode rows(Session session, ResultSet result) throws SQLException {
    ObjectNode data = base(session, Kind.SELECT);
    ArrayNode types = data.putArray("rowtype");
    ResultSetMetaData meta = result.getMetaData();
    columns(types, meta);
    ArrayNode rowset = data.putArray("rowset");
    while (result.next()) {
      ArrayNode row = rowset.addArray();
      for (int i = 1; i <= meta.getColumnCount(); i++) {
        row.add(cell(result, i, types.get(i - 1).path("type").asText()));
      }
    }
    return data.put("total", rowset.size()).put("returned", rowset.size());
  }

  static void columns(ArrayNode types, ResultSetMetaData meta) throws SQLException {
    for (int i = 1; i <= meta.getColumnCount(); i++) {
      String name = meta.getColumnLabel(i).toUpperCase(Locale.ROOT);
      types.add(
          switch (meta.getColumnType(i)) {
            case Types.DECIMAL, Types.NUMERIC ->
                column(name, "fixed", meta.getPrecision(i), meta.getScale(i));
            case Types.TINYINT, Types.SMALLINT, Types.INTEGER, Types.BIGINT ->
                column(name, "fixed", 38, 0);
            case Types.FLOAT, Types.DOUBLE, Types.REAL -> column(name, "real", 0, 0);
            case Types.BOOLEAN -> column(name, "boolean", 0, 0);
            case Types.DATE -> column(name, "date", 0, 0);
            case Types.TIME -> column(name, "time", 0, 9);
            case Types.TIMESTAMP -> column(name, "timestamp_ntz", 0, 9);
            case Types.TIMESTAMP_WITH_TIMEZONE -> column(name, "timestamp_ltz", 0, 9);
            case Types.BLOB, Types.BINARY, Types.VARBINARY -> column(name, "binary", 0, 0);
            default ->
                column(
                    name,
                    switch (meta.getColumnTypeName(i)) {
                      case "HUGEINT" -> "fixed";
                      case "JSON" -> "variant";
                      default -> "text";
                    },
                    38,
                    0);
          });
    }
  }

  static ObjectNode column(String name, String type, int precision, int scale) {
    ObjectNode column = JSON.createObjectNode();
    column.put("name", name).put("type", type).put("nullable", true);
    column.put("precision", precision).put("scale", scale);
    column.put("length", 16_777_216).put("byteLength", 16_777_216);
    return column.putNull("database").putNull("schema").putNull("table");
  }

  private static JsonNode cell(ResultSet result, int i, String type) throws SQLException {
    Object value = result.getObject(i);
    if (value == null) {
      return NullNode.instance;
    }
    return TextNode.valueOf(
        switch (type) {
          case "date" -> String.valueOf(result.getObject(i, LocalDate.class).toEpochDay());
          case "time" -> {
            LocalTime time = result.getObject(i, LocalTime.class);
            yield seconds(time.toSecondOfDay(), time.getNano());
          }
          case "timestamp_ntz" -> {
            LocalDateTime time = result.getObject(i, LocalDateTime.class);
            yield seconds(time.toEpochSecond(ZoneOffset.UTC), time.getNano());
          }
          case "timestamp_ltz" -> {
            OffsetDateTime time = result.getObject(i, OffsetDateTime.class);
            yield seconds(time.toEpochSecond(), time.getNano());
          }
          case "boolean" -> result.getBoolean(i) ? "1" : "0";
          case "binary" ->
              HexFormat.of().withUpperCase().formatHex(((DuckDBResultSet) result).getBytes(i));
          case "fixed" -> value instanceof BigDecimal d ? d.toPlainString() : value.toString();
          default -> value.toString();
        });
  }

  /** Decimal seconds: before 1970 both parts count downwards. */
  private static String seconds(long seconds, int nanos) {
    return BigDecimal.valueOf(seconds)
        .add(BigDecimal.valueOf(nanos, 9))
        .setScale(9)
        .toPlainString();
  }
}
