package io.millrace.sink.redis;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import io.millrace.sink.SinkConnector;
import io.millrace.sink.testkit.JsonValues;
import io.millrace.sink.testkit.SinkFixture;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Protocol;

/** The keys of one prefix. */
final class RedisFixture implements SinkFixture {
  private static final AtomicInteger PREFIXES = new AtomicInteger();

  private final RedisServer server;
  private final String as;
  private final String prefix = "place" + PREFIXES.incrementAndGet() + ":";

  /** {@code as} is what rows become. */
  RedisFixture(RedisServer server, String as) {
    this.server = server;
    this.as = as;
  }

  String prefix() {
    return prefix;
  }

  @Override
  public SinkConnector connector() {
    return new RedisConnector();
  }

  @Override
  public Map<String, String> options() {
    Map<String, String> options = new HashMap<>();
    options.put("url", server.url());
    options.put("password", "${file:" + server.passwordFile() + "}");
    options.put("as", as);
    options.put("key-prefix", prefix);
    options.put("max-rows", "500");
    options.put("max-bytes", "64 KB");
    return options;
  }

  @Override
  public Optional<Map<String, String>> spreadBy(String column) {
    return Optional.empty();
  }

  @Override
  public List<List<Object>> visibleRows(RowSchema schema) {
    List<List<Object>> rows = new ArrayList<>();
    try (Jedis client = server.client()) {
      for (String key : client.keys(prefix + "*")) {
        List<Object> row = new ArrayList<>();
        if (as.equals("json")) {
          DataType document = new DataType.Row(schema.columns(), false);
          Map<?, ?> fields = (Map<?, ?>) JsonValues.read(client.get(key), document);
          schema.columns().forEach(column -> row.add(fields.get(column.name())));
        } else {
          Map<String, String> fields = client.hgetAll(key);
          schema.columns().forEach(column -> row.add(value(fields.get(column.name()), column)));
        }
        rows.add(row);
      }
    }
    return rows;
  }

  /** Nested values are JSON, all else is plain text. */
  private static Object value(String text, Column column) {
    if (text == null) {
      return null;
    }
    return switch (column.type().kind()) {
      case STRING -> text;
      case DOUBLE -> Double.parseDouble(text);
      case FLOAT -> Float.parseFloat(text);
      case DECIMAL -> new BigDecimal(text);
      case BYTES, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ ->
          JsonValues.read('"' + text + '"', column.type());
      default -> JsonValues.read(text, column.type());
    };
  }

  /** The text says -0.0; the reader of JSON, which keeps all digits of decimals, takes it for 0. */
  @Override
  public Object kept(Object value) {
    return as.equals("json") && Double.valueOf(-0.0).equals(value) ? 0.0 : value;
  }

  @Override
  public boolean cut() {
    try (Jedis client = server.client()) {
      client.sendCommand(Protocol.Command.CLIENT, "KILL", "TYPE", "normal");
    }
    return true;
  }
}
