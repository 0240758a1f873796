package io.millrace.dist;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** A server's HTTP door, for tests that look at answers as values. */
record Door(String url) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  /** Of the server that runs on a data folder. */
  static Door of(Path data) throws IOException {
    Properties ports = new Properties();
    ports.load(new StringReader(Files.readString(data.resolve("ports.properties"))));
    return new Door("http://127.0.0.1:" + ports.getProperty("http.port"));
  }

  /** The answer; throws with the server's error where there is one. */
  JsonNode execute(String statement) {
    JsonNode answer = answer(statement);
    if (answer.has("error")) {
      throw new IllegalStateException(statement + ": " + answer.get("error"));
    }
    return answer;
  }

  /** The error of a statement that fails. */
  JsonNode error(String statement) {
    JsonNode answer = answer(statement);
    if (!answer.has("error")) {
      throw new IllegalStateException(statement + " did not fail: " + answer);
    }
    return answer.get("error");
  }

  private JsonNode answer(String statement) {
    return post("/v1/statements", Map.of("statement", statement));
  }

  JsonNode post(String path, Object body) {
    try {
      HttpResponse<String> response =
          CLIENT.send(
              HttpRequest.newBuilder(URI.create(url + path))
                  .POST(BodyPublishers.ofString(JSON.writeValueAsString(body)))
                  .build(),
              BodyHandlers.ofString());
      return JSON.readTree(response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The rows of an answer, each value as text; null stays null. */
  List<List<String>> rows(String statement) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode row : execute(statement).get("rows")) {
      List<String> values = new ArrayList<>();
      row.forEach(value -> values.add(value.isNull() ? null : value.asText()));
      rows.add(values);
    }
    return rows;
  }

  String value(String statement) {
    return rows(statement).get(0).get(0);
  }

  /** The row of a SHOW statement that bears this name, by column. */
  Map<String, String> shown(String show, String name) {
    JsonNode answer = execute(show);
    List<String> columns = new ArrayList<>();
    answer.get("columns").forEach(c -> columns.add(c.get("name").asText()));
    for (JsonNode row : answer.get("rows")) {
      if (row.get(0).asText().equals(name)) {
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 0; i < columns.size(); i++) {
          values.put(columns.get(i), row.get(i).isNull() ? "" : row.get(i).asText());
        }
        return values;
      }
    }
    throw new IllegalStateException(show + " shows no " + name + ": " + answer);
  }
}
