package io.millrace.examples.weblogs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.testserver.search.SearchServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** A real OpenSearch, read by plain HTTP. */
final class SearchPlace implements Destination {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PAGE = 10_000;

  private final HttpClient client = HttpClient.newHttpClient();
  private final SearchServer server;
  private final Network network;

  SearchPlace(Path folder) throws IOException, InterruptedException {
    server = SearchServer.start(folder.resolve("search"));
    network = new Network(server.port());
  }

  @Override
  public String title() {
    return "OpenSearch";
  }

  @Override
  public String sink(String from) {
    return from + "_search";
  }

  @Override
  public String create(String from, String trigger) {
    return ("CREATE SINK %s FROM %s INTO search WITH ('url' = 'http://localhost:%d',"
            + " 'index' = '%s', 'trigger' = '%s');")
        .formatted(sink(from), from, network.port(), from, trigger);
  }

  @Override
  public Network network() {
    return network;
  }

  private JsonNode post(String path, Map<String, Object> body)
      throws IOException, InterruptedException {
    HttpResponse<byte[]> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(server.url() + path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
                .build(),
            HttpResponse.BodyHandlers.ofByteArray());
    JsonNode read = JSON.readTree(answer.body());
    if (read.has("error")) {
      throw new IllegalStateException(path + ": " + read);
    }
    return read;
  }

  @Override
  public void read(String from, List<String> columns, Consumer<String> line)
      throws IOException, InterruptedException {
    post("/" + from + "/_refresh", Map.of());
    JsonNode page =
        post(
            "/" + from + "/_search?scroll=1m",
            Map.of("size", PAGE, "sort", List.of("_doc"), "query", Map.of("match_all", Map.of())));
    while (!page.at("/hits/hits").isEmpty()) {
      page.at("/hits/hits").forEach(hit -> line.accept(text(hit.get("_source"), columns)));
      page =
          post(
              "/_search/scroll",
              Map.of("scroll", "1m", "scroll_id", page.get("_scroll_id").asText()));
    }
  }

  private static String text(JsonNode document, List<String> columns) {
    return columns.stream()
        .map(column -> document.hasNonNull(column) ? document.get(column).asText() : "-")
        .collect(Collectors.joining(" "));
  }

  @Override
  public void close() throws IOException, InterruptedException {
    network.close();
    server.close();
  }
}
