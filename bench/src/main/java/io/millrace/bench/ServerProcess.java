package io.millrace.bench;

import io.millrace.dist.StartCommand;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server as {@code millrace start} runs it, in a process of its own. Used by one thread. */
public final class ServerProcess implements AutoCloseable {
  /** As the launcher starts a server. */
  private static final List<String> JVM =
      List.of(
          "-Xmx2g",
          "-XX:-OmitStackTraceInFastThrow",
          "--add-opens=java.base/java.nio=ALL-UNNAMED",
          "-XX:Tier4InvocationThreshold=30000",
          "-XX:Tier4MinInvocationThreshold=10000",
          "-XX:Tier4CompileThreshold=60000");

  private static final Pattern HEAP = Pattern.compile("used (\\d+)K");
  private static final Duration SETTLING = Duration.ofSeconds(10);

  private final HttpClient http = HttpClient.newHttpClient();
  private final Child child;
  private final Map<String, String> ports = new HashMap<>();

  private ServerProcess(Child child) {
    this.child = child;
  }

  /** Starts it on a new data folder and waits until it is ready. */
  public static ServerProcess start(Path folder, List<String> options) throws IOException {
    List<String> jvm = new ArrayList<>(JVM);
    jvm.addAll(options);
    List<String> arguments = new ArrayList<>(List.of("--data", folder.resolve("data").toString()));
    for (String port : List.of("http.port", "kafka.port", "registry.port")) {
      arguments.addAll(List.of("--set", port + "=0"));
    }
    ServerProcess server =
        new ServerProcess(
            Child.start(
                "server",
                folder,
                jvm,
                System.getProperty("java.class.path"),
                StartCommand.class.getName(),
                arguments));
    while (!server.ports.containsKey("ready")) {
      server.ports.putAll(server.child.answer());
    }
    return server;
  }

  public String kafka() {
    return "127.0.0.1:" + ports.get("kafka.port");
  }

  /** Runs a statement and returns its answer, JSON. */
  public String execute(String statement) throws IOException, InterruptedException {
    return post("statements", "{\"statement\": \"" + statement.replace("\"", "\\\"") + "\"}");
  }

  /** Posts to {@code /v1/<path>} and returns the answer, JSON. */
  public String post(String path, String body) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + ports.get("http.port") + "/v1/" + path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    if (answer.statusCode() != 200 || answer.body().contains("\"error\"")) {
      throw new IOException("Failed to post to " + path + ": " + answer.body());
    }
    return answer.body();
  }

  /** CPU time of all its threads since it began. */
  public Duration cpu() {
    return child.cpu();
  }

  /**
   * What it holds once all is quiet, in MB.
   *
   * @param live how much of the heap lives after a collection
   */
  public record Memory(long resident, long live, long threads) {}

  /** Waits for ten seconds, then looks. */
  public Memory memory() throws IOException, InterruptedException {
    Thread.sleep(SETTLING.toMillis());
    long resident = status("VmRSS") / 1024;
    jcmd("GC.run");
    Matcher heap = HEAP.matcher(jcmd("GC.heap_info"));
    if (!heap.find()) {
      throw new IOException("Cannot read the heap of process " + child.pid());
    }
    return new Memory(resident, Long.parseLong(heap.group(1)) / 1024, status("Threads"));
  }

  private long status(String key) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + child.pid() + "/status"))) {
      if (line.startsWith(key + ":")) {
        return Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    throw new IOException("Cannot read " + key + " of process " + child.pid());
  }

  /** What the JDK's tool of that name answers about its JVM. */
  public String jcmd(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
    command.add(Long.toString(child.pid()));
    command.addAll(List.of(words));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String answer =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (process.waitFor() != 0) {
      throw new IOException("Failed to ask the server's JVM: " + answer);
    }
    return answer;
  }

  @Override
  public void close() throws IOException {
    child.terminate();
    child.close();
  }
}
