package io.millrace.cli;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Talks to a server over HTTP. Throws {@link ServerNotReachedException} where nothing was asked,
 * and {@link AnswerLostException} where the outcome is not known. Thread-safe.
 */
final class Client {
  /** Decimals keep their zeros: {@code 5.50} stays {@code 5.50}. */
  static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  /** For what a person waits for at the keyboard. */
  private static final Duration SHORT = Duration.ofSeconds(3);

  private final String url;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  /** Takes {@code host:port} for {@code http://host:port}. */
  Client(String url) {
    this.url = (url.contains("://") ? url : "http://" + url).replaceAll("/+$", "");
  }

  String url() {
    return url;
  }

  static String newId() {
    return UUID.randomUUID().toString();
  }

  private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler)
      throws AnswerLostException {
    try {
      return http.send(request, handler);
    } catch (ConnectException | HttpConnectTimeoutException e) {
      throw new ServerNotReachedException(url, e);
    } catch (IOException e) {
      throw new AnswerLostException(url, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AnswerLostException(url, new IOException("interrupted", e));
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
      throws AnswerLostException {
    ObjectNode body = JSON.createObjectNode().put("id", id).put("statement", statement);
    ObjectNode optionsNode = body.putObject("options");
    options.forEach(optionsNode::put);
    HttpResponse<InputStream> response =
        send(
            request("/v1/statements")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build(),
            BodyHandlers.ofInputStream());
    try (InputStream in = response.body()) {
      Optional<ServerError> error =
          contentType(response).startsWith("application/x-ndjson")
              ? push(in, answer)
              : finite(requireJson(response, in), answer);
      if (error.isPresent()) {
        answer.pause();
      } else {
        answer.end();
      }
      return error;
    } catch (IOException e) {
      throw new AnswerLostException(url, e);
    }
  }

  private static String contentType(HttpResponse<?> response) {
    return response.headers().firstValue("Content-Type").orElse("");
  }

  private static <T> T requireJson(HttpResponse<?> response, T body) throws IOException {
    if (!contentType(response).startsWith("application/json")) {
      throw new IOException(
          "it is no JSON (HTTP " + response.statusCode() + "); is this a Millrace server?");
    }
    return body;
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
    } catch (JsonProcessingException e) {
      throw new IOException(e.getOriginalMessage(), e);
    }
    return error;
  }

  private static Optional<ServerError> push(InputStream in, Answer answer) throws IOException {
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
        return Optional.of(ServerError.of(node.get("error")));
      } else if (node.has("end")) {
        JsonNode leftOut = node.path("left_out");
        if (leftOut.isObject()) {
          answer.leftOut(leftOut.path("rows").asLong(), leftOut.path("reason").asText());
        }
        return Optional.empty();
      }
    }
    throw new EOFException("it broke off");
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
  void cancel(String id) throws AnswerLostException {
    send(
        request("/v1/statements/" + id).timeout(SHORT).DELETE().build(), BodyHandlers.discarding());
  }

  /** Sends one file's rows; answers what the server says of them. */
  JsonNode load(
      String name, Map<String, String> options, Map<String, String> headers, BodyPublisher body)
      throws AnswerLostException {
    String query =
        options.entrySet().stream()
            .map(e -> encoded(e.getKey()) + "=" + encoded(e.getValue()))
            .collect(Collectors.joining("&"));
    HttpRequest.Builder request =
        request("/v1/streams/" + encoded(name) + "/rows?" + query)
            .header("Content-Type", "application/octet-stream")
            .POST(body);
    headers.forEach(request::header);
    return tree(send(request.build(), BodyHandlers.ofByteArray()));
  }

  /** What the server says of a schema as the next version of a contract. */
  JsonNode checkContract(String name, String kind, String schema) throws AnswerLostException {
    return tree(
        send(
            request("/v1/contracts/" + encoded(name) + "/check?kind=" + kind)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(schema))
                .build(),
            BodyHandlers.ofByteArray()));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Names for completion. */
  JsonNode names() throws AnswerLostException {
    return tree(
        send(request("/v1/names").timeout(SHORT).GET().build(), BodyHandlers.ofByteArray()));
  }

  private JsonNode tree(HttpResponse<byte[]> response) throws AnswerLostException {
    try {
      return JSON.readTree(requireJson(response, response.body()));
    } catch (JsonProcessingException e) {
      throw new AnswerLostException(url, new IOException(e.getOriginalMessage(), e));
    } catch (IOException e) {
      throw new AnswerLostException(url, e);
    }
  }
}
