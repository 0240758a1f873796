package io.millrace.engine;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Entry;
import io.millrace.catalog.EntryKey;
import io.millrace.catalog.Query;
import io.millrace.catalog.SinkEntry;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the continuous queries and sinks of the catalog. Each submission raises the statement's
 * epoch in the catalog first, so that whatever an earlier run still writes is known to be older.
 */
final class Statements {
  private static final Logger LOG = LoggerFactory.getLogger(Statements.class);

  private final Parts parts;

  /** Why a statement could not be submitted, by name: its own fault stops no other. */
  private final Map<Name, String> refused = new ConcurrentHashMap<>();

  Statements(Parts parts) {
    this.parts = parts;
  }

  /**
   * At the start of the server: what dropped statements left open in the log is aborted, and
   * everything that is not paused runs.
   */
  void resumeAll() {
    CatalogImage image = parts.catalog().image();
    parts
        .flow()
        .fenceOrphans(
            Stream.of(
                    image.queries().stream().map(Query::name),
                    image.sinks().stream().map(SinkEntry::name),
                    // What they have yet to commit must be there when they can be read again.
                    image.unreadable().keySet().stream().map(EntryKey::name))
                .flatMap(names -> names)
                .toList());
    List<Entry> raised = new ArrayList<>();
    image.queries().stream().filter(q -> !q.paused()).map(this::raise).forEach(raised::add);
    image.sinks().stream().filter(s -> !s.paused()).map(this::raise).forEach(raised::add);
    if (raised.isEmpty()) {
      return;
    }
    CatalogImage now = parts.catalog().apply(new CatalogDelta(raised, List.of()));
    for (Entry entry : raised) {
      Name name = entry instanceof Query query ? query.name() : ((SinkEntry) entry).name();
      try {
        submit(now, entry);
      } catch (RuntimeException e) {
        // A stored plan may be anything: it must not keep the others from running.
        refused.put(name, e instanceof MillraceException ? e.getMessage() : e.toString());
        LOG.error("Failed to start {}: {}", name, e.getMessage(), e);
      }
    }
  }

  /** Submits a query that is in the catalog already. */
  void start(Query query) {
    submitRaised(raise(query));
  }

  /** Submits a sink that is in the catalog already. */
  void start(SinkEntry sink) {
    submitRaised(raise(sink));
  }

  private void submitRaised(Entry entry) {
    submit(parts.catalog().apply(new CatalogDelta(List.of(entry), List.of())), entry);
  }

  private void submit(CatalogImage image, Entry entry) {
    if (entry instanceof Query query) {
      parts.flow().run(image, query);
      refused.remove(query.name());
    } else if (entry instanceof SinkEntry sink) {
      parts.flow().run(image, sink, image.requireRelation(sink.from()));
      refused.remove(sink.name());
    }
  }

  void forget(Name name) {
    refused.remove(name);
  }

  /** Why the statement is not running although it should, if it could not be submitted. */
  String refusal(Name name) {
    return refused.get(name);
  }

  /**
   * Higher than any epoch before, also than those of a dropped statement of the same name (the
   * catalog's offset only grows) and, as far as clocks can tell, than those of a data folder that
   * was wiped while what its sinks wrote was kept.
   */
  long nextEpoch(long epoch) {
    long offset = parts.catalog().image().offset();
    return Math.max(epoch + 1, Math.max(offset, Instant.now().getEpochSecond()));
  }

  private Query raise(Query q) {
    return q.withEpoch(nextEpoch(q.epoch())).withPaused(false);
  }

  private SinkEntry raise(SinkEntry s) {
    return s.withEpoch(nextEpoch(s.epoch())).withPaused(false);
  }

  /** Stops it with a savepoint and remembers that it is paused. */
  void pause(Query query) {
    parts.flow().stop(query.name());
    parts.catalog().apply(new CatalogDelta(List.of(query.withPaused(true)), List.of()));
  }

  void pause(SinkEntry sink) {
    parts.flow().stop(sink.name());
    parts.catalog().apply(new CatalogDelta(List.of(sink.withPaused(true)), List.of()));
  }
}
