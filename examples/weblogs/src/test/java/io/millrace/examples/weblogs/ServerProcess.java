package io.millrace.examples.weblogs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
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
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A server in a process of its own, which a test may kill; it keeps its ports over restarts. */
final class ServerProcess implements Sql, AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path data;
  private final int http = freePort();
  private final int kafka = freePort();
  private final int registry = freePort();
  private final HttpClient client = HttpClient.newHttpClient();
  private Process process;

  ServerProcess(Path data) {
    this.data = data;
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String bootstrap() {
    return "127.0.0.1:" + kafka;
  }

  /** Starts it and waits until it says that it is ready. */
  void start() throws IOException {
    Path out = data.resolveSibling("server.out");
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx2g",
                "-XX:-OmitStackTraceInFastThrow",
                "--add-opens=java.base/java.nio=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "io.millrace.dist.StartCommand",
                "--data",
                data.toString(),
                "--set",
                "http.port=" + http,
                "--set",
                "kafka.port=" + kafka,
                "--set",
                "registry.port=" + registry)
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    Awaitility.await("ready")
        .atMost(Duration.ofSeconds(120))
        .until(
            () -> {
              assertThat(process.isAlive()).as(() -> read(out)).isTrue();
              return read(out).contains("ready in");
            });
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** kill -9: no shutdown hook runs. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
  }

  /** Runs one statement; throws with the server's message where it fails. */
  JsonNode execute(String statement) {
    try {
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + http + "/v1/statements"))
                  .POST(
                      HttpRequest.BodyPublishers.ofString(
                          JSON.writeValueAsString(Map.of("statement", statement))))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      JsonNode answer = JSON.readTree(response.body());
      if (answer.has("error")) {
        throw new IllegalStateException(statement + ": " + answer.get("error"));
      }
      return answer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public List<Object[]> rows(String select) {
    List<Object[]> rows = new ArrayList<>();
    for (JsonNode row : execute(select).get("rows")) {
      Object[] values = new Object[row.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = row.get(i).isNull() ? null : row.get(i).asText();
      }
      rows.add(values);
    }
    return rows;
  }

  /** Stops it cleanly. */
  @Override
  public void close() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
  }
}
