package io.millrace.source;

import io.millrace.log.LogClient;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A few transactional producers with the ids {@code <prefix>-<n>}; a request takes one for its
 * transaction and gives it back. A producer that failed is thrown away and its id fenced, so that
 * nothing it left open holds readers up. Thread-safe.
 */
final class ProducerPool implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProducerPool.class);
  private static final int SIZE = 16;
  private static final Duration WAIT = Duration.ofSeconds(5);

  /** Beyond so many that wait, one more is told at once to come again. */
  private static final int WAITING = 128;

  private static final Duration LONGEST = Duration.ofHours(1);

  /** Clusters forget ids that are not used for days; an older producer is made anew. */
  private static final Duration FRESH = Duration.ofHours(1);

  private static final Map<String, Object> SENDING =
      Map.of(
          ProducerConfig.BATCH_SIZE_CONFIG,
          128 << 10,
          ProducerConfig.LINGER_MS_CONFIG,
          5,
          ProducerConfig.BUFFER_MEMORY_CONFIG,
          16L << 20);

  private final LogClient log;
  private final String prefix;
  private final Duration timeout;
  private final Semaphore permits = new Semaphore(SIZE, true);
  private final Deque<Slot> idle = new ArrayDeque<>();
  private final TreeSet<Integer> unused = new TreeSet<>();
  private boolean closed;

  /** Aborts what an earlier server of this prefix left open. */
  ProducerPool(LogClient log, String prefix) {
    this.log = log;
    this.prefix = prefix + "-";
    Duration limit = log.transactionTimeoutLimit().orElse(Duration.ofMinutes(15));
    this.timeout = limit.compareTo(LONGEST) < 0 ? limit : LONGEST;
    for (int number = 0; number < SIZE; number++) {
      unused.add(number);
    }
    int left = log.fence(this::isOurs);
    if (left > 0) {
      LOG.info("Aborted {} transactions that an earlier run left open", left);
    }
  }

  private boolean isOurs(String id) {
    return id.startsWith(prefix)
        && id.length() > prefix.length()
        && id.chars().skip(prefix.length()).allMatch(Character::isDigit);
  }

  /** A producer with its number in the pool; idle since that {@code System.nanoTime()}. */
  record Slot(int number, Producer<byte[], byte[]> producer, long idleSince) {}

  /** Waits for a free one; OVERLOADED where none comes free within some seconds. */
  Slot take() {
    try {
      if (permits.getQueueLength() >= WAITING
          || !permits.tryAcquire(WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new MillraceException(
                ErrorCode.OVERLOADED, "Cannot write: all " + SIZE + " writers are busy")
            .hint("Send it again later; fewer requests with more rows each go through faster.");
      }
    } catch (InterruptedException e) {
      throw log.explain(e, "write");
    }
    int number = -1;
    try {
      Slot slot = pollIdle();
      if (slot != null && System.nanoTime() - slot.idleSince() < FRESH.toNanos()) {
        return slot;
      }
      if (slot != null) {
        number = slot.number();
        slot.producer().close();
      } else {
        number = pollUnused();
      }
      return new Slot(number, log.transactionalProducer(prefix + number, timeout, SENDING), 0);
    } catch (RuntimeException e) {
      free(number);
      throw e;
    }
  }

  private synchronized Slot pollIdle() {
    if (closed) {
      throw new MillraceException(ErrorCode.CANCELLED, "Cannot write: the server is stopping");
    }
    return idle.pollFirst();
  }

  private synchronized int pollUnused() {
    return unused.pollFirst();
  }

  private synchronized void free(int number) {
    if (number >= 0) {
      unused.add(number);
    }
    permits.release();
  }

  /** Takes back a producer that stands outside any transaction. */
  void give(Slot slot) {
    synchronized (this) {
      if (!closed) {
        idle.addFirst(new Slot(slot.number(), slot.producer(), System.nanoTime()));
        permits.release();
        return;
      }
    }
    slot.producer().close();
    free(slot.number());
  }

  /** Throws a producer away whose transaction may still be open. */
  void discard(Slot slot) {
    slot.producer().close(Duration.ZERO);
    try {
      log.fence(id -> id.equals(prefix + slot.number()));
    } catch (MillraceException e) {
      // The next holder of the id aborts it, at the latest the cluster does.
      LOG.warn("Failed to abort the open transaction of {}{}", prefix, slot.number(), e);
    } finally {
      free(slot.number());
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    idle.forEach(slot -> slot.producer().close());
    idle.clear();
  }
}
