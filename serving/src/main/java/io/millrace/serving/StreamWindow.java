package io.millrace.serving;

import io.millrace.model.Positions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which of a stream's rows its copy keeps: runs of rows in the order they came, the oldest of which
 * go as a whole. For the stream's tail alone: not thread-safe.
 */
final class StreamWindow {
  /** A run ends when it makes up this part of what may be kept. */
  private static final int PARTS = 32;

  private final Duration window;
  private final long maxSize;
  private final Deque<Chunk> chunks = new ArrayDeque<>();
  private long bytes;

  /**
   * A run of rows.
   *
   * @param newest the highest timestamp of its records, in milliseconds
   * @param positions where the copy stood after the run
   */
  record Chunk(long number, long rows, long bytes, long newest, Positions positions) {}

  StreamWindow(Duration window, long maxSize, List<Chunk> held) {
    this.window = window;
    this.maxSize = maxSize;
    reload(held);
  }

  /** Forgets the runs it knows for these. */
  void reload(List<Chunk> held) {
    chunks.clear();
    bytes = 0;
    held.forEach(this::put);
  }

  /** The time before which records need not be served. */
  static Instant start(Duration window, Instant now) {
    Duration sinceEpoch = Duration.between(Instant.EPOCH, now);
    return window.compareTo(sinceEpoch) >= 0 ? Instant.EPOCH : now.minus(window);
  }

  /** The run as it is with these rows at its end: the newest run, or the next one. */
  Chunk with(long rows, long addedBytes, long newest, Positions positions) {
    Chunk last = chunks.peekLast();
    if (last == null || isFull(last, newest)) {
      long number = last == null ? 0 : last.number() + 1;
      return new Chunk(number, rows, addedBytes, newest, positions);
    }
    return new Chunk(
        last.number(),
        last.rows() + rows,
        last.bytes() + addedBytes,
        Math.max(last.newest(), newest),
        positions);
  }

  private boolean isFull(Chunk chunk, long nextNewest) {
    return chunk.bytes() >= maxSize / PARTS
        || nextNewest - chunk.newest() >= window.toMillis() / PARTS;
  }

  /** Takes a run that {@link #with} gave and that is in the copy now. */
  void put(Chunk chunk) {
    Chunk last = chunks.peekLast();
    if (last != null && last.number() == chunk.number()) {
      bytes -= chunks.removeLast().bytes();
    }
    chunks.addLast(chunk);
    bytes += chunk.bytes();
  }

  /** The highest timestamp among the records held, in milliseconds. */
  OptionalLong newest() {
    return chunks.stream().mapToLong(Chunk::newest).max();
  }

  /** Runs to let go: out of the window, beyond the size, or gone from the topic. */
  List<Chunk> expired(Instant now, Positions topicBegins) {
    long oldest = start(window, now).toEpochMilli();
    List<Chunk> expired = new ArrayList<>();
    long left = bytes;
    for (Chunk chunk : chunks) {
      boolean tooMuch = left > maxSize && chunk.number() != chunks.getLast().number();
      boolean gone = !topicBegins.offsets().isEmpty() && topicBegins.reaches(chunk.positions());
      if (chunk.newest() >= oldest && !tooMuch && !gone) {
        break;
      }
      expired.add(chunk);
      left -= chunk.bytes();
    }
    return expired;
  }

  /** Since when the copy is whole once these runs are gone; {@code before} is what held so far. */
  static Optional<Instant> since(Optional<Instant> before, List<Chunk> gone, Positions begins) {
    Optional<Instant> since = before;
    for (Chunk chunk : gone) {
      // What the topic itself has let go is nothing that a copy could have held.
      if (begins.offsets().isEmpty() || !begins.reaches(chunk.positions())) {
        Instant after = Instant.ofEpochMilli(chunk.newest() + 1);
        since = Optional.of(since.filter(s -> s.isAfter(after)).orElse(after));
      }
    }
    return since;
  }

  void drop(List<Chunk> gone) {
    for (int i = 0; i < gone.size(); i++) {
      bytes -= chunks.removeFirst().bytes();
    }
  }
}
