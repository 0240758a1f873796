package io.millrace.cli;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Talks to a server over HTTP. Thread-safe. */
final class Client {
  /** Numbers keep every digit that the server sent. */
  static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private final String url;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  Client(String url) {
    this.url = url.replaceAll("/+$", "");
  }

  String url() {
    return url;
  }

  static String newId() {
    return UUID.randomUUID().toString();
  }

  private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler)
      throws IOException {
    try {
      return http.send(request, handler);
    } catch (ConnectException e) {
      throw new ServerNotReachedException(url, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private HttpRequest.Builder request(String path) {
    try {
      return HttpRequest.newBuilder(URI.create(url + path));
    } catch (IllegalArgumentException e) {
      throw new ServerNotReachedException(url, new IOException(e));
    }
  }

  /**
   * Runs one statement and hands the answer on as it comes; answers the error, if there was one.
   */
  Optional<ServerError> run(String id, String statement, Map<String, String> options, Answer answer)
      throws IOException {
    ObjectNode body = JSON.createObjectNode().put("id", id).put("statement", statement);
    ObjectNode optionsNode = body.putObject("options");
    options.forEach(optionsNode::put);
    HttpResponse<InputStream> response =
        send(
            request("/v1/statements")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build(),
            BodyHandlers.ofInputStream());
    try (InputStream in = response.body()) {
      String type = response.headers().firstValue("Content-Type").orElse("");
      return type.startsWith("application/x-ndjson") ? push(in, answer) : finite(in, answer);
    }
  }

  private static Optional<ServerError> finite(InputStream in, Answer answer) throws IOException {
    Optional<ServerError> error = Optional.empty();
    try (JsonParser parser = JSON.createParser(in)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String field = parser.currentName();
        parser.nextToken();
        switch (field) {
          case "error" -> error = Optional.of(ServerError.of(parser.readValueAsTree()));
          case "message" -> answer.message(parser.getText());
          case "columns" -> answer.columns(columns(parser.readValueAsTree()), false);
          case "rows" -> {
            while (parser.nextToken() == JsonToken.START_ARRAY) {
              answer.row("+", values(parser.readValueAsTree()));
            }
          }
          default -> parser.skipChildren();
        }
      }
    }
    answer.end();
    return error;
  }

  private static Optional<ServerError> push(InputStream in, Answer answer) throws IOException {
    Optional<ServerError> error = Optional.empty();
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.isEmpty()) {
        answer.pause();
        continue;
      }
      JsonNode node = JSON.readTree(line);
      if (node.has("columns")) {
        answer.columns(columns(node.get("columns")), true);
      } else if (node.has("row")) {
        answer.row(node.path("op").asText(), values(node.get("row")));
        if (!lines.ready()) {
          answer.pause();
        }
      } else if (node.has("error")) {
        error = Optional.of(ServerError.of(node.get("error")));
      }
    }
    answer.end();
    return error;
  }

  private static List<Answer.Column> columns(JsonNode nodes) {
    List<Answer.Column> columns = new ArrayList<>();
    nodes.forEach(
        n -> columns.add(new Answer.Column(n.path("name").asText(), n.path("type").asText())));
    return columns;
  }

  private static List<JsonNode> values(JsonNode row) {
    List<JsonNode> values = new ArrayList<>(row.size());
    row.forEach(values::add);
    return values;
  }

  /** Asks the server to stop a statement; one that has ended already is no error. */
  void cancel(String id) throws IOException {
    send(request("/v1/statements/" + id).DELETE().build(), BodyHandlers.discarding());
  }

  /** Sends one file's rows; answers what the server says of them. */
  JsonNode load(String name, String query, HttpRequest.BodyPublisher body) throws IOException {
    HttpResponse<byte[]> response =
        send(
            request("/v1/streams/" + name + "/rows?" + query).POST(body).build(),
            BodyHandlers.ofByteArray());
    return JSON.readTree(response.body());
  }

  /** Names for completion. */
  JsonNode names() throws IOException {
    return JSON.readTree(
        send(request("/v1/names").GET().build(), BodyHandlers.ofByteArray()).body());
  }
}
