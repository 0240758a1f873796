package io.millrace.sink.snowflake;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import io.millrace.sink.SinkConnector;
import io.millrace.sink.testkit.SinkFixture;
import io.millrace.testserver.snowflake.SnowflakeServer;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A table of a server of its own, read back through the official driver. */
final class SnowflakeFixture implements SinkFixture, AutoCloseable {
  private static final KeyPair KEYS = keys();
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(com.fasterxml.jackson.databind.DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  private final SnowflakeServer server;
  private final Path keyFile;

  SnowflakeFixture(Path folder) throws Exception {
    this.server =
        SnowflakeServer.start(folder.resolve("server"), SnowflakeServer.Options.of("acme", "DW"));
    server.addUser("loader", KEYS.getPublic());
    this.keyFile = Files.writeString(folder.resolve("rsa_key.p8"), pem());
  }

  private static KeyPair keys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return generator.generateKeyPair();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String pem() {
    return "-----BEGIN PRIVATE KEY-----\n"
        + Base64.getMimeEncoder().encodeToString(KEYS.getPrivate().getEncoded())
        + "\n-----END PRIVATE KEY-----\n";
  }

  SnowflakeServer server() {
    return server;
  }

  @Override
  public SinkConnector connector() {
    return new SnowflakeConnector();
  }

  @Override
  public Map<String, String> options() {
    Map<String, String> options = new TreeMap<>(login());
    options.put("table", "lake");
    return options;
  }

  private Map<String, String> login() {
    return Map.of(
        "url", server.url(),
        "account", "acme",
        "user", "loader",
        "private-key-file", keyFile.toString(),
        "database", "dw",
        "role", "loading",
        "warehouse", "small");
  }

  @Override
  public Optional<Map<String, String>> spreadBy(String column) {
    return Optional.empty();
  }

  /** What a session answers, as texts. */
  List<List<String>> query(String sql) throws SQLException {
    try (Session session = new Session(new Login(login()))) {
      return session.rows(sql);
    }
  }

  void execute(String sql) throws SQLException {
    try (Session session = new Session(new Login(login()))) {
      session.execute(sql);
    }
  }

  @Override
  public List<List<Object>> visibleRows(RowSchema schema) throws Exception {
    if (query("SELECT 1 FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME = 'LAKE'").isEmpty()) {
      return List.of();
    }
    StringBuilder sql = new StringBuilder("SELECT ");
    for (Column column : schema.columns()) {
      String name = Sql.quote(Sql.fold(column.name()));
      sql.append(sql.length() > 7 ? ", " : "")
          .append(isTemporal(column) ? name + "::VARCHAR" : name);
    }
    try (Connection connection = new Login(login()).open();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql + " FROM LAKE")) {
      List<List<Object>> rows = new ArrayList<>();
      while (result.next()) {
        List<Object> row = new ArrayList<>();
        for (int i = 0; i < schema.size(); i++) {
          row.add(value(schema.column(i).type(), result, i + 1));
        }
        rows.add(row);
      }
      return rows;
    }
  }

  private static boolean isTemporal(Column column) {
    return column.type() instanceof DataType.Temporal || column.type().kind() == DataType.Kind.DATE;
  }

  private static Object value(DataType type, ResultSet result, int i) throws Exception {
    if (result.getString(i) == null) {
      return null;
    }
    return switch (type.kind()) {
      case BOOLEAN -> result.getBoolean(i);
      case INT -> result.getInt(i);
      case BIGINT -> result.getLong(i);
      case FLOAT -> (float) result.getDouble(i);
      case DOUBLE -> result.getDouble(i);
      case DECIMAL -> result.getBigDecimal(i);
      case BYTES -> ByteBuffer.wrap(result.getBytes(i));
      case ARRAY, MAP, ROW -> nested(type, JSON.readTree(result.getString(i)));
      default -> scalar(type, result.getString(i));
    };
  }

  private static Object scalar(DataType type, String text) {
    return switch (type.kind()) {
      case DATE -> LocalDate.parse(text);
      case TIME -> LocalTime.parse(text);
      case TIMESTAMP -> LocalDateTime.parse(text.replace(' ', 'T'));
      case TIMESTAMP_LTZ -> Instant.parse(text.replace(' ', 'T').replace("+00", "Z"));
      default -> text;
    };
  }

  private static Object nested(DataType type, JsonNode json) {
    if (json == null || json.isNull()) {
      return null;
    }
    return switch (type.kind()) {
      case ARRAY -> {
        List<Object> list = new ArrayList<>();
        json.forEach(element -> list.add(nested(((DataType.Array) type).element(), element)));
        yield list;
      }
      case MAP -> {
        Map<Object, Object> map = new TreeMap<>();
        json.fields()
            .forEachRemaining(
                e -> map.put(e.getKey(), nested(((DataType.Map) type).value(), e.getValue())));
        yield map;
      }
      case ROW -> {
        Map<String, Object> row = new TreeMap<>();
        for (Column field : ((DataType.Row) type).fields()) {
          row.put(field.name(), nested(field.type(), json.get(field.name())));
        }
        yield row;
      }
      case BOOLEAN -> json.booleanValue();
      case INT -> json.intValue();
      case BIGINT -> json.longValue();
      case FLOAT -> json.floatValue();
      case DOUBLE -> json.doubleValue();
      case DECIMAL ->
          new BigDecimal(json.decimalValue().toPlainString())
              .setScale(((DataType.Decimal) type).scale());
      case BYTES -> ByteBuffer.wrap(HexFormat.of().parseHex(json.textValue()));
      default -> scalar(type, json.textValue());
    };
  }

  @Override
  public void close() throws SQLException {
    server.close();
  }
}
