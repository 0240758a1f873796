package io.millrace.serving;

import io.millrace.log.LogClient;
import io.millrace.log.TopicInfo;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Positions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread and one consumer that serve many tails: what comes for any of them within a moment
 * goes into DuckDB in one transaction. The moment is short while transactions are cheap and grows
 * with their cost; in a catch-up full batches go at once. Two relations over one topic need two
 * workers.
 */
final class TailWorker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TailWorker.class);
  private static final long SHORTEST_LINGER_NANOS = TimeUnit.MILLISECONDS.toNanos(40);
  private static final long LONGEST_LINGER_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final int COST_TO_LINGER = 2;
  private static final long HOUSEKEEPING_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long SAVE_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final Duration IDLE_POLL = Duration.ofMillis(500);
  private static final Duration RETRY = Duration.ofSeconds(2);
  private static final Duration RETRY_SMALLER = Duration.ofMillis(200);
  private static final int FULL_ROWS = 1 << 16;
  private static final long FULL_BYTES = 32L << 20;

  private final LogClient log;
  private final Database database;
  private final Progress progress;
  private final ServingSettings settings;
  private final long fullBytes;
  private final Map<String, Tail> tails = new HashMap<>();
  private final LinkedBlockingQueue<Runnable> commands = new LinkedBlockingQueue<>();
  private final Thread thread;
  private volatile boolean closing;
  private Consumer<byte[], byte[]> consumer;
  private long lingerNanos = SHORTEST_LINGER_NANOS;
  private long batchSince;
  private boolean gathering;
  private long nextHousekeeping = System.nanoTime();
  private long nextSave = System.nanoTime() + SAVE_NANOS;

  TailWorker(
      int number, LogClient log, Database database, Progress progress, ServingSettings settings) {
    this.log = log;
    this.database = database;
    this.progress = progress;
    this.settings = settings;
    this.fullBytes = Math.max(1, Math.min(FULL_BYTES, settings.maxSize() / 8));
    this.consumer = newConsumer();
    this.thread = new Thread(this::run, "millrace-serving-" + number);
    thread.start();
  }

  private Consumer<byte[], byte[]> newConsumer() {
    return log.consumer(
        Map.of(
            ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "5000",
            ConsumerConfig.FETCH_MAX_BYTES_CONFIG, Integer.toString(16 << 20),
            // A new tail joins the next fetch, so it may wait this long; less would cost the broker
            // a look at every partition of every idle tail so much more often.
            ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, "500"));
  }

  /** Runs a command in the worker's thread and waits for it. */
  private void inThread(Runnable command) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    commands.add(
        () -> {
          try {
            command.run();
            done.complete(null);
          } catch (RuntimeException e) {
            done.completeExceptionally(e);
          }
        });
    synchronized (this) {
      consumer.wakeup();
    }
    await(done);
  }

  private void await(CompletableFuture<Void> done) {
    while (true) {
      try {
        done.get(1, TimeUnit.SECONDS);
        return;
      } catch (TimeoutException e) {
        if (!thread.isAlive()) {
          throw new MillraceException(
              ErrorCode.INTERNAL_ERROR, "Failed to serve: " + thread.getName() + " has ended", e);
        }
      } catch (ExecutionException e) {
        throw e.getCause() instanceof RuntimeException cause
            ? cause
            : new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new MillraceException(ErrorCode.CANCELLED, "Cannot go on: interrupted", e);
      }
    }
  }

  /** Starts to follow; none of their topics may be followed here yet. */
  void addAll(List<Tail> added) {
    inThread(
        () -> {
          added.forEach(tail -> tails.put(tail.relation().topic(), tail));
          assign();
          added.forEach(this::seek);
        });
  }

  /** Follows the tail no longer; what it has read and not written is forgotten. */
  void remove(Tail tail, String error) {
    inThread(() -> drop(tail, error));
  }

  /** Lets go of rows that these topics no longer hold. */
  void prune(Map<String, Positions> topicBegins) {
    inThread(
        () ->
            topicBegins.forEach(
                (topic, begins) -> {
                  Tail tail = tails.get(topic);
                  if (tail != null) {
                    prune(tail, begins);
                  }
                }));
  }

  private void drop(Tail tail, String error) {
    tail.stop(error);
    if (tails.remove(tail.relation().topic(), tail)) {
      assign();
    }
    progress.moved();
  }

  private void assign() {
    consumer.assign(tails.values().stream().flatMap(t -> t.partitions().stream()).toList());
  }

  private void seek(Tail tail) {
    tail.partitions().forEach(p -> consumer.seek(p, tail.nextOffset(p.partition())));
  }

  private void run() {
    while (!closing) {
      try {
        step();
      } catch (WakeupException e) {
        LOG.trace("Woken for a command");
      } catch (OffsetOutOfRangeException e) {
        expired(e.offsetOutOfRangePartitions());
      } catch (RuntimeException e) {
        restart(e);
      }
    }
    finish();
  }

  private void step() {
    runCommands();
    if (tails.isEmpty()) {
      waitForCommand(IDLE_POLL);
      return;
    }
    resumeDue();
    long wait = IDLE_POLL.toNanos();
    if (gathering) {
      wait = Math.max(0, lingerNanos - (System.nanoTime() - batchSince));
    }
    ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofNanos(wait));
    for (TopicPartition partition : records.partitions()) {
      accept(records.records(partition));
    }
    records
        .nextOffsets()
        .forEach(
            (partition, next) -> {
              Tail tail = tails.get(partition.topic());
              if (tail != null && !tail.isWaiting()) {
                tail.advance(partition.partition(), next.offset());
              }
            });
    if (gathering && System.nanoTime() - batchSince >= lingerNanos) {
      flush();
    }
    if (!records.nextOffsets().isEmpty()) {
      tails.values().forEach(Tail::advanceIdle);
      progress.moved();
    }
    housekeeping();
  }

  private void accept(List<ConsumerRecord<byte[], byte[]>> records) {
    Tail tail = tails.get(records.get(0).topic());
    for (ConsumerRecord<byte[], byte[]> record : records) {
      if (tail.isWaiting()) {
        return;
      }
      try {
        tail.accept(record);
      } catch (MillraceException e) {
        fail(tail, e);
        return;
      }
      if (!gathering && tail.batchRows() > 0) {
        gathering = true;
        batchSince = System.nanoTime();
      }
      if (tail.isFull(FULL_ROWS, fullBytes)) {
        flush();
      }
    }
  }

  private void runCommands() {
    Runnable command = commands.poll();
    while (command != null) {
      command.run();
      command = commands.poll();
    }
  }

  private void waitForCommand(Duration atMost) {
    try {
      Runnable command = commands.poll(atMost.toMillis(), TimeUnit.MILLISECONDS);
      if (command != null) {
        command.run();
      }
    } catch (InterruptedException e) {
      closing = true;
    }
  }

  /** Writes what all tails have gathered; where that fails, each tail by itself. */
  private void flush() {
    gathering = false;
    List<Tail> ready = tails.values().stream().filter(t -> t.batchRows() > 0).toList();
    if (ready.isEmpty()) {
      return;
    }
    long start = System.nanoTime();
    if (!write(ready, ready.size() == 1)) {
      ready.forEach(tail -> write(List.of(tail), true));
    }
    long cost = (System.nanoTime() - start) * COST_TO_LINGER;
    lingerNanos = Math.min(LONGEST_LINGER_NANOS, Math.max(SHORTEST_LINGER_NANOS, cost));
    ready.forEach(tail -> prune(tail, Positions.NONE));
    progress.moved();
  }

  private boolean write(Collection<Tail> ready, boolean failing) {
    try {
      database.write(
          transaction -> {
            for (Tail tail : ready) {
              tail.write(transaction);
            }
            return null;
          });
    } catch (OutcomeUnknownException e) {
      ready.forEach(tail -> fail(tail, e));
      return true;
    } catch (MillraceException e) {
      if (failing) {
        ready.forEach(tail -> fail(tail, e));
      }
      return false;
    }
    ready.forEach(Tail::written);
    return true;
  }

  /** Something beside the records is in the way: the tail waits, then reads them again. */
  private void fail(Tail tail, MillraceException why) {
    LOG.warn("Serving copy of {} waits", tail.name(), why);
    boolean tooMuch = why.code() == ErrorCode.OUT_OF_MEMORY;
    if (tooMuch) {
      tail.halveBatches();
    }
    tail.forgetBatch();
    tail.error(why.code() + ": " + why.getMessage());
    tail.waitFor(tooMuch ? RETRY_SMALLER : RETRY);
    consumer.pause(tail.partitions());
    seek(tail);
    progress.moved();
  }

  private void resumeDue() {
    tails.values().stream().filter(Tail::isDue).forEach(this::resume);
  }

  /** What the copy holds is asked of it: a commit that failed may have taken place. */
  private void resume(Tail tail) {
    try {
      database
          .write(transaction -> tail.held(transaction))
          .ifPresent(
              held -> {
                tail.goOnFrom(held);
                seek(tail);
                consumer.resume(tail.partitions());
              });
    } catch (MillraceException e) {
      fail(tail, e);
    }
  }

  private void prune(Tail tail, Positions topicBegins) {
    try {
      tail.prune(database, Instant.now(), topicBegins);
    } catch (OutcomeUnknownException e) {
      fail(tail, e);
    } catch (MillraceException e) {
      LOG.warn("Serving copy of {} keeps more than its window", tail.name(), e);
      tail.error(e.getMessage());
    }
  }

  private void housekeeping() {
    long now = System.nanoTime();
    if (now - nextHousekeeping < 0) {
      return;
    }
    nextHousekeeping = now + HOUSEKEEPING_NANOS;
    tails.values().forEach(tail -> prune(tail, Positions.NONE));
    if (now - nextSave >= 0) {
      nextSave = now + SAVE_NANOS;
      savePositions();
    }
  }

  /** Positions also move where no row comes; a position long passed would look like lost rows. */
  private void savePositions() {
    List<Tail> moved =
        tails.values().stream().filter(t -> t.isUnsaved() && t.batchRows() == 0).toList();
    if (!moved.isEmpty()) {
      write(moved, true);
    }
  }

  private void expired(Map<TopicPartition, Long> outOfRange) {
    flush();
    outOfRange.keySet().stream()
        .map(partition -> tails.get(partition.topic()))
        .distinct()
        .forEach(tail -> expired(tail, outOfRange));
  }

  private void expired(Tail tail, Map<TopicPartition, Long> outOfRange) {
    String topic = tail.relation().topic();
    try {
      Positions begins = log.beginning(topic);
      if (goesOnInWindow(tail, begins, outOfRange.keySet())) {
        return;
      }
      List<String> ranges = new ArrayList<>();
      outOfRange.forEach(
          (partition, offset) -> {
            if (partition.topic().equals(topic)) {
              long begin = begins.offsets().getOrDefault(partition.partition(), 0L);
              ranges.add(
                  begin > offset
                      ? "offsets "
                          + offset
                          + " to "
                          + (begin - 1)
                          + " of partition "
                          + partition.partition()
                          + " are gone"
                      : "partition " + partition.partition() + " ends before offset " + offset);
            }
          });
      drop(
          tail,
          ErrorCode.DATA_EXPIRED
              + ": Cannot go on with the serving copy of "
              + tail.name()
              + ": in topic "
              + topic
              + " "
              + String.join(", ", ranges));
    } catch (MillraceException e) {
      if (e.code() == ErrorCode.NOT_FOUND) {
        drop(tail, null);
      } else {
        fail(tail, e);
      }
    }
  }

  /**
   * Of a stream, rows that are gone may have left the window before they left the topic. Not where
   * the copy itself still reaches into the window, since they came after its rows: something other
   * than their age has removed them. Nor need it be so where the topic is kept below a size.
   */
  private boolean goesOnInWindow(Tail tail, Positions begins, Set<TopicPartition> outOfRange) {
    if (tail.relation().isTable()) {
      return false;
    }
    String topic = tail.relation().topic();
    Instant windowStart = StreamWindow.start(settings.window(), Instant.now());
    if (tail.reachesInto(windowStart)) {
      return false;
    }
    Positions inWindow = log.at(topic, windowStart);
    boolean outlived = log.find(topic).filter(this::keepsTheWindow).isPresent();
    Map<Integer, Long> offsets = new HashMap<>(tail.copy().positions().offsets());
    for (TopicPartition partition : outOfRange) {
      if (!partition.topic().equals(topic)) {
        continue;
      }
      int p = partition.partition();
      long begin = begins.offsets().get(p);
      long start = inWindow.offsets().get(p);
      if (begin <= offsets.get(p) || !outlived && start <= begin) {
        return false;
      }
      offsets.put(p, start);
    }
    tail.moveTo(database, Positions.of(offsets), Optional.of(windowStart));
    seek(tail);
    progress.moved();
    return true;
  }

  private boolean keepsTheWindow(TopicInfo topic) {
    return topic.retentionBytes().isEmpty()
        && topic.retentionMs().isPresent()
        && topic.retentionMs().getAsLong() >= settings.window().toMillis();
  }

  /** The consumer failed in a way it may not recover from: a new one goes on from the copies. */
  private void restart(RuntimeException why) {
    LOG.warn("Serving reads its topics anew", why);
    gathering = false;
    String sentence = "Failed to read topics: " + why.getMessage();
    tails.values().forEach(Tail::forgetBatch);
    tails.values().forEach(tail -> tail.error(sentence));
    try {
      consumer.close();
    } catch (KafkaException e) {
      LOG.warn("A consumer did not close", e);
    }
    waitBeforeRetry();
    if (closing) {
      return;
    }
    try {
      synchronized (this) {
        consumer = newConsumer();
      }
      assign();
      tails.values().forEach(this::seek);
      tails.values().forEach(this::resume);
    } catch (MillraceException e) {
      LOG.warn("Serving cannot read its topics yet", e);
    }
  }

  /** Commands need a consumer that works: they wait meanwhile. */
  private void waitBeforeRetry() {
    try {
      Thread.sleep(RETRY.toMillis());
    } catch (InterruptedException e) {
      closing = true;
    }
  }

  private void finish() {
    runCommands();
    flush();
    savePositions();
    consumer.close();
  }

  /** Stops after a last write of what has been read. */
  @Override
  public void close() {
    closing = true;
    synchronized (this) {
      consumer.wakeup();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
