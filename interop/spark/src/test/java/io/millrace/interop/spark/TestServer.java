package io.millrace.interop.spark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.awaitility.Awaitility;

/**
 * A whole server on free ports, in a process and on a class path of its own, for its Kafka is
 * another version than Spark's.
 */
final class TestServer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path DIST = Path.of("..", "..", "dist", "target").toAbsolutePath();

  private final HttpClient client = HttpClient.newHttpClient();
  private final Process process;
  private final Properties ports = new Properties();

  private TestServer(Path folder) throws IOException {
    Path out = folder.resolve("server.out");
    Path data = folder.resolve("data");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx1g", "-XX:TieredStopAtLevel=1"));
    command.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
    command.add("-cp");
    command.add(DIST.resolve("classes") + ":" + Files.readString(DIST.resolve("classpath.txt")));
    command.addAll(List.of("io.millrace.dist.StartCommand", "--data", data.toString()));
    command.addAll(List.of("--config", folder.resolve("none").toString()));
    for (String port : List.of("http.port", "kafka.port", "registry.port")) {
      command.addAll(List.of("--set", port + "=0"));
    }
    process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    Awaitility.await("the server")
        .atMost(Duration.ofMinutes(2))
        .until(
            () -> {
              if (!process.isAlive()) {
                throw new IllegalStateException(Files.readString(out));
              }
              return Files.readString(out).contains("ready in");
            });
    ports.load(new StringReader(Files.readString(data.resolve("ports.properties"))));
  }

  static TestServer start(Path folder) throws IOException {
    return new TestServer(folder);
  }

  String kafka() {
    return "127.0.0.1:" + ports.getProperty("kafka.port");
  }

  String registry() {
    return "http://127.0.0.1:" + ports.getProperty("registry.port");
  }

  String url() {
    return "http://127.0.0.1:" + ports.getProperty("http.port");
  }

  /** Runs one statement; throws with the server's message where it fails. */
  JsonNode execute(String statement) {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(url() + "/v1/statements"))
              .POST(
                  HttpRequest.BodyPublishers.ofString(
                      JSON.writeValueAsString(Map.of("statement", statement))))
              .build();
      JsonNode answer =
          JSON.readTree(client.send(request, HttpResponse.BodyHandlers.ofString()).body());
      if (answer.has("error")) {
        throw new IllegalStateException(statement + ": " + answer.get("error"));
      }
      return answer;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The rows of a pull query, each as its JSON. */
  List<String> rows(String select) {
    List<String> rows = new ArrayList<>();
    execute(select).get("rows").forEach(row -> rows.add(row.toString()));
    return rows;
  }

  @Override
  public void close() {
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
