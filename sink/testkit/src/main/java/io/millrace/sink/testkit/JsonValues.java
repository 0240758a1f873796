package io.millrace.sink.testkit;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads values back from JSON, by a reader that is not ours. */
public final class JsonValues {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private JsonValues() {}

  public static Object read(String text, DataType type) {
    try {
      return value(JSON.readTree(text), type);
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A value as one of the Java objects that {@link Rows} takes. */
  public static Object value(JsonNode node, DataType type) {
    if (node == null || node.isNull()) {
      return null;
    }
    return switch (type.kind()) {
      case INT -> node.intValue();
      case BIGINT -> node.longValue();
      case DOUBLE -> Double.parseDouble(node.asText());
      case DECIMAL -> new BigDecimal(node.asText()).setScale(((DataType.Decimal) type).scale());
      case STRING -> node.textValue();
      case TIMESTAMP -> LocalDateTime.parse(node.textValue());
      case ARRAY -> {
        List<Object> list = new ArrayList<>();
        node.forEach(element -> list.add(value(element, ((DataType.Array) type).element())));
        yield list;
      }
      case MAP -> {
        Map<String, Object> map = new TreeMap<>();
        node.properties()
            .forEach(e -> map.put(e.getKey(), value(e.getValue(), ((DataType.Map) type).value())));
        yield map;
      }
      case ROW -> {
        Map<String, Object> row = new TreeMap<>();
        for (Column field : ((DataType.Row) type).fields()) {
          row.put(field.name(), value(node.get(field.name()), field.type()));
        }
        yield row;
      }
      case BOOLEAN -> node.booleanValue();
      case FLOAT -> Float.parseFloat(node.asText());
      case BYTES -> ByteBuffer.wrap(Base64.getDecoder().decode(node.textValue()));
      case DATE -> LocalDate.parse(node.textValue());
      case TIME -> LocalTime.parse(node.textValue());
      case TIMESTAMP_LTZ -> Instant.parse(node.textValue());
    };
  }
}
