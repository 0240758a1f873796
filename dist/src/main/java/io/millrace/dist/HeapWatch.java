package io.millrace.dist;

import io.millrace.flow.Flow;
import io.millrace.model.Name;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.Comparator;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one query's state from taking all others down. A JVM whose heap is full does not end: it
 * collects garbage for minutes, and whichever of its threads asks for memory next dies, be it
 * Kafka's. So the query that keeps most is stopped before, and where that is none, the process.
 */
final class HeapWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HeapWatch.class);
  private static final long PERIOD_MS = 500;

  /** How long nobody looks after a full collection that was for nothing: each stops all threads. */
  private static final long REST_MS = 5_000;

  /** Shares of the heap that live after a collection. */
  private static final double FULL = 0.85;

  private static final double EXHAUSTED = 0.97;

  /** As the JVM's own {@code -XX:+ExitOnOutOfMemoryError}. */
  private static final int EXIT_CODE = 3;

  private final Flow flow;
  private final MemoryPoolMXBean pool;
  private final Thread thread;
  private volatile boolean closed;

  private HeapWatch(Flow flow, MemoryPoolMXBean pool) {
    this.flow = flow;
    this.pool = pool;
    this.thread = new Thread(this::run, "millrace-heap-watch");
    thread.setDaemon(true);
    thread.start();
  }

  static HeapWatch start(Flow flow) {
    // What lives long ends in the largest pool, however the collector calls it.
    MemoryPoolMXBean oldest =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP && pool.getCollectionUsage() != null)
            .max(Comparator.comparingLong(pool -> pool.getUsage().getMax()))
            .orElseThrow();
    return new HeapWatch(flow, oldest);
  }

  private void run() {
    try {
      while (!closed) {
        Thread.sleep(look() ? PERIOD_MS : REST_MS);
      }
    } catch (InterruptedException e) {
      LOG.debug("No longer watching the heap");
    } catch (OutOfMemoryError e) {
      halt();
    }
  }

  /**
   * False where a full collection was for nothing: much of it was garbage, or nobody is to stop.
   */
  private boolean look() {
    if (used() < FULL) {
      return true;
    }
    // What collections of parts have left need not all live.
    System.gc();
    double used = used();
    if (used < FULL) {
      return false;
    }
    Optional<Name> shed = shed();
    if (shed.isPresent()) {
      LOG.error("Stopped {}: {} % of the heap lived", shed.get(), Math.round(used * 100));
    } else if (used >= EXHAUSTED) {
      halt();
    }
    return shed.isPresent();
  }

  private Optional<Name> shed() {
    try {
      return flow.shedState();
    } catch (RuntimeException e) {
      LOG.error("Failed to stop the query that keeps most on the heap", e);
      return Optional.empty();
    }
  }

  /** The share that was in use after the last collection. */
  private double used() {
    return (double) pool.getCollectionUsage().getUsed() / pool.getUsage().getMax();
  }

  /** Ends the process at once, as a kill would: what is closed in order asks for memory, too. */
  static void halt() {
    System.err.println(
        "error: OUT_OF_MEMORY: Cannot go on: the heap of "
            + (Runtime.getRuntime().maxMemory() >> 20)
            + " MB is full");
    System.err.println(
        "hint: Start again with more, such as MILLRACE_HEAP=4g: nothing that was acknowledged is"
            + " lost.");
    Runtime.getRuntime().halt(EXIT_CODE);
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
