package io.millrace.source;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Tells when a request with changes came: no two at one time, and none before an earlier one,
 * though the machine's clock may be set back while the server runs. Thread-safe.
 */
final class ChangeClock {
  private final AtomicLong last = new AtomicLong();

  /** Microseconds since the epoch. */
  long next() {
    Instant now = Instant.now();
    long micros = Math.addExact(now.getEpochSecond() * 1_000_000, now.getNano() / 1000);
    return last.updateAndGet(before -> Math.max(before + 1, micros));
  }
}
