package io.millrace.flow.job;

import java.time.Duration;
import java.util.Locale;
import org.apache.flink.configuration.Configuration;

/** What Flink is told about a job: how it commits, where it keeps state, how it is restarted. */
public final class JobConfiguration {
  private static final String CHECKPOINTING = "execution.checkpointing.";
  private static final String RESTART = "restart-strategy.";
  private static final String DELAY = RESTART + "exponential-delay.";

  private static final String BUFFER_TIMEOUT = "execution.buffer-timeout.interval";

  private final Configuration configuration;

  public JobConfiguration(Configuration client, int parallelism) {
    this.configuration = client;
    set("parallelism.default", Integer.toString(parallelism));
    // Stored with the state: it must not follow the parallelism.
    set("pipeline.max-parallelism", "128");
    set("pipeline.object-reuse", "true");
    stateBackend(StateBackend.HASHMAP);
    set(BUFFER_TIMEOUT, "10 ms");
  }

  private void set(String key, String value) {
    configuration.setString(key, value);
  }

  public JobConfiguration stateBackend(StateBackend backend) {
    set("state.backend.type", backend.name().toLowerCase(Locale.ROOT));
    set(CHECKPOINTING + "incremental", Boolean.toString(backend == StateBackend.ROCKSDB));
    return this;
  }

  /**
   * Nobody sees a row before a commit, whose barriers take along what waits between two tasks: a
   * thread for each task that looks after it a hundred times a second is of no use.
   */
  public JobConfiguration seenAtCommit() {
    set(BUFFER_TIMEOUT, "100 ms");
    return this;
  }

  public JobConfiguration checkpoints(Duration interval, String folder) {
    set(CHECKPOINTING + "interval", interval.toMillis() + " ms");
    set(CHECKPOINTING + "storage", "filesystem");
    set(CHECKPOINTING + "dir", folder);
    set(CHECKPOINTING + "externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
    return this;
  }

  public JobConfiguration restore(String checkpoint) {
    set("execution.state-recovery.path", checkpoint);
    set("execution.state-recovery.claim-mode", "CLAIM");
    return this;
  }

  /** What the checkpoint holds of operators that the job has no more is given up. */
  public JobConfiguration ignoringUnclaimedState() {
    set("execution.state-recovery.ignore-unclaimed-state", "true");
    return this;
  }

  /** So many restarts, each after a longer wait than the last; then the job has failed. */
  public JobConfiguration restarts(int attempts) {
    restartsForEver();
    set(DELAY + "attempts-before-reset-backoff", Integer.toString(attempts));
    return this;
  }

  /**
   * Restarts until it runs, each after a longer wait than the last, some ten seconds in the end: a
   * cluster, registry or disk may be away for hours. What no restart can mend says so itself.
   */
  public JobConfiguration restartsForEver() {
    set(RESTART + "type", "exponential-delay");
    set(DELAY + "initial-backoff", "500 ms");
    set(DELAY + "max-backoff", "10 s");
    set(DELAY + "backoff-multiplier", "2.0");
    set(DELAY + "jitter-factor", "0.1");
    set(DELAY + "reset-backoff-threshold", "2 min");
    return this;
  }

  public JobConfiguration noRestarts() {
    set(RESTART + "type", "disable");
    return this;
  }

  public Configuration build() {
    return configuration;
  }
}
