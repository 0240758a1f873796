package io.millrace.bench.start;

import io.millrace.bench.Child;
import io.millrace.bench.Folders;
import io.millrace.dist.StartCommand;
import io.millrace.log.LogClient;
import io.millrace.log.LogSettings;
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
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code millrace bench start}. */
@Command(
    name = "start",
    description =
        "Starts a server as 'millrace start' does: time to ready and to the first row of a query,"
            + " and resident memory idle and with idle queries.",
    mixinStandardHelpOptions = true)
public final class StartBenchCommand implements Callable<Integer> {
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
  private static final Duration POLL = Duration.ofMillis(20);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int PARTITIONS = 4;

  @Option(
      names = "--queries",
      split = ",",
      defaultValue = "1,8,32",
      paramLabel = "N",
      description = "How many idle queries to measure with (default: ${DEFAULT-VALUE}).")
  private List<Integer> steps;

  @Option(
      names = "--shares",
      description = "Also say what the JVM uses memory for; this tracking costs some itself.")
  private boolean shares;

  private final HttpClient http = HttpClient.newHttpClient();
  private URI statements;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("millrace-bench");
    try {
      return run(folder);
    } catch (IOException e) {
      System.err.println("error: " + e.getMessage());
      return 1;
    } finally {
      Folders.delete(folder);
    }
  }

  private int run(Path folder) throws IOException, InterruptedException {
    List<String> options = new ArrayList<>(JVM);
    if (shares) {
      options.add("-XX:NativeMemoryTracking=summary");
    }
    List<String> arguments = new ArrayList<>(List.of("--data", folder.resolve("data").toString()));
    for (String port : List.of("http.port", "kafka.port", "registry.port")) {
      arguments.addAll(List.of("--set", port + "=0"));
    }
    long begun = System.nanoTime();
    try (Child server =
        Child.start(
            "server",
            folder,
            options,
            System.getProperty("java.class.path"),
            StartCommand.class.getName(),
            arguments)) {
      Map<String, String> ports = new HashMap<>();
      while (!ports.containsKey("ready")) {
        ports.putAll(server.answer());
      }
      tell("start to ready", begun);
      statements = URI.create("http://127.0.0.1:" + ports.get("http.port") + "/v1/statements");
      try (LogClient log =
          LogClient.connect(new LogSettings("127.0.0.1:" + ports.get("kafka.port"), Map.of()))) {
        measure(server, log);
      }
      server.terminate();
    }
    return 0;
  }

  private void measure(Child server, LogClient log) throws IOException, InterruptedException {
    memory(server, "idle, no query");
    execute("CREATE STREAM words (word STRING, number INT) WITH ('partitions' = '4')");
    execute("INSERT INTO words VALUES ('one', 1), ('two', 2)");
    int queries = 0;
    for (int step : steps) {
      for (; queries < step; queries++) {
        long begun = System.nanoTime();
        String name = "shouted_" + queries;
        execute("CREATE STREAM " + name + " AS SELECT UPPER(word) AS word, number FROM words");
        awaitRow(log, name);
        if (queries < 2) {
          tell(
              (queries == 0 ? "first" : "second") + " query: from its statement to its first row",
              begun);
        }
      }
      memory(server, step + (step == 1 ? " idle query" : " idle queries"));
    }
    if (shares) {
      System.out.println(jcmd(server, "VM.native_memory", "summary", "scale=MB"));
    }
  }

  private static void tell(String what, long begun) {
    System.out.printf("%-48s %8.1f s%n", what, (System.nanoTime() - begun) / 1e9);
  }

  private void execute(String statement) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(statements)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"statement\": \"" + statement + "\"}"))
                .build(),
            HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    if (answer.statusCode() != 200 || answer.body().contains("\"error\"")) {
      throw new IOException("Failed to run " + statement + ": " + answer.body());
    }
  }

  /** Waits for a committed row, as a reader elsewhere would see it. */
  private static void awaitRow(LogClient log, String topic) throws IOException {
    List<TopicPartition> partitions = new ArrayList<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      partitions.add(new TopicPartition(topic, partition));
    }
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try (Consumer<byte[], byte[]> consumer = log.consumer(Map.of())) {
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (System.nanoTime() < deadline) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          if (record.value() != null) {
            return;
          }
        }
      }
    }
    throw new IOException("Failed to read a row of " + topic);
  }

  /** Resident memory once all is quiet, and how much of the heap lives after a collection. */
  private static void memory(Child server, String when) throws IOException, InterruptedException {
    Thread.sleep(SETTLING.toMillis());
    long resident = status(server, "VmRSS") / 1024;
    jcmd(server, "GC.run");
    Matcher heap = HEAP.matcher(jcmd(server, "GC.heap_info"));
    if (!heap.find()) {
      throw new IOException("Cannot read the heap of process " + server.pid());
    }
    System.out.printf(
        "%-48s %8d MB resident, of it %d MB of live objects; %d threads%n",
        when, resident, Long.parseLong(heap.group(1)) / 1024, status(server, "Threads"));
  }

  private static long status(Child server, String key) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + server.pid() + "/status"))) {
      if (line.startsWith(key + ":")) {
        return Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    throw new IOException("Cannot read " + key + " of process " + server.pid());
  }

  private static String jcmd(Child server, String... words)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
    command.add(Long.toString(server.pid()));
    command.addAll(List.of(words));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String answer =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (process.waitFor() != 0) {
      throw new IOException("Failed to ask the server's JVM: " + answer);
    }
    return answer;
  }
}
