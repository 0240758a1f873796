package io.millrace.sink.mongodb;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.Filters;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import io.millrace.sink.SinkConnector;
import io.millrace.sink.testkit.SinkFixture;
import io.millrace.testserver.mongodb.MongoStandIn;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bson.BsonDocument;
import org.bson.BsonNull;
import org.bson.BsonValue;

/** A server that speaks MongoDB's protocol, in this process, read by the official driver. */
final class MongoFixture implements SinkFixture, AutoCloseable {
  private final MongoStandIn server = new MongoStandIn();
  private final String url = server.url();
  private final MongoClient client = MongoClients.create(url);

  @Override
  public SinkConnector connector() {
    return new MongoConnector();
  }

  @Override
  public Map<String, String> options() {
    return Map.of(
        "url",
        url + "/?serverSelectionTimeoutMS=500",
        "database",
        "mart",
        "collection",
        "documents",
        "max-bytes",
        "64 KB",
        "max-rows",
        "500");
  }

  @Override
  public Optional<Map<String, String>> spreadBy(String column) {
    return Optional.empty();
  }

  /** All documents, tombstones too. */
  MongoCollection<BsonDocument> documents() {
    return client.getDatabase("mart").getCollection("documents", BsonDocument.class);
  }

  /** The server goes away and cuts all connections. */
  void stop() {
    server.close();
  }

  @Override
  public List<List<Object>> visibleRows(RowSchema schema) {
    List<List<Object>> rows = new ArrayList<>();
    for (BsonDocument document : documents().find(Filters.exists("_millrace.deleted", false))) {
      List<Object> row = new ArrayList<>();
      for (Column column : schema.columns()) {
        row.add(value(document.get(column.name()), column.type()));
      }
      rows.add(row);
    }
    return rows;
  }

  private static Object value(BsonValue value, DataType type) {
    if (value == null || value instanceof BsonNull) {
      return null;
    }
    return switch (type.kind()) {
      case BOOLEAN -> value.asBoolean().getValue();
      case INT -> value.asInt32().getValue();
      case BIGINT -> value.asInt64().getValue();
      case FLOAT -> (float) value.asDouble().getValue();
      case DOUBLE -> value.asDouble().getValue();
      case DECIMAL ->
          ((DataType.Decimal) type).precision() > 34
              ? new BigDecimal(value.asString().getValue())
              : value.asDecimal128().getValue().bigDecimalValue();
      case STRING -> value.asString().getValue();
      case BYTES -> ByteBuffer.wrap(value.asBinary().getData());
      case DATE -> LocalDateTime.ofInstant(instant(value), ZoneOffset.UTC).toLocalDate();
      case TIME -> LocalTime.parse(value.asString().getValue());
      case TIMESTAMP -> LocalDateTime.ofInstant(instant(value), ZoneOffset.UTC);
      case TIMESTAMP_LTZ -> instant(value);
      case ARRAY ->
          Arrays.asList(
              value.asArray().stream()
                  .map(element -> value(element, ((DataType.Array) type).element()))
                  .toArray());
      case MAP -> {
        Map<String, Object> map = new TreeMap<>();
        value.asDocument().forEach((k, v) -> map.put(k, value(v, ((DataType.Map) type).value())));
        yield map;
      }
      case ROW -> {
        Map<String, Object> row = new TreeMap<>();
        for (Column field : ((DataType.Row) type).fields()) {
          row.put(field.name(), value(value.asDocument().get(field.name()), field.type()));
        }
        yield row;
      }
    };
  }

  /** Of milliseconds a date, of microseconds a text. */
  private static Instant instant(BsonValue value) {
    if (value.isDateTime()) {
      return Instant.ofEpochMilli(value.asDateTime().getValue());
    }
    String text = value.asString().getValue();
    return Instant.parse(text.endsWith("Z") ? text : text + "Z");
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }
}
