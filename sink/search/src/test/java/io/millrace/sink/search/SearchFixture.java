package io.millrace.sink.search;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.millrace.model.Column;
import io.millrace.model.RowSchema;
import io.millrace.sink.SinkConnector;
import io.millrace.sink.testkit.JsonValues;
import io.millrace.sink.testkit.SinkFixture;
import io.millrace.testserver.search.SearchServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** An index of a real OpenSearch, read by plain HTTP. */
final class SearchFixture implements SinkFixture {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();
  private static final AtomicInteger INDICES = new AtomicInteger();

  private final HttpClient client = HttpClient.newHttpClient();
  private final SearchServer server;
  private final String index = "documents-" + INDICES.incrementAndGet();

  SearchFixture(SearchServer server) {
    this.server = server;
  }

  String index() {
    return index;
  }

  @Override
  public SinkConnector connector() {
    return new SearchConnector();
  }

  @Override
  public Map<String, String> options() {
    return Map.of("url", server.url(), "index", index, "max-bytes", "64 KB", "max-rows", "500");
  }

  @Override
  public Optional<Map<String, String>> spreadBy(String column) {
    return Optional.empty();
  }

  /** Answers what the server says, which is no error. */
  JsonNode send(String method, String path, String body) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(server.url() + path))
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() >= 300) {
      throw new IllegalStateException(method + " " + path + ": " + answer.body());
    }
    return JSON.readTree(answer.body());
  }

  /** All documents as they were written, with their identifiers. */
  List<JsonNode> hits() throws IOException, InterruptedException {
    send("POST", "/" + index + "/_refresh", "");
    List<JsonNode> hits = new ArrayList<>();
    send("GET", "/" + index + "/_search?size=10000", "")
        .path("hits")
        .path("hits")
        .forEach(hits::add);
    return hits;
  }

  /**
   * The document says -0.0; the reader here, which keeps all digits of decimals, takes it for 0.
   */
  @Override
  public Object kept(Object value) {
    return Double.valueOf(-0.0).equals(value) ? 0.0 : value;
  }

  @Override
  public List<List<Object>> visibleRows(RowSchema schema) throws IOException, InterruptedException {
    List<List<Object>> rows = new ArrayList<>();
    for (JsonNode hit : hits()) {
      List<Object> row = new ArrayList<>();
      for (Column column : schema.columns()) {
        row.add(JsonValues.value(hit.path("_source").get(column.name()), column.type()));
      }
      rows.add(row);
    }
    return rows;
  }
}
