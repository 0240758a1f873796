package io.millrace.engine;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes attempts until each has succeeded: the first after a second, later ones twice as late up to
 * a minute, one at a time. An attempt holds the lock of statements that change the catalog; so that
 * those find their turn while a place lets its callers wait, the pause is never shorter than ten
 * times what the attempt took.
 */
final class Retries implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Retries.class);
  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofMinutes(1);
  private static final int REST = 10;

  private final Lock changes;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread daemon = new Thread(task, "retries");
            daemon.setDaemon(true);
            return daemon;
          });

  Retries(Lock changes) {
    this.changes = changes;
  }

  /** Makes the attempt later, and again until it answers that nothing is left to do. */
  void until(BooleanSupplier attempt) {
    schedule(attempt, SHORTEST);
  }

  private void schedule(BooleanSupplier attempt, Duration delay) {
    thread.schedule(() -> run(attempt, delay), delay.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void run(BooleanSupplier attempt, Duration delay) {
    changes.lock();
    long begun = System.nanoTime();
    boolean done;
    try {
      done = attempt.getAsBoolean();
    } catch (RuntimeException e) {
      LOG.error("An attempt failed", e);
      done = false;
    } finally {
      changes.unlock();
    }
    if (!done && !thread.isShutdown()) {
      Duration rest = Duration.ofNanos(System.nanoTime() - begun).multipliedBy(REST);
      Duration next = delay.multipliedBy(2);
      next = next.compareTo(LONGEST) < 0 ? next : LONGEST;
      schedule(attempt, next.compareTo(rest) < 0 ? rest : next);
    }
  }

  /** Begins no further attempt; one that is under way ends by itself. */
  @Override
  public void close() {
    thread.shutdownNow();
  }
}
