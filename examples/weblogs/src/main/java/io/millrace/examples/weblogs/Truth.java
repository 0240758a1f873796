package io.millrace.examples.weblogs;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What must come out, worked out from the lines as they are sent and apart from the engine.
 * Thread-safe.
 */
final class Truth {
  /** A minute of one site. */
  record Window(Instant start, String site) implements Comparable<Window> {
    @Override
    public int compareTo(Window other) {
      int byStart = start.compareTo(other.start);
      return byStart != 0 ? byStart : site.compareTo(other.site);
    }
  }

  /** What a window holds; the average is {@code totalTime / requests}. */
  record Summary(long requests, long errors, long totalTime, int maximumTime) {
    Summary plus(Summary other) {
      return new Summary(
          requests + other.requests,
          errors + other.errors,
          totalTime + other.totalTime,
          Math.max(maximumTime, other.maximumTime));
    }
  }

  private static final Map<String, String> SITES =
      Map.of(
          "W3SVC1", "shop", "W3SVC2", "blog", "W3SVC3", "docs", "W3SVC4", "api", "W3SVC5",
          "status");

  private final Map<Window, Summary> windows = new ConcurrentHashMap<>();
  private long sent;
  private long malformed;
  private final Digest rows = new Digest();
  private final Digest refused = new Digest();

  synchronized void add(Instant eventTime, String text, LogLines line) {
    sent++;
    if (line.isMalformed()) {
      malformed++;
      refused.add(text);
      return;
    }
    rows.add(text);
    Window window = new Window(eventTime.truncatedTo(ChronoUnit.MINUTES), SITES.get(line.site()));
    Summary one = new Summary(1, line.status() >= 500 ? 1 : 0, line.timeTaken(), line.timeTaken());
    windows.merge(window, one, Summary::plus);
  }

  synchronized long sent() {
    return sent;
  }

  synchronized long malformed() {
    return malformed;
  }

  /** Stands for all lines that are rows. */
  synchronized long rowsDigest() {
    return rows.value();
  }

  /** Stands for all lines that are dead letters. */
  synchronized long refusedDigest() {
    return refused.value();
  }

  /** The windows that a watermark at this instant closes. */
  Map<Window, Summary> closedBy(Instant watermark) {
    Map<Window, Summary> closed = new TreeMap<>();
    windows.forEach(
        (window, summary) -> {
          if (!window.start().plus(1, ChronoUnit.MINUTES).isAfter(watermark)) {
            closed.put(window, summary);
          }
        });
    return closed;
  }
}
