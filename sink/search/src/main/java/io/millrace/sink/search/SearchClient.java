package io.millrace.sink.search;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import org.apache.http.Header;
import org.apache.http.HttpHost;
import org.apache.http.entity.ContentType;
import org.apache.http.message.BasicHeader;
import org.apache.http.nio.entity.NByteArrayEntity;
import org.opensearch.client.Request;
import org.opensearch.client.Response;
import org.opensearch.client.ResponseException;
import org.opensearch.client.RestClient;
import org.opensearch.client.RestClientBuilder;

/**
 * Speaks to the servers of one index by OpenSearch's low-level client, which says nothing that
 * Elasticsearch does not understand. Throws IOException where the server may recover, and
 * SINK_FAILED where it will not by itself. Used by one thread.
 */
final class SearchClient implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ContentType LINES = ContentType.create("application/x-ndjson");

  private static final int SECONDS = 1000;
  private static final int CONNECT = 10 * SECONDS;

  /** A bulk request may wait for a server that is merging. */
  private static final int ANSWER = 60 * SECONDS;

  private static final int NOT_FOUND = 404;

  /**
   * What may pass by itself: too many requests, a server behind a gateway that is away, starting or
   * slow.
   */
  private static final Set<Integer> PASSING = Set.of(429, 500, 502, 503, 504);

  private final SearchIndex index;
  private final RestClient client;

  SearchClient(SearchIndex index) {
    this.index = index;
    RestClientBuilder builder =
        RestClient.builder(index.urls().stream().map(HttpHost::create).toArray(HttpHost[]::new))
            .setRequestConfigCallback(
                config -> config.setConnectTimeout(CONNECT).setSocketTimeout(ANSWER));
    String login = login();
    if (login != null) {
      builder.setDefaultHeaders(new Header[] {new BasicHeader("Authorization", login)});
    }
    this.client = builder.build();
  }

  private String login() {
    if (!index.apiKey().isEmpty()) {
      return "ApiKey " + index.apiKey();
    }
    if (index.user().isEmpty()) {
      return null;
    }
    byte[] pair = (index.user() + ":" + index.password()).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(pair);
  }

  static boolean mayPass(int status) {
    return PASSING.contains(status);
  }

  /** Sends lines of JSON to the index's bulk API; answers which of them failed and how. */
  JsonNode bulk(byte[] lines, int length) throws IOException {
    Request request = request("POST", "/_bulk");
    request.addParameter("filter_path", "errors,items.*.status,items.*.error");
    request.setEntity(new NByteArrayEntity(lines, 0, length, LINES));
    return answer(request);
  }

  /** The index's fields, or nothing where there is no such index. */
  Optional<JsonNode> mapping() throws IOException {
    try {
      return Optional.of(answered(request("GET", "/_mapping")));
    } catch (ResponseException e) {
      if (e.getResponse().getStatusLine().getStatusCode() == NOT_FOUND) {
        return Optional.empty();
      }
      throw failure(e);
    }
  }

  /** Puts a JSON document below the index's path. */
  void put(String path, JsonNode document) throws IOException {
    Request request = request("PUT", path);
    request.setJsonEntity(document.toString());
    answer(request);
  }

  private Request request(String method, String path) {
    return new Request(
        method, "/" + URLEncoder.encode(index.name(), StandardCharsets.UTF_8) + path);
  }

  private JsonNode answer(Request request) throws IOException {
    try {
      return answered(request);
    } catch (ResponseException e) {
      throw failure(e);
    }
  }

  private JsonNode answered(Request request) throws IOException {
    Response response;
    try {
      response = client.performRequest(request);
    } catch (ResponseException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException("Failed to reach " + index + ": " + e.getMessage(), e);
    }
    try (InputStream body = response.getEntity().getContent()) {
      return JSON.readTree(body);
    }
  }

  private IOException failure(ResponseException e) throws IOException {
    int status = e.getResponse().getStatusLine().getStatusCode();
    String answer = status + " " + reason(e);
    if (mayPass(status)) {
      return new IOException("Failed to write to " + index + ": it answers " + answer, e);
    }
    throw new MillraceException(
            ErrorCode.SINK_FAILED, "Cannot write to " + index + ": it answers " + answer, e)
        .hint(
            status == 401 || status == 403
                ? "Correct 'user' and 'password' or 'api-key', or allow the user to create and write"
                    + " the index; then RESUME the sink."
                : "Correct the index or the sink's options; then RESUME the sink.");
  }

  /** The server's reason, or its whole answer where that is no JSON. */
  private static String reason(ResponseException e) {
    String message = e.getMessage();
    int body = message.indexOf('{');
    try {
      JsonNode error = JSON.readTree(body < 0 ? "" : message.substring(body)).path("error");
      return error.path("reason").asText(message);
    } catch (IOException notJson) {
      return message;
    }
  }

  @Override
  public void close() throws IOException {
    client.close();
  }
}
