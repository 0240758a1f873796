package io.millrace.source.cdc;

import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.format.ChangeEventFormat;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Settings;
import io.millrace.source.Source;
import io.millrace.source.SourceRun;
import io.millrace.source.SourceTable;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One PostgreSQL database, followed by one replication connection. */
final class PostgresSource implements Source {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresSource.class);

  /** Debezium's name for the database in its own topics, which are not made here. */
  private static final String ENGINE = "millrace";

  private final Name name;
  private final Settings settings;
  private final Database database;
  private final String slot;

  PostgresSource(Name name, Settings settings) {
    this.name = name;
    this.settings = settings;
    this.database = new Database(settings);
    settings.get(PostgresConnector.USER);
    settings.get(PostgresConnector.TABLES);
    this.slot = settings.find(PostgresConnector.SLOT).orElseGet(() -> slotOf(name));
    if (!slot.matches("[a-z0-9_]{1,63}")) {
      throw new MillraceException(ErrorCode.INVALID_OPTION, "Invalid value for 'slot': " + slot)
          .hint("PostgreSQL takes lower-case letters, digits and _, 63 at most.");
    }
  }

  private static String slotOf(Name name) {
    String text =
        "millrace_" + name.toString().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "_");
    return text.substring(0, Math.min(63, text.length()));
  }

  @Override
  public List<SourceTable> tables() {
    return database.tables();
  }

  @Override
  public void forget() {
    database.dropSlot(slot);
  }

  @Override
  public void run(SourceRun run) throws InterruptedException {
    Optional<Position> position = run.writer().position().map(Position::of);
    if (position.isPresent() && !isReadable(position.get())) {
      position = Optional.empty();
    }
    if (position.isEmpty()) {
      // A slot that is made with the snapshot begins exactly where that ends; an older one does
      // not.
      database.dropSlot(slot);
    }
    Capture capture = new Capture(run, position);
    if (position.isPresent()) {
      capture.retryHeld(position.get());
    }
    CompletableFuture<Void> ended = new CompletableFuture<>();
    DebeziumEngine<?> engine =
        DebeziumEngine.create(ChangeEventFormat.of(Connect.class))
            .using(properties(run, position))
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
      ended.get();
    } catch (ExecutionException e) {
      throw explained(e.getCause());
    } finally {
      close(engine, thread);
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
    OptionalLong confirmed = database.confirmed(slot);
    long read = ((Number) position.offset().get("lsn")).longValue();
    if (confirmed.isEmpty() || confirmed.getAsLong() > read) {
      LOG.warn(
          "Replication slot {} {}: the tables of source {} are read whole and compared; versions"
              + " between then and now are lost",
          slot,
          confirmed.isEmpty() ? "is gone" : "was moved on by another",
          name);
      return false;
    }
    return true;
  }

  /** Documented at https://debezium.io/documentation/reference/stable/connectors/postgresql. */
  private Properties properties(SourceRun run, Optional<Position> position) {
    Properties p = new Properties();
    p.put("name", ENGINE);
    p.put("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
    p.put("topic.prefix", ENGINE);
    p.put("database.hostname", database.host());
    p.put("database.port", database.port());
    p.put("database.dbname", database.name());
    p.put("database.user", settings.get(PostgresConnector.USER));
    p.put("database.password", settings.get(PostgresConnector.PASSWORD));
    database.driverProperties().forEach((key, value) -> p.put("driver." + key, value));
    p.put("plugin.name", "pgoutput");
    p.put("slot.name", slot);
    p.put("slot.retry.delay.ms", "2000");
    p.put("publication.name", slot);
    p.put("publication.autocreate.mode", "filtered");
    p.put(
        "table.include.list",
        run.tables().keySet().stream()
            .map(PostgresSource::exactly)
            .collect(Collectors.joining(",")));
    p.put("snapshot.mode", "initial");
    p.put("decimal.handling.mode", "string");
    p.put("money.fraction.digits", "2");
    p.put("hstore.handling.mode", "json");
    p.put("interval.handling.mode", "string");
    p.put("binary.handling.mode", "bytes");
    p.put("time.precision.mode", "adaptive_time_microseconds");
    p.put("include.unknown.datatypes", "true");
    p.put("column.propagate.source.type", ".*");
    p.put("skipped.operations", "none");
    p.put("tombstones.on.delete", "false");
    p.put("errors.max.retries", "0");
    p.put("poll.interval.ms", "20");
    p.put("max.batch.size", "4096");
    p.put("max.queue.size", "16384");
    p.put(
        "heartbeat.interval.ms",
        Long.toString(settings.get(PostgresConnector.HEARTBEAT).toMillis()));
    p.put("offset.flush.interval.ms", "0");
    p.put("offset.storage", PositionStore.class.getName());
    position.ifPresent(
        known -> {
          p.put(PositionStore.KEY, known.key(ENGINE));
          p.put(PositionStore.VALUE, known.value());
        });
    return p;
  }

  /** Debezium takes regular expressions, by comma. */
  private static String exactly(String table) {
    return Pattern.compile("[^A-Za-z0-9_]").matcher(table).replaceAll(m -> "\\\\" + m.group());
  }
}
