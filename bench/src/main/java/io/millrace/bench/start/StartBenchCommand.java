package io.millrace.bench.start;

import io.millrace.bench.Folders;
import io.millrace.bench.ServerProcess;
import io.millrace.log.LogClient;
import io.millrace.log.LogSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
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
    List<String> options = shares ? List.of("-XX:NativeMemoryTracking=summary") : List.<String>of();
    long begun = System.nanoTime();
    try (ServerProcess server = ServerProcess.start(folder, options)) {
      tell("start to ready", begun);
      try (LogClient log = LogClient.connect(new LogSettings(server.kafka(), Map.of()))) {
        measure(server, log);
      }
    }
    return 0;
  }

  private void measure(ServerProcess server, LogClient log)
      throws IOException, InterruptedException {
    memory(server, "idle, no query");
    server.execute("CREATE STREAM words (word STRING, number INT) WITH ('partitions' = '4')");
    server.execute("INSERT INTO words VALUES ('one', 1), ('two', 2)");
    int queries = 0;
    for (int step : steps) {
      for (; queries < step; queries++) {
        long begun = System.nanoTime();
        String name = "shouted_" + queries;
        server.execute(
            "CREATE STREAM " + name + " AS SELECT UPPER(word) AS word, number FROM words");
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
      System.out.println(server.jcmd("VM.native_memory", "summary", "scale=MB"));
    }
  }

  private static void tell(String what, long begun) {
    System.out.printf("%-48s %8.1f s%n", what, (System.nanoTime() - begun) / 1e9);
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

  private static void memory(ServerProcess server, String when)
      throws IOException, InterruptedException {
    ServerProcess.Memory memory = server.memory();
    System.out.printf(
        "%-48s %8d MB resident, of it %d MB of live objects; %d threads%n",
        when, memory.resident(), memory.live(), memory.threads());
  }
}
