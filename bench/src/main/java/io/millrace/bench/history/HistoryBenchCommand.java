package io.millrace.bench.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.bench.Folders;
import io.millrace.bench.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code millrace bench history}. */
@Command(
    name = "history",
    description =
        "Lets a table with history catch up with its changes, its state on the heap and on disk, and"
            + " then gives it one change after the other.",
    mixinStandardHelpOptions = true)
public final class HistoryBenchCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int BATCH = 10_000;
  private static final int CHANGES_OF_A_KEY = 10;
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration TRICKLE = Duration.ofSeconds(20);

  @Option(
      names = "--rows",
      defaultValue = "1000000",
      paramLabel = "N",
      description = "Changes, ten of each key (default: ${DEFAULT-VALUE}).")
  private int rows;

  @Option(
      names = "--backends",
      split = ",",
      defaultValue = "hashmap,rocksdb",
      description = "What to measure (default: ${DEFAULT-VALUE}).")
  private List<String> backends;

  @Override
  public Integer call() throws IOException, InterruptedException {
    System.out.printf(
        "%-8s %10s %24s %10s %12s %26s%n",
        "backend",
        "changes/s",
        "CPU-s per million changes",
        "heap",
        "resident",
        "cores at 10 changes/s");
    for (String backend : backends) {
      Path folder = Files.createTempDirectory("millrace-bench");
      try (ServerProcess server = ServerProcess.start(folder, List.of())) {
        measure(server, backend);
      } catch (IOException e) {
        System.err.println("error: " + e.getMessage());
        return 1;
      } finally {
        Folders.delete(folder);
      }
    }
    return 0;
  }

  private void measure(ServerProcess server, String backend)
      throws IOException, InterruptedException {
    server.execute(
        "CREATE TABLE moves (id INT, city STRING, PRIMARY KEY (id)) WITH ('history' = 'scd2',"
            + " 'serving' = 'off', 'partitions' = '4', 'state.backend' = '"
            + backend
            + "')");
    server.execute("PAUSE QUERY moves");
    for (int from = 0; from < rows; from += BATCH) {
      write(server, from, Math.min(rows, from + BATCH));
    }
    Duration cpu = server.cpu();
    long begun = System.nanoTime();
    server.execute("RESUME QUERY moves");
    awaitRead(server, rows);
    double seconds = (System.nanoTime() - begun) / 1e9;
    double used = seconds(server.cpu().minus(cpu));
    ServerProcess.Memory memory = server.memory();
    System.out.printf(
        "%-8s %,10.0f %25.2f %,7d MB %,9d MB %26.2f%n",
        backend,
        rows / seconds,
        used / rows * 1e6,
        memory.live(),
        memory.resident(),
        trickle(server));
  }

  private void write(ServerProcess server, int from, int to)
      throws IOException, InterruptedException {
    int keys = Math.max(1, rows / CHANGES_OF_A_KEY);
    server.post(
        "streams/moves/rows",
        IntStream.range(from, to)
            .mapToObj(i -> "{\"id\": " + i % keys + ", \"city\": \"city" + i + "\"}")
            .collect(Collectors.joining("\n")));
  }

  private static void awaitRead(ServerProcess server, int changes)
      throws IOException, InterruptedException {
    long read = 0;
    long since = System.nanoTime();
    while (true) {
      JsonNode answer = JSON.readTree(server.execute("SHOW QUERIES"));
      int at = 0;
      while (!answer.get("columns").get(at).get("name").asText().equals("rows_in")) {
        at++;
      }
      long now = answer.get("rows").get(0).get(at).asLong();
      if (now >= changes) {
        return;
      }
      if (now > read) {
        read = now;
        since = System.nanoTime();
      } else if (System.nanoTime() - since > PATIENCE.toNanos()) {
        throw new IOException("Failed to catch up: the query stands still. " + answer.get("rows"));
      }
      Thread.sleep(POLL.toMillis());
    }
  }

  /** How many cores the server needs for one change each tenth of a second. */
  private double trickle(ServerProcess server) throws IOException, InterruptedException {
    Duration cpu = server.cpu();
    long begun = System.nanoTime();
    for (int i = 0; System.nanoTime() - begun < TRICKLE.toNanos(); i++) {
      write(server, i, i + 1);
      Thread.sleep(100);
    }
    return seconds(server.cpu().minus(cpu)) / ((System.nanoTime() - begun) / 1e9);
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
