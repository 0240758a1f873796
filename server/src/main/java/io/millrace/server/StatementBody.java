package io.millrace.server;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Nearest;
import io.millrace.model.Units;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The body of {@code POST /v1/statements}: {@code {"statement": "...", "id": "...", "parameters":
 * [...], "timeout": "30 s", "options": {...}}}; all but the statement may be left out.
 */
record StatementBody(
    String id,
    String statement,
    List<Object> parameters,
    Map<String, String> options,
    Optional<Duration> timeout) {
  private static final List<String> FIELDS =
      List.of("statement", "id", "parameters", "timeout", "options");

  static StatementBody read(InputStream body) throws IOException {
    JsonNode node;
    try {
      node = Json.MAPPER.readTree(body);
    } catch (com.fasterxml.jackson.core.JacksonException e) {
      throw invalid("it is not JSON: " + e.getOriginalMessage());
    }
    if (node == null || !node.isObject() || !node.path("statement").isTextual()) {
      throw invalid("it needs a text field \"statement\"");
    }
    for (String field : (Iterable<String>) node::fieldNames) {
      if (!FIELDS.contains(field)) {
        throw new MillraceException(
                ErrorCode.INVALID_REQUEST, "Invalid request body: no such field: " + field)
            .hint(
                Nearest.to(field, FIELDS)
                    .map(near -> "Did you mean \"" + near + "\"?")
                    .orElse("Fields: " + String.join(", ", FIELDS) + "."));
      }
    }
    List<Object> parameters = new ArrayList<>();
    node.path("parameters").forEach(value -> parameters.add(parameter(value)));
    Map<String, String> options = new HashMap<>();
    node.path("options").properties().forEach(e -> options.put(e.getKey(), e.getValue().asText()));
    return new StatementBody(
        node.path("id").asText(UUID.randomUUID().toString()),
        node.path("statement").asText(),
        parameters,
        options,
        Optional.ofNullable(node.path("timeout").textValue()).map(StatementBody::duration));
  }

  private static Duration duration(String text) {
    try {
      return Units.duration(text);
    } catch (IllegalArgumentException e) {
      throw invalid("timeout: " + e.getMessage());
    }
  }

  private static Object parameter(JsonNode value) {
    if (value.isNull()) {
      return null;
    }
    if (value.isNumber()) {
      return value.isIntegralNumber() && value.canConvertToLong()
          ? (Object) value.longValue()
          : value.decimalValue();
    }
    if (value.isBoolean()) {
      return value.booleanValue();
    }
    if (value.isTextual()) {
      return value.textValue();
    }
    throw invalid("a parameter is a text, number, boolean or null");
  }

  private static MillraceException invalid(String why) {
    return new MillraceException(ErrorCode.INVALID_REQUEST, "Invalid request body: " + why);
  }
}
