package io.millrace.source.cdc;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * How far a database was read.
 *
 * @param partition which of a server's logs, as Debezium names it
 * @param offset the place in it, as Debezium tells it
 * @param time of the newest change, in microseconds since the epoch: none after it is told as
 *     earlier, whatever the source's clock did
 * @param snapshot whether the tables are still being read for the first time
 * @param held by table that stands still, from where on its changes are held
 */
record Position(
    Map<String, ?> partition,
    Map<String, ?> offset,
    long time,
    boolean snapshot,
    Map<String, Long> held) {
  private static final ObjectMapper JSON = new ObjectMapper();

  byte[] toBytes() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("partition", partition);
    all.put("offset", offset);
    all.put("time", time);
    all.put("snapshot", snapshot);
    all.put("held", held);
    try {
      return JSON.writeValueAsBytes(all);
    } catch (JsonProcessingException e) {
      throw new MillraceException(ErrorCode.INTERNAL_ERROR, "Cannot write a position as JSON", e);
    }
  }

  static Position of(byte[] bytes) {
    try {
      Map<String, Object> all = JSON.readValue(bytes, new TypeReference<>() {});
      Map<String, Long> held = new TreeMap<>();
      map(all.get("held")).forEach((table, from) -> held.put(table, ((Number) from).longValue()));
      return new Position(
          map(all.get("partition")),
          map(all.get("offset")),
          ((Number) all.get("time")).longValue(),
          (Boolean) all.get("snapshot"),
          held);
    } catch (IOException e) {
      throw new MillraceException(
              ErrorCode.INTERNAL_ERROR, "Cannot read the source's position: " + e.getMessage(), e)
          .hint("Another version wrote it: start that, or drop the source and create it anew.");
    }
  }

  @SuppressWarnings("unchecked") // JSON's objects have texts as names
  private static Map<String, ?> map(Object object) {
    return (Map<String, ?>) object;
  }

  /** Under what Kafka Connect looks for the place of an engine of that name. */
  String key(String engine) {
    return json(new Object[] {engine, partition});
  }

  String value() {
    return json(offset);
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new MillraceException(ErrorCode.INTERNAL_ERROR, "Cannot write a position as JSON", e);
    }
  }
}
