package io.millrace.engine;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Entry;
import io.millrace.catalog.EntryKey;
import io.millrace.catalog.Query;
import io.millrace.catalog.Relation;
import io.millrace.catalog.SinkEntry;
import io.millrace.flow.JobStatus;
import io.millrace.flow.job.JobOptions;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
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
  private final Discovery discovery;
  private final Letters letters;
  private final Retries retries;

  /** Why a statement could not be submitted, when it was last tried. */
  static final class Refusal {
    private volatile RuntimeException reason;

    private Refusal(RuntimeException reason) {
      this.reason = reason;
    }

    String reason() {
      return reason instanceof MillraceException known
          ? known.code() + ": " + known.getMessage()
          : reason.toString();
    }

    /** Whether it is tried again by itself: another system may be back without a word to us. */
    boolean isRetried() {
      return reason instanceof MillraceException known
          && switch (known.code()) {
            case SINK_FAILED, KAFKA_UNAVAILABLE, REGISTRY_UNAVAILABLE -> true;
            default -> false;
          };
    }
  }

  /** By job: the fault of one stops no other. */
  private final Map<Name, Refusal> refused = new ConcurrentHashMap<>();

  Statements(Parts parts, Discovery discovery, Letters letters, Retries retries) {
    this.parts = parts;
    this.discovery = discovery;
    this.letters = letters;
    this.retries = retries;
  }

  /**
   * At the start of the server: what dropped statements left running or open in the log is ended,
   * and everything that is not paused runs.
   */
  void resumeAll() {
    CatalogImage image = parts.catalog().image();
    parts
        .flow()
        .endOrphans(
            Stream.of(
                    image.queries().stream().map(Query::name),
                    image.queries().stream().map(Query::job),
                    image.sinks().stream().map(SinkEntry::name),
                    // What they have yet to commit must be there when they can be read again.
                    image.unreadable().keySet().stream().map(EntryKey::name))
                .flatMap(names -> names)
                .collect(Collectors.toSet()));
    List<Entry> raised = new ArrayList<>();
    image.queries().stream().filter(q -> !q.paused()).map(this::raise).forEach(raised::add);
    image.sinks().stream().filter(s -> !s.paused()).map(this::raise).forEach(raised::add);
    if (raised.isEmpty()) {
      return;
    }
    CatalogImage now = parts.catalog().apply(new CatalogDelta(raised, List.of()));
    for (Entry entry : onePerJob(raised)) {
      try {
        submit(now, entry, false);
      } catch (RuntimeException e) {
        // A stored plan may be anything: it must not keep the others from running.
        refuse(job(entry), e);
      }
    }
  }

  private static Name job(Entry entry) {
    return entry instanceof Query query ? query.job() : entry.key().name();
  }

  private static Collection<Entry> onePerJob(List<? extends Entry> entries) {
    Map<Name, Entry> byJob = new LinkedHashMap<>();
    entries.forEach(entry -> byJob.putIfAbsent(job(entry), entry));
    return byJob.values();
  }

  private void refuse(Name job, RuntimeException e) {
    LOG.error("Failed to start {}: {}", job, e.getMessage(), e);
    Refusal refusal = new Refusal(e);
    refused.put(job, refusal);
    if (refusal.isRetried()) {
      retries.until(() -> settled(job, refusal));
    }
  }

  /** Whether nothing is left to do about a refusal, after one more try if that is due. */
  private boolean settled(Name job, Refusal refusal) {
    if (refused.get(job) != refusal) {
      return true; // resumed, paused or dropped meanwhile
    }
    CatalogImage image = parts.catalog().image();
    Optional<? extends Entry> entry = image.queriesOf(job).stream().findFirst();
    if (entry.isEmpty()) {
      entry = image.sink(job);
    }
    try {
      entry.ifPresent(found -> start(found, false));
      return true;
    } catch (RuntimeException e) {
      LOG.warn("Failed to start {} again: {}", job, e.getMessage());
      refusal.reason = e;
      return !refusal.isRetried();
    }
  }

  /** Submits a query or sink for the first time; it is in the catalog already. */
  void startNew(Entry entry) {
    removeLetters(entry);
    start(entry, false);
  }

  /** Submits queries that share a job for the first time, with those that ran in it before. */
  void startNew(List<Query> sharing) {
    sharing.forEach(this::removeLetters);
    Query any = sharing.get(0);
    parts.flow().stop(any.job());
    resume(any, false);
  }

  private void removeLetters(Entry entry) {
    Map<String, String> options =
        entry instanceof Query query ? query.options() : ((SinkEntry) entry).options();
    letters.removeWhatIsReadAnyway(
        entry.key().name(), Optional.ofNullable(options.get(JobOptions.START.key())));
  }

  /** Lets the running queries that read a relation see what it has become. */
  void restartQueries(Name relation) {
    restart(
        parts.catalog().image().queries().stream()
            .filter(q -> !q.paused() && q.reads().contains(relation))
            .toList());
  }

  /** Lets a running query see what its own relations have become. */
  void restartQuery(Name name) {
    restart(parts.catalog().image().query(name).filter(q -> !q.paused()).stream().toList());
  }

  /** Lets the running sinks of a relation carry what columns it has now. */
  void restartSinks(Name relation) {
    restart(
        parts.catalog().image().sinks().stream()
            .filter(s -> !s.paused() && s.from().equals(relation))
            .toList());
  }

  private void restart(List<? extends Entry> running) {
    for (Entry reader : onePerJob(running)) {
      parts.flow().stop(job(reader));
      try {
        start(reader, false);
      } catch (RuntimeException e) {
        refuse(job(reader), e);
      }
    }
  }

  /**
   * Submits it again; with {@code skipExpired} it gives up what retention has removed of its
   * inputs. Throws where that fails, and then tries by itself what is worth it.
   */
  void resume(Entry entry, boolean skipExpired) {
    try {
      start(entry, skipExpired);
    } catch (RuntimeException e) {
      refuse(job(entry), e);
      throw e;
    }
  }

  /** Together with what shares its job. */
  private void start(Entry entry, boolean skipExpired) {
    List<? extends Entry> together =
        entry instanceof Query query && query.sharesJob()
            ? parts.catalog().image().queriesOf(query.job())
            : List.of(entry);
    List<Entry> raised = new ArrayList<>();
    together.forEach(one -> raised.add(raise(one)));
    CatalogImage image = parts.catalog().apply(new CatalogDelta(raised, List.of()));
    submit(image, raised.get(0), skipExpired);
  }

  private void submit(CatalogImage image, Entry entry, boolean skipExpired) {
    if (entry instanceof Query query) {
      if (skipExpired) {
        parts.flow().runSkippingExpired(image, query);
      } else {
        parts.flow().run(image, query);
      }
      refused.remove(query.job());
    } else if (entry instanceof SinkEntry sink) {
      // A topic that was taken in may have a newer contract by now.
      discovery.adopt(List.of(sink.from()));
      CatalogImage now = parts.catalog().image();
      Relation from = now.requireRelation(sink.from());
      if (skipExpired) {
        parts.flow().runSkippingExpired(now, sink, from);
      } else {
        parts.flow().run(now, sink, from);
      }
      refused.remove(sink.name());
    }
  }

  /** Whether it has stopped by itself, or could not be submitted at all. */
  boolean hasFailed(Entry entry) {
    return refused.containsKey(job(entry))
        || parts
            .flow()
            .status(entry.key().name())
            .filter(s -> s.state() == JobStatus.State.FAILED)
            .isPresent();
  }

  void forget(Name name) {
    refused.remove(name);
  }

  /** Ends a query that the catalog no longer holds; those that share its job go on without it. */
  void forget(Query query) {
    CatalogImage image = parts.catalog().image();
    boolean wasStarted =
        refused.containsKey(query.job()) || parts.flow().status(query.name()).isPresent();
    parts.flow().forget(image, query);
    forget(query.job());
    if (wasStarted) {
      restart(image.queriesOf(query.job()));
    }
  }

  /** Of a statement that is not running although it should; empty if it was submitted. */
  Optional<Refusal> refusal(Entry entry) {
    return Optional.ofNullable(refused.get(job(entry)));
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

  private Entry raise(Entry entry) {
    return entry instanceof Query q
        ? q.withEpoch(nextEpoch(q.epoch())).withPaused(false)
        : raise((SinkEntry) entry);
  }

  private Entry raise(SinkEntry s) {
    return s.withEpoch(nextEpoch(s.epoch())).withPaused(false);
  }

  /** Stops it with a savepoint and remembers that it is paused. */
  void pause(Query query) {
    parts.flow().stop(query.name());
    forget(query.name());
    parts.catalog().apply(new CatalogDelta(List.of(query.withPaused(true)), List.of()));
  }

  void pause(SinkEntry sink) {
    parts.flow().stop(sink.name());
    forget(sink.name());
    parts.catalog().apply(new CatalogDelta(List.of(sink.withPaused(true)), List.of()));
  }
}
