package io.millrace.serving;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Wakes who waits for copies to get somewhere. Thread-safe. */
final class Progress {
  /** Something a waiter may have waited for has happened. */
  synchronized void moved() {
    notifyAll();
  }

  /** Waits until {@code reached}; false where the time ran out first. */
  synchronized boolean await(BooleanSupplier reached, Duration timeout)
      throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (!reached.getAsBoolean()) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return true;
  }
}
