package io.millrace.examples.weblogs;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Files grow, are renamed and packed, copied and truncated, or dropped, while the server that reads
 * them is killed at instants of drawn kinds. Then each line has to be there once.
 */
final class FilesSuite implements Suite {
  private static final String STREAM =
      "CREATE STREAM lines (writer STRING, n INT NOT NULL, text STRING)"
          + " WITH ('partitions' = '2');\n";

  private static final List<String> OPTIONS = List.of("-XX:TieredStopAtLevel=1");
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_OUTAGE = Duration.ofSeconds(2);
  private static final Duration TRANSACTION = Duration.ofMillis(60);
  private static final int MOST_KILLS = 3;
  private static final int LINES_OF_A_KILL = 5_000;

  /** When the server is killed. */
  enum Instant {
    COMMIT("as it notes what was read"),
    ROWS("as it writes rows"),
    SET_ASIDE("as a file is put aside"),
    PACKED("as a file is packed"),
    ANY("at any time");

    private final String text;

    Instant(String text) {
      this.text = text;
    }
  }

  @Override
  public String name() {
    return "files";
  }

  @Override
  public String description() {
    return "files that grow, move, are packed, truncated; server killed";
  }

  @Override
  public String unit() {
    return "line";
  }

  @Override
  public int usualRows() {
    return 100_000;
  }

  @Override
  public Outcome run(long seed, int lines, Path folder) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    List<Instant> instants = new ArrayList<>(List.of(Instant.values()));
    Collections.shuffle(instants, new Random(random.nextLong()));
    List<LogFolder> folders = new ArrayList<>();
    List<String> events = new ArrayList<>();
    try (ServerProcess server = new ServerProcess(folder, OPTIONS)) {
      StringBuilder script = new StringBuilder(STREAM);
      for (LogFolder.Kind kind : LogFolder.Kind.values()) {
        LogFolder one = new LogFolder(kind, folder.resolve("logs"), random.nextLong());
        folders.add(one);
        script.append(kind.source(one.folder()));
      }
      folders.forEach(LogFolder::start);
      server.start();
      server.script(script.toString());
      int kills = Math.min(MOST_KILLS, Math.max(1, lines / LINES_OF_A_KILL));
      int share = lines / folders.size() / (kills + 1);
      for (int kill = 0; kill < kills; kill++) {
        int upTo = (kill + 1) * share;
        folders.forEach(one -> one.write(upTo));
        awaitLines(folders, (int) (folders.size() * (kill + random.nextDouble() / 2) * share));
        await(instants.get(kill), server, folders, random);
        server.kill();
        events.add("kill " + instants.get(kill).text);
        LockSupport.parkNanos(random.nextLong(LONGEST_OUTAGE.toNanos()));
        server.start();
      }
      Map<String, Integer> truth = new TreeMap<>();
      for (LogFolder one : folders) {
        one.write(lines / folders.size());
      }
      for (LogFolder one : folders) {
        one.finish();
        truth.put(one.kind().name(), one.written());
      }
      int written = truth.values().stream().mapToInt(Integer::intValue).sum();
      return new Outcome(written, events, differences(server, truth, written));
    } finally {
      for (LogFolder one : folders) {
        one.close();
      }
    }
  }

  private static void awaitLines(List<LogFolder> folders, int lines) {
    while (folders.stream().mapToInt(LogFolder::written).sum() < lines) {
      LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
    }
  }

  /** Waits for the sign of an instant, then for a drawn part of what follows it. */
  private static void await(
      Instant instant, ServerProcess server, List<LogFolder> folders, SplittableRandom random) {
    Path kafka = server.data().resolve("kafka");
    if (instant != Instant.ANY) {
      KillPoint.awaitNew(
          () ->
              switch (instant) {
                case COMMIT -> KillPoint.sizes(kafka, "_millrace_source_positions-*", "*.log");
                case ROWS -> KillPoint.sizes(kafka, "lines-*", "*.log");
                case SET_ASIDE ->
                    Set.of(Integer.toString(folders.stream().mapToInt(LogFolder::setAside).sum()));
                case PACKED -> KillPoint.names(folders.get(0).folder().getParent(), "*", "*.gz");
                case ANY -> throw new IllegalStateException();
              },
          PATIENCE,
          instant.text);
    }
    LockSupport.parkNanos(random.nextLong(TRANSACTION.toNanos()));
  }

  private static List<String> differences(
      ServerProcess server, Map<String, Integer> truth, int written) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (server.number("SELECT count(*) FROM lines") < written && System.nanoTime() < deadline) {
      Thread.sleep(PAUSE.toMillis());
    }
    awaitAllRead(server);
    List<String> wrong = new ArrayList<>();
    Map<String, BitSet> seen = new TreeMap<>();
    for (Object[] row : server.rows("SELECT writer, n, text FROM lines")) {
      int n = Integer.parseInt(row[1].toString());
      BitSet ofWriter = seen.computeIfAbsent(row[0].toString(), writer -> new BitSet());
      if (ofWriter.get(n)) {
        wrong.add("twice: " + Arrays.toString(row));
      }
      ofWriter.set(n);
      if (!LogFolder.Kind.text(n).equals(row[2])) {
        wrong.add("another text: " + Arrays.toString(row));
      }
    }
    truth.forEach(
        (writer, count) -> {
          BitSet ofWriter = seen.getOrDefault(writer, new BitSet());
          if (ofWriter.cardinality() != count || ofWriter.length() != count) {
            wrong.add(
                "%s: %,d lines of %,d, the first one missing is %d"
                    .formatted(writer, ofWriter.cardinality(), count, ofWriter.nextClearBit(0)));
          }
        });
    long letters = server.number("SELECT count(*) FROM _millrace_dead_letters");
    if (letters > 0) {
      wrong.add(letters + " dead letters");
    }
    if (!wrong.isEmpty()) {
      server.rows("SHOW SOURCES").forEach(row -> wrong.add(Arrays.toString(row)));
    }
    return wrong;
  }

  /** A line that is read twice may come late. */
  private static void awaitAllRead(ServerProcess server) throws InterruptedException {
    java.time.Instant now = java.time.Instant.now();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (server.rows("SHOW SOURCES").stream()
        .anyMatch(
            row -> row[6] == null || !java.time.Instant.parse(row[6].toString()).isAfter(now))) {
      if (System.nanoTime() > deadline) {
        return;
      }
      Thread.sleep(PAUSE.toMillis());
    }
  }
}
