package io.millrace.interop.spark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Asks a server what its catalog says of a name. */
final class ServerDoor {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private ServerDoor() {}

  /** What the catalog knows and contracts do not tell. */
  record Described(String topic, List<String> key) {}

  static Described describe(String url, Name name) {
    JsonNode answer = ask(url, "DESCRIBE EXTENDED " + quoted(name));
    String topic = name.topic();
    List<String> key = new ArrayList<>();
    for (JsonNode row : answer.path("rows")) {
      if (row.path(0).asText().equals("[topic]")) {
        topic = row.path(1).asText();
      } else if (row.path(2).asText().equals("primary key")) {
        key.add(row.path(0).asText());
      }
    }
    return new Described(topic, key);
  }

  private static String quoted(Name name) {
    return "\"" + name.schema() + "\".\"" + name.object() + "\"";
  }

  private static JsonNode ask(String url, String statement) {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(url.replaceAll("/+$", "") + "/v1/statements"))
              .timeout(PATIENCE)
              .POST(
                  HttpRequest.BodyPublishers.ofString(
                      JSON.writeValueAsString(Map.of("statement", statement))))
              .build();
      JsonNode answer =
          JSON.readTree(
              HttpClient.newHttpClient()
                  .send(request, HttpResponse.BodyHandlers.ofInputStream())
                  .body());
      if (answer.has("error")) {
        throw new MillraceException(
            ErrorCode.NOT_FOUND, answer.path("error").path("message").asText());
      }
      return answer;
    } catch (IOException | IllegalArgumentException e) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION, "Cannot reach the server at " + url + " (option 'url')", e)
          .hint("Write the address that 'millrace start' prints, such as http://localhost:8080.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MillraceException(ErrorCode.CANCELLED, "Cannot reach the server: interrupted", e);
    }
  }
}
