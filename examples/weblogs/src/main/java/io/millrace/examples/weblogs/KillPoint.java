package io.millrace.examples.weblogs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An instant at which to kill the server, seen from outside: by the signs that its files give. The
 * product knows nothing of it.
 */
enum KillPoint {
  /** Lines are being appended to the topic that the web servers write to. */
  INGEST("ingest") {
    @Override
    Set<String> signs(Places places) {
      return sizes(places.data().resolve("kafka"), "weblogs-*", "*.log");
    }
  },

  /** A request with rows is under way. */
  REQUEST("a request with rows") {
    @Override
    Set<String> signs(Places places) {
      return Set.of("request " + places.requests().getAsLong());
    }
  },

  /** A checkpoint has begun: its folder is there, what completes it is not. */
  CHECKPOINT("checkpoint") {
    @Override
    Set<String> signs(Places places) {
      return names(places.data().resolve("checkpoints"), "*", "*", "chk-*");
    }
  },

  /** A checkpoint is complete, so what it covers is written; its commits are about to follow. */
  COMMIT("commit") {
    @Override
    Set<String> signs(Places places) {
      return names(places.data().resolve("checkpoints"), "*", "*", "chk-*", "_metadata");
    }
  },

  /** The sink has staged a file. */
  SINK_STAGE("sink stage") {
    @Override
    Set<String> signs(Places places) {
      return names(places.files(), "_staging", "*", "*.staged");
    }
  },

  /** The sink has put the first of its files in place. */
  SINK_COMMIT("sink commit") {
    @Override
    Set<String> signs(Places places) {
      return names(places.files(), "date=*", "*.parquet");
    }
  },

  /** DuckDB writes a transaction. */
  SERVING("serving transaction") {
    @Override
    Set<String> signs(Places places) {
      return sizes(places.data(), "*.duckdb.wal");
    }
  },

  /** The server is starting after a kill. */
  RESTART("restart") {
    @Override
    Set<String> signs(Places places) {
      throw new UnsupportedOperationException("A restart is begun, not waited for");
    }
  };

  private static final Duration LOOKS = Duration.ofMillis(1);
  private static final int MOST_KILLS = 5;
  private static final int FEWEST_KILLS = 3;

  /**
   * Where the signs are.
   *
   * @param data the server's folder
   * @param files the folder of the sink
   * @param requests how many requests with rows have been begun
   */
  record Places(Path data, Path files, LongSupplier requests) {}

  private final String text;

  KillPoint(String text) {
    this.text = text;
  }

  /** Things that come and go; a new one among them says that the instant has come. */
  abstract Set<String> signs(Places places);

  /** The kinds of instants that a seed uses, each once. */
  static List<KillPoint> draw(SplittableRandom random) {
    List<KillPoint> kinds = new ArrayList<>(List.of(values()));
    Collections.shuffle(kinds, new java.util.Random(random.nextLong()));
    return List.copyOf(kinds.subList(0, random.nextInt(FEWEST_KILLS, MOST_KILLS + 1)));
  }

  @Override
  public String toString() {
    return text;
  }

  /** Returns as soon as a sign is there that was not. */
  static void awaitNew(Supplier<Set<String>> signs, Duration patience, String what) {
    long deadline = System.nanoTime() + patience.toNanos();
    Set<String> before = signs.get();
    while (before.containsAll(signs.get())) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("No " + what + " within " + patience);
      }
      LockSupport.parkNanos(LOOKS.toNanos());
    }
  }

  /** The files and folders below a folder, a glob for each level. */
  static Set<String> names(Path folder, String... globs) {
    return find(folder, globs).map(Path::toString).collect(Collectors.toSet());
  }

  /** As {@link #names}, each with its size, so that one that grows is a new sign. */
  static Set<String> sizes(Path folder, String... globs) {
    return find(folder, globs)
        .map(file -> file + " " + file.toFile().length())
        .collect(Collectors.toSet());
  }

  /** The paths below a folder, a glob for each level; nothing where a folder is gone meanwhile. */
  private static Stream<Path> find(Path folder, String... globs) {
    Stream<Path> found = Stream.of(folder);
    for (String glob : globs) {
      found = found.flatMap(parent -> list(parent, glob).stream());
    }
    return found;
  }

  private static List<Path> list(Path folder, String glob) {
    List<Path> paths = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, glob)) {
      entries.forEach(paths::add);
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return paths;
  }
}
