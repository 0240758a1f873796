package io.millrace.engine;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.History;
import io.millrace.catalog.Relation;
import io.millrace.catalog.SourceEntry;
import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Nearest;
import io.millrace.source.ChangeWriter;
import io.millrace.source.Source;
import io.millrace.source.SourceConnector;
import io.millrace.source.SourceDefinition;
import io.millrace.source.SourceStatus;
import io.millrace.source.SourceWorker;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the sources of the catalog, each in a thread of its own. */
final class Sources implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Sources.class);

  private final Parts parts;
  private final Histories histories;
  private final Lock changes;
  private final Map<Name, SourceWorker> running = new ConcurrentHashMap<>();

  /** Why a source could not be run at all. */
  private final Map<Name, String> refused = new ConcurrentHashMap<>();

  /** {@code changes} is held by whoever changes the catalog. */
  Sources(Parts parts, Histories histories, Lock changes) {
    this.parts = parts;
    this.histories = histories;
    this.changes = changes;
  }

  SourceConnector connector(String type) {
    List<String> types = parts.sources().stream().map(SourceConnector::type).toList();
    return parts.sources().stream()
        .filter(connector -> connector.type().equalsIgnoreCase(type))
        .findFirst()
        .orElseThrow(
            () ->
                new MillraceException(
                        ErrorCode.INVALID_OPTION, "Cannot create source: no such kind: " + type)
                    .hint(
                        Nearest.to(type, types)
                            .map(near -> "Did you mean " + near + "?")
                            .orElse("Kinds: " + String.join(", ", types) + ".")));
  }

  /** Without the keys that are for the tables it makes. */
  Source open(Name name, String type, Map<String, String> options) {
    Map<String, String> own = new HashMap<>(options);
    CreateSourceHandler.FOR_TABLES.forEach(key -> own.remove(key.key()));
    return connector(type).open(new SourceDefinition(name, own));
  }

  /** At the start of the server. The fault of one stops no other. */
  void startAll() {
    for (SourceEntry entry : parts.catalog().image().sources()) {
      if (!entry.paused()) {
        try {
          start(entry);
        } catch (RuntimeException e) {
          LOG.error("Failed to start source {}", entry.name(), e);
          refused.put(
              entry.name(),
              e instanceof MillraceException known
                  ? known.code() + ": " + known.getMessage()
                  : e.toString());
        }
      }
    }
  }

  void start(SourceEntry entry) {
    Source source = open(entry.name(), entry.type(), entry.options());
    refused.remove(entry.name());
    running.put(
        entry.name(),
        SourceWorker.start(
            entry.name(),
            source,
            new Tables(entry.name()),
            parts.log(),
            parts.contracts(),
            parts.formats()));
  }

  void stop(Name name) {
    refused.remove(name);
    Optional.ofNullable(running.remove(name)).ifPresent(SourceWorker::close);
  }

  /**
   * Stops it and takes away what it keeps here and in the system it reads. Answers what is left
   * there, where that cannot be reached: a source of a system that is no more can be dropped, too.
   */
  Optional<String> forget(SourceEntry entry) {
    stop(entry.name());
    Optional<String> left = Optional.empty();
    try {
      open(entry.name(), entry.type(), entry.options()).forget();
    } catch (MillraceException e) {
      left = Optional.of(e.getMessage());
    }
    ChangeWriter.forget(parts.log(), entry.name());
    return left;
  }

  Optional<SourceStatus> status(Name name) {
    return Optional.ofNullable(running.get(name)).map(SourceWorker::status);
  }

  Optional<String> refusal(Name name) {
    return Optional.ofNullable(refused.get(name));
  }

  /** Of a table, or its changes, that a source has made and fills, or another system. */
  static void refuseWrites(CatalogImage image, Relation target) {
    ChangeEvents.refuseWrites(image, target);
    Name table = History.tableOf(target.name()).orElse(target.name());
    image.sources().stream()
        .filter(source -> source.owns(table))
        .findFirst()
        .ifPresent(
            source -> {
              throw new MillraceException(
                      ErrorCode.NOT_SUPPORTED,
                      "Cannot write to "
                          + target.name()
                          + ": source "
                          + source.name()
                          + " fills it")
                  .hint("Change the rows in the system that it reads.");
            });
  }

  /** The catalog as a running source sees it. */
  private final class Tables implements SourceWorker.Tables {
    private final Name source;

    Tables(Name source) {
      this.source = source;
    }

    @Override
    public Map<String, Relation> current() {
      CatalogImage image = parts.catalog().image();
      Map<String, Relation> tables = new HashMap<>();
      image
          .requireSource(source)
          .into()
          .forEach((id, name) -> tables.put(id, image.requireRelation(name)));
      return tables;
    }

    /** Who changes the catalog may be waiting for this source to end. */
    @Override
    public Relation addColumns(Relation table, List<Column> columns, Supplier<Boolean> closed)
        throws InterruptedException {
      while (!changes.tryLock(50, TimeUnit.MILLISECONDS)) {
        if (closed.get()) {
          throw new MillraceException(
              ErrorCode.CANCELLED, "Cannot add columns to " + table.name() + ": its source stops");
        }
      }
      try {
        return histories.addColumns(parts.catalog().image().requireRelation(table.name()), columns);
      } finally {
        changes.unlock();
      }
    }
  }

  @Override
  public void close() {
    running.keySet().forEach(this::stop);
  }
}
