package io.millrace.interop.streams;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.millrace.format.Formats;
import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.model.TypeParser;
import io.millrace.registry.Contracts;
import io.millrace.registry.RegistrySettings;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A warehouse as its server tells it over HTTP. Thread-safe. */
final class ServerWarehouse implements Warehouse {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
  private final String url;
  private final String kafka;
  private final Formats formats;

  /** Asks the server where Kafka and the registry are. */
  ServerWarehouse(String url) {
    this.url = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    JsonNode addresses = get("/v1/addresses");
    kafka = addresses.path("kafka").asText();
    formats = new Formats(new Contracts(RegistrySettings.of(addresses.path("registry").asText())));
  }

  @Override
  public String kafka() {
    return kafka;
  }

  @Override
  public Formats formats() {
    return formats;
  }

  @Override
  public TopicRows find(Name name) {
    JsonNode found =
        get("/v1/relations/" + URLEncoder.encode(name.toString(), StandardCharsets.UTF_8));
    List<Column> columns = new ArrayList<>();
    found
        .path("columns")
        .forEach(
            column ->
                columns.add(
                    new Column(
                        column.path("name").asText(),
                        TypeParser.parse(column.path("type").asText()))));
    List<String> primaryKey = new ArrayList<>();
    found.path("primary_key").forEach(key -> primaryKey.add(key.asText()));
    Map<String, String> options = new LinkedHashMap<>();
    found
        .path("options")
        .fields()
        .forEachRemaining(o -> options.put(o.getKey(), o.getValue().asText()));
    return new TopicRows(
        Name.parse(found.path("name").asText()),
        found.path("kind").asText().equals("table"),
        found.path("topic").asText(),
        found.path("format").asText(),
        options,
        new RowSchema(columns, primaryKey),
        found.path("key_contract").asInt(-1),
        found.path("value_contract").asInt(-1),
        text(found, "event_time"),
        text(found, "read_only"));
  }

  private static Optional<String> text(JsonNode node, String field) {
    return Optional.ofNullable(node.path(field).textValue());
  }

  private JsonNode get(String path) {
    try {
      HttpRequest request = HttpRequest.newBuilder(URI.create(url + path)).timeout(TIMEOUT).build();
      HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      JsonNode answer = json.readTree(response.body());
      if (response.statusCode() == 200 && answer != null && answer.isObject()) {
        return answer;
      }
      throw refused(response.statusCode(), answer);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw notMillrace(e.getMessage(), e);
    } catch (IOException e) {
      throw notMillrace(e.getMessage() == null ? "no connection" : e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MillraceException(
          ErrorCode.CANCELLED, "Cannot wait for the server at " + url + ": cancelled", e);
    }
  }

  /** The server's own error, word for word. */
  private MillraceException refused(int status, JsonNode answer) {
    JsonNode error = answer == null ? MissingNode.getInstance() : answer.path("error");
    for (ErrorCode code : ErrorCode.values()) {
      if (code.name().equals(error.path("code").asText())) {
        MillraceException refused = new MillraceException(code, error.path("message").asText());
        return text(error, "hint").map(refused::hint).orElse(refused);
      }
    }
    return notMillrace("it answered with status " + status, null);
  }

  private MillraceException notMillrace(String reason, Throwable cause) {
    return new MillraceException(
            ErrorCode.NOT_FOUND, "Cannot reach a Millrace server at " + url + ": " + reason, cause)
        .hint("Give the address that 'millrace start' prints, such as http://localhost:8080.");
  }
}
