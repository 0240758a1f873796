package io.millrace.source.cdc;

import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.format.ChangeEventFormat;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.source.Source;
import io.millrace.source.SourceRun;
import io.millrace.source.SourceTable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One database, followed by one connection. */
final class CdcSource implements Source {
  private static final Logger LOG = LoggerFactory.getLogger(CdcSource.class);

  /** Debezium's name for the database in its own topics, which are not made here. */
  private static final String ENGINE = "millrace";

  /** A connection is given up after a silence of so long, or of so many heartbeats if longer. */
  private static final Duration SILENCE = Duration.ofMinutes(1);

  private static final int SILENT_BEATS = 6;

  private final Name name;
  private final CapturedDatabase database;

  CdcSource(Name name, CapturedDatabase database) {
    this.name = name;
    this.database = database;
  }

  @Override
  public List<SourceTable> tables() {
    return database.tables();
  }

  @Override
  public void forget() {
    database.forget();
  }

  @Override
  public void run(SourceRun run) throws InterruptedException {
    Optional<Position> position = run.writer().position().map(Position::of);
    if (position.isPresent() && !isReadable(position.get())) {
      position = Optional.empty();
    }
    if (position.isEmpty()) {
      database.forget();
    }
    try (TableDefinitions.Memory definitions =
        new TableDefinitions.Memory(
            position.isPresent() ? List.copyOf(run.writer().notes().values()) : List.of())) {
      Capture capture = new Capture(run, database, definitions, position);
      if (position.isPresent()) {
        capture.retryHeld(position.get());
      }
      follow(capture, properties(run, definitions, position));
    }
  }

  private void follow(Capture capture, Properties properties) throws InterruptedException {
    Duration beats =
        Duration.ofMillis(Long.parseLong(properties.getProperty("heartbeat.interval.ms")))
            .multipliedBy(SILENT_BEATS);
    Duration silence = beats.compareTo(SILENCE) > 0 ? beats : SILENCE;
    CompletableFuture<Void> ended = new CompletableFuture<>();
    DebeziumEngine<?> engine =
        DebeziumEngine.create(ChangeEventFormat.of(Connect.class))
            .using(properties)
            .using(getClass().getClassLoader())
            .using(
                (success, message, error) -> {
                  if (success) {
                    ended.complete(null);
                  } else {
                    ended.completeExceptionally(
                        error == null ? new IllegalStateException(message) : error);
                  }
                })
            .notifying(capture)
            .build();
    Thread thread = new Thread(engine, "cdc-" + name);
    thread.setDaemon(true);
    thread.setContextClassLoader(getClass().getClassLoader());
    thread.start();
    try {
      while (!isDone(ended)) {
        if (capture.isSilentFor(silence)) {
          throw database.failed(
              "hear of database",
              new IllegalStateException("nothing came for " + silence.toSeconds() + " s"));
        }
      }
    } catch (ExecutionException e) {
      throw explained(e.getCause());
    } finally {
      close(engine, thread);
    }
  }

  private static boolean isDone(CompletableFuture<Void> ended)
      throws ExecutionException, InterruptedException {
    try {
      ended.get(1, TimeUnit.SECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }

  /** The innermost of Debezium's many reasons, or ours where it comes from us. */
  private RuntimeException explained(Throwable failure) {
    Throwable cause = failure;
    while (!(cause instanceof MillraceException) && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause instanceof MillraceException ours
        ? ours
        : database.failed(
            "follow database",
            new IllegalStateException(
                cause.getMessage() == null ? cause.toString() : cause.getMessage(), failure));
  }

  private void close(DebeziumEngine<?> engine, Thread thread) {
    boolean interrupted = Thread.interrupted();
    try {
      engine.close();
    } catch (IOException | IllegalStateException e) {
      LOG.debug("The engine of {} is closed already", name, e);
    }
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

  /**
   * Whether the database still has everything behind the position. Where it has not, for its slot
   * was dropped or read by another, the tables are read whole again and compared.
   */
  private boolean isReadable(Position position) {
    if (position.snapshot()) {
      LOG.info("Source {} was not read whole yet: it is begun anew", name);
      return false;
    }
    Optional<String> lost = database.lostSince(position);
    lost.ifPresent(
        why ->
            LOG.warn(
                "{}: the tables of source {} are read whole and compared; versions between then and"
                    + " now are lost",
                why,
                name));
    return lost.isEmpty();
  }

  private Properties properties(
      SourceRun run, TableDefinitions.Memory definitions, Optional<Position> position) {
    Properties p = new Properties();
    p.put("name", ENGINE);
    p.put("topic.prefix", ENGINE);
    database.configure(p, run.tables().keySet());
    p.put("snapshot.mode", "initial");
    p.put("decimal.handling.mode", "string");
    p.put("binary.handling.mode", "bytes");
    p.put("time.precision.mode", "adaptive_time_microseconds");
    p.put("column.propagate.source.type", ".*");
    p.put("skipped.operations", "none");
    p.put("tombstones.on.delete", "false");
    p.put("errors.max.retries", "0");
    p.put("poll.interval.ms", "20");
    p.put("max.batch.size", "4096");
    p.put("max.queue.size", "16384");
    // Asked for by Kafka Connect's settings; nothing is read or written there.
    p.put("bootstrap.servers", "localhost:0");
    p.put("schema.history.internal", TableDefinitions.class.getName());
    p.put(TableDefinitions.MEMORY, definitions.id());
    p.put("offset.flush.interval.ms", "0");
    p.put("offset.storage", PositionStore.class.getName());
    position.ifPresent(
        known -> {
          p.put(PositionStore.KEY, known.key(ENGINE));
          p.put(PositionStore.VALUE, known.value());
        });
    return p;
  }
}
