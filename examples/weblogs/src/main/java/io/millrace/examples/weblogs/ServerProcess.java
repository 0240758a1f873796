package io.millrace.examples.weblogs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.sql.Parsed;
import io.millrace.sql.StatementParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A server in a process of its own, which may be killed; it keeps its ports over restarts. One
 * thread starts and kills it, others may use it meanwhile.
 */
final class ServerProcess implements Sql, AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration STARTING = Duration.ofMinutes(3);
  private static final Duration STOPPING = Duration.ofMinutes(1);
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final Path folder;
  private final List<String> options;
  private final int http = freePort();
  private final int kafka = freePort();
  private final int registry = freePort();
  private final HttpClient client = HttpClient.newHttpClient();
  private Process process;
  private Path out;
  private int starts;

  /** Its data go to {@code data} in the folder, what it prints to {@code server-<n>.out}. */
  ServerProcess(Path folder, List<String> jvmOptions) {
    this.folder = folder;
    this.options = List.copyOf(jvmOptions);
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path data() {
    return folder.resolve("data");
  }

  String bootstrap() {
    return "127.0.0.1:" + kafka;
  }

  String registry() {
    return "http://127.0.0.1:" + registry;
  }

  /** The newest contract of a subject: its id and schema. */
  JsonNode contract(String subject) throws IOException, InterruptedException {
    URI latest = URI.create(registry() + "/subjects/" + subject + "/versions/latest");
    return JSON.readTree(
        client
            .send(HttpRequest.newBuilder(latest).build(), HttpResponse.BodyHandlers.ofInputStream())
            .body());
  }

  /** Starts it and waits until it says that it is ready. */
  void start() throws IOException, InterruptedException {
    begin();
    long deadline = System.nanoTime() + STARTING.toNanos();
    while (!Files.readString(out).contains("ready in")) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new IllegalStateException("The server did not start: " + Files.readString(out));
      }
      Thread.sleep(20);
    }
  }

  /** Starts it and returns at once. */
  void begin() throws IOException {
    out = folder.resolve("server-" + ++starts + ".out");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx2g", "-XX:-OmitStackTraceInFastThrow"));
    command.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("io.millrace.dist.StartCommand", "--data", data().toString()));
    command.addAll(List.of("--config", folder.resolve("none").toString()));
    command.addAll(List.of("--set", "http.port=" + http));
    command.addAll(List.of("--set", "kafka.port=" + kafka));
    command.addAll(List.of("--set", "registry.port=" + registry));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("MILLRACE_"));
    process = builder.start();
  }

  /** kill -9: no shutdown hook runs. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    if (!process.waitFor(STOPPING.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException("The server does not die");
    }
  }

  /**
   * Waits for a checkpoint of a statement, kills the server and starts it again; answers what was
   * done.
   *
   * @param complete whether at once as it is complete, its commits not yet done; else so many
   *     nanoseconds after it has begun
   */
  String killInCheckpoint(String statement, boolean complete, long later, Duration patience)
      throws IOException, InterruptedException {
    Path checkpoints =
        data().resolve("checkpoints").resolve(URLEncoder.encode(statement, StandardCharsets.UTF_8));
    KillPoint.awaitNew(
        () ->
            complete
                ? KillPoint.names(checkpoints, "*", "chk-*", "_metadata")
                : KillPoint.names(checkpoints, "*", "chk-*"),
        patience,
        "checkpoint of " + statement);
    LockSupport.parkNanos(complete ? 0 : later);
    kill();
    start();
    return complete ? "kill after a checkpoint, before its commit" : "kill in a checkpoint's time";
  }

  /** Runs a statement until it is answered: through kills, and so perhaps more than once. */
  void insist(String statement, Duration patience) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      try {
        execute(statement, Map.of());
        return;
      } catch (IllegalStateException | IOException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        Thread.sleep(PAUSE.toMillis());
      }
    }
  }

  /** Runs every statement of a script. */
  void script(String text) throws IOException, InterruptedException {
    for (Parsed parsed : StatementParser.parseScript(text)) {
      execute(parsed.text(), Map.of());
    }
  }

  /** Runs one statement; throws IllegalStateException with the server's message where it fails. */
  JsonNode execute(String statement, Map<String, String> requestOptions)
      throws IOException, InterruptedException {
    return post(
        "/v1/statements",
        JSON.writeValueAsString(Map.of("statement", statement, "options", requestOptions)));
  }

  /** Posts a body; throws IllegalStateException where the answer is an error. */
  JsonNode post(String path, String body) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + http + path))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    JsonNode answer =
        JSON.readTree(client.send(request, HttpResponse.BodyHandlers.ofInputStream()).body());
    if (answer.has("error")) {
      throw new IllegalStateException(body + ": " + answer.get("error"));
    }
    return answer;
  }

  @Override
  public List<Object[]> rows(String select) {
    try {
      return rows(execute(select, Map.of()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static List<Object[]> rows(JsonNode answer) {
    List<Object[]> rows = new ArrayList<>();
    for (JsonNode row : answer.get("rows")) {
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
    if (!process.waitFor(STOPPING.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
  }
}
