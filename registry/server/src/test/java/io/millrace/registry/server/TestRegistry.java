package io.millrace.registry.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.log.LogClient;
import io.millrace.log.LogSettings;
import io.millrace.log.broker.BrokerSettings;
import io.millrace.log.broker.EmbeddedBroker;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Map;

/** The registry on a real broker, and plain HTTP to it. */
final class TestRegistry implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();

  private final EmbeddedBroker broker;
  private final LogClient log;
  private final HttpClient browser = HttpClient.newHttpClient();
  private RegistryService service;
  private RegistryHttp http;

  private TestRegistry(EmbeddedBroker broker) {
    this.broker = broker;
    this.log = LogClient.connect(LogSettings.of(broker.bootstrap()));
    serve();
  }

  static TestRegistry start(Path folder) {
    return new TestRegistry(EmbeddedBroker.start(new BrokerSettings(folder, 0, Map.of())));
  }

  /** Starts a registry on the topic; one that runs already is left to itself. */
  void serve() {
    service = RegistryService.start(log);
    http = RegistryHttp.start(service, "127.0.0.1", 0);
  }

  void restart() {
    http.close();
    service.close();
    serve();
  }

  RegistryService service() {
    return service;
  }

  RegistryHttp http() {
    return http;
  }

  String url() {
    return http.url();
  }

  /** Sends what no registry speaks of in {@code Accept}, as some consoles do. */
  HttpResponse<String> call(String method, String path, String body)
      throws IOException, InterruptedException {
    return call(
        HttpRequest.newBuilder(URI.create(url() + path))
            .header("Accept", "text/html, image/png")
            .method(
                method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body)));
  }

  HttpResponse<String> call(HttpRequest.Builder request) throws IOException, InterruptedException {
    return browser.send(request.build(), BodyHandlers.ofString());
  }

  JsonNode json(String method, String path, String body) throws IOException, InterruptedException {
    return JSON.readTree(call(method, path, body).body());
  }

  JsonNode get(String path) throws IOException, InterruptedException {
    return json("GET", path, null);
  }

  /** The body that sends a schema. */
  static String request(String schema) {
    return JSON.createObjectNode().put("schema", schema).toString();
  }

  @Override
  public void close() {
    http.close();
    service.close();
    log.close();
    broker.close();
  }
}
