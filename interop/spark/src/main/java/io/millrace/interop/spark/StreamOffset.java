package io.millrace.interop.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Positions;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.connector.read.streaming.Offset;

/**
 * Where a query stands in a topic, in the JSON that Spark's own Kafka source writes: {@code
 * {"web_logs":{"0":15}}}. Immutable; equal where the text is.
 */
final class StreamOffset extends Offset {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String topic;
  private final Positions positions;

  StreamOffset(String topic, Positions positions) {
    this.topic = topic;
    this.positions = positions;
  }

  Positions positions() {
    return positions;
  }

  /** Reads the JSON; INVALID_OPTION where it is none or speaks of another topic. */
  static StreamOffset parse(String topic, String json) {
    try {
      JsonNode tree = JSON.readTree(json);
      JsonNode partitions = tree.path(topic);
      if (tree.size() == 1 && partitions.isObject()) {
        Map<Integer, Long> offsets = new TreeMap<>();
        partitions
            .properties()
            .forEach(
                entry -> {
                  if (!entry.getValue().isIntegralNumber()) {
                    throw invalid(topic, json, null);
                  }
                  offsets.put(Integer.valueOf(entry.getKey()), entry.getValue().asLong());
                });
        return new StreamOffset(topic, Positions.of(offsets));
      }
    } catch (JsonProcessingException | NumberFormatException e) {
      throw invalid(topic, json, e);
    }
    throw invalid(topic, json, null);
  }

  private static MillraceException invalid(String topic, String json, Exception cause) {
    return new MillraceException(ErrorCode.INVALID_OPTION, "Invalid offsets: " + json, cause)
        .hint("Write earliest, latest or {\"" + topic + "\":{\"0\":23,\"1\":-2}}.");
  }

  @Override
  public String json() {
    ObjectNode tree = JSON.createObjectNode();
    ObjectNode partitions = tree.putObject(topic);
    positions.offsets().forEach((partition, offset) -> partitions.put("" + partition, offset));
    return tree.toString();
  }
}
