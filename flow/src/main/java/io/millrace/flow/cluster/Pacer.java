package io.millrace.flow.cluster;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checkpoints the jobs of the embedded cluster as often as they ask for, but only while records
 * pass: a checkpoint several times a second of a query that stands still would be most of what it
 * costs. Flink's own timer goes on seldom, for what no record tells of. One that takes long is
 * followed by as long a pause. Thread-safe.
 */
final class Pacer implements AutoCloseable {
  /** How often Flink checkpoints by itself. */
  static final Duration IDLE = Duration.ofSeconds(10);

  private static final Logger LOG = LoggerFactory.getLogger(Pacer.class);

  private final MiniCluster cluster;
  private final EmbeddedNumbers numbers;
  private final Map<JobID, ScheduledFuture<?>> paced = new ConcurrentHashMap<>();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "millrace-checkpoints");
            thread.setDaemon(true);
            return thread;
          });

  Pacer(MiniCluster cluster, EmbeddedNumbers numbers) {
    this.cluster = cluster;
    this.numbers = numbers;
  }

  void add(JobID job, Duration interval) {
    Pace pace = new Pace(job);
    long nanos = interval.toNanos();
    paced.put(job, clock.scheduleAtFixedRate(pace, nanos, nanos, TimeUnit.NANOSECONDS));
    cluster.requestJobResult(job).whenComplete((result, failure) -> remove(job));
  }

  private void remove(JobID job) {
    ScheduledFuture<?> pace = paced.remove(job);
    if (pace != null) {
      pace.cancel(false);
    }
  }

  /** Used by the clock's thread; the answer of a checkpoint comes from one of Flink's. */
  private final class Pace implements Runnable {
    private final JobID job;

    /** The first checkpoint comes in any case: it keeps the positions that reading began at. */
    private volatile long committed = -1;

    private CompletableFuture<Long> running = CompletableFuture.completedFuture(0L);
    private volatile long restUntil = System.nanoTime();

    Pace(JobID job) {
      this.job = job;
    }

    @Override
    public void run() {
      long records = numbers.records(job);
      long begun = System.nanoTime();
      if (records == committed || !running.isDone() || begun - restUntil < 0) {
        return;
      }
      running = cluster.triggerCheckpoint(job, CheckpointType.CONFIGURED);
      running.whenComplete(
          (checkpoint, failure) -> {
            long ended = System.nanoTime();
            restUntil = ended + (ended - begun);
            if (failure == null) {
              committed = records;
            } else {
              // While its tasks start there is none to be had; the next turn asks again.
              LOG.debug("No checkpoint of {}", job, failure);
            }
          });
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
