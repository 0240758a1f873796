package io.millrace.source;

import io.millrace.catalog.Relation;
import io.millrace.format.Formats;
import io.millrace.log.LogClient;
import io.millrace.model.Column;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.registry.Contracts;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a source until it is closed, and again after each failure: after a second, then twice as
 * late up to a minute. Each run has a writer of its own, so that it begins at what was committed.
 * Thread-safe.
 */
public final class SourceWorker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SourceWorker.class);
  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofMinutes(1);

  /** The catalog as a source sees it. */
  public interface Tables {
    /** By the source's id of each, as they are now. */
    Map<String, Relation> current();

    /** See {@link SourceRun#addColumns}; gives up where {@code closed} answers true. */
    Relation addColumns(Relation table, List<Column> columns, Supplier<Boolean> closed)
        throws InterruptedException;
  }

  private final Name name;
  private final Source source;
  private final Tables tables;
  private final LogClient log;
  private final Contracts contracts;
  private final Formats formats;
  private final Thread thread;
  private volatile boolean closed;

  private SourceStatus.State state = SourceStatus.State.RUNNING;
  private long changes;
  private int restarts;
  private Instant newest;
  private long lagMs = -1;
  private Instant caughtUp;
  private boolean moved;
  private String lastError;
  private Optional<String> trouble = Optional.empty();
  private final Map<String, String> stopped = new TreeMap<>();

  private SourceWorker(
      Name name,
      Source source,
      Tables tables,
      LogClient log,
      Contracts contracts,
      Formats formats) {
    this.name = name;
    this.source = source;
    this.tables = tables;
    this.log = log;
    this.contracts = contracts;
    this.formats = formats;
    this.thread = new Thread(this::work, "source-" + name);
    thread.setDaemon(true);
  }

  /** Begins to run the source in a thread of its own. */
  public static SourceWorker start(
      Name name,
      Source source,
      Tables tables,
      LogClient log,
      Contracts contracts,
      Formats formats) {
    SourceWorker worker = new SourceWorker(name, source, tables, log, contracts, formats);
    worker.thread.start();
    return worker;
  }

  private void work() {
    Duration pause = SHORTEST;
    while (!closed) {
      moved = false;
      try (ChangeWriter writer = new ChangeWriter(log, contracts, formats, name)) {
        synchronized (this) {
          stopped.clear();
          trouble = Optional.empty();
          state = SourceStatus.State.RUNNING;
        }
        source.run(new Run(writer));
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        if (closed) {
          return;
        }
        failed(e);
      }
      pause = moved ? SHORTEST : pause;
      try {
        Thread.sleep(pause.toMillis());
      } catch (InterruptedException e) {
        return;
      }
      pause = pause.multipliedBy(2).compareTo(LONGEST) < 0 ? pause.multipliedBy(2) : LONGEST;
    }
  }

  private synchronized void failed(RuntimeException e) {
    LOG.warn("Source {} failed and is run again: {}", name, e.getMessage(), e);
    state = SourceStatus.State.RESTARTING;
    restarts++;
    lastError =
        e instanceof MillraceException known
            ? known.code() + ": " + known.getMessage()
            : e.toString();
  }

  private final class Run implements SourceRun {
    private final ChangeWriter writer;

    Run(ChangeWriter writer) {
      this.writer = writer;
    }

    @Override
    public Map<String, Relation> tables() {
      return tables.current();
    }

    @Override
    public ChangeWriter writer() {
      return writer;
    }

    @Override
    public Relation addColumns(String table, List<Column> columns) throws InterruptedException {
      return tables.addColumns(tables.current().get(table), columns, () -> closed);
    }

    @Override
    public void committed(long more, Instant when) {
      synchronized (SourceWorker.this) {
        committed(more);
        newest = when;
        lagMs = Math.max(0, Duration.between(when, Instant.now()).toMillis());
      }
    }

    @Override
    public void committed(long more) {
      synchronized (SourceWorker.this) {
        moved = true;
        lastError = null;
        changes += more;
      }
    }

    @Override
    public void caughtUp(Instant until) {
      synchronized (SourceWorker.this) {
        moved = true;
        lastError = null;
        caughtUp = until;
        lagMs = Math.max(0, Duration.between(until, Instant.now()).toMillis());
      }
    }

    @Override
    public void troubled(Optional<String> reason) {
      synchronized (SourceWorker.this) {
        if (!reason.equals(trouble)) {
          reason.ifPresent(why -> LOG.warn("Source {}: {}", name, why));
        }
        trouble = reason;
      }
    }

    @Override
    public void stopped(String table, String reason) {
      LOG.error("Table {} of source {} stands still: {}", table, name, reason);
      synchronized (SourceWorker.this) {
        stopped.put(table, reason);
      }
    }
  }

  public synchronized SourceStatus status() {
    Instant until =
        caughtUp == null || newest != null && newest.isAfter(caughtUp) ? newest : caughtUp;
    return new SourceStatus(
        state,
        changes,
        lagMs < 0 ? OptionalLong.empty() : OptionalLong.of(lagMs),
        Optional.ofNullable(until),
        restarts,
        stopped,
        Optional.ofNullable(lastError).or(() -> trouble));
  }

  /** Ends the run and returns once it has ended. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
