package io.millrace.serving;

import io.millrace.catalog.Relation;
import io.millrace.format.Formats;
import io.millrace.log.LogClient;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Positions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.duckdb.DuckDBConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies of streams and tables in DuckDB that answer pull queries. A copy follows its topic's
 * committed records: rows and the positions after them go in by one transaction, so that a restart
 * goes on exactly where the copy stands. A table's copy holds every key, a stream's the newest rows
 * within the window and size of the settings.
 *
 * <p>Records that cannot be read are counted and left out. A copy whose next records are gone from
 * the topic stands still and says so, until {@link #skipExpired}; one whose topic is deleted stops.
 * Thread-safe.
 */
public final class Serving implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Serving.class);
  private static final int WORKERS = 2;
  private static final Duration WATCH = Duration.ofSeconds(5);

  private final ServingSettings settings;
  private final LogClient log;
  private final Formats formats;
  private final Database database;
  private final Ledger ledger;
  private final Overview overview;
  private final TopicFacts topics;
  private final Progress progress = new Progress();
  private final Map<Name, Tail> tails = new ConcurrentHashMap<>();

  /** Copies that could not be followed at the start; tried again while there are any. */
  private final Map<Name, Waiting> waiting = new ConcurrentHashMap<>();

  private final ScheduledExecutorService watch;

  /** Guards the workers and which tail is whose. */
  private final Object changes = new Object();

  private final List<TailWorker> workers = new ArrayList<>();
  private final Map<Tail, TailWorker> workerOf = new HashMap<>();
  private boolean closed;

  private record Waiting(Relation relation, String error) {}

  private Serving(ServingSettings settings, LogClient log, Formats formats, Database database) {
    this.settings = settings;
    this.log = log;
    this.formats = formats;
    this.database = database;
    this.ledger = new Ledger(database);
    this.overview = new Overview(database);
    this.topics = new TopicFacts(log);
    this.watch =
        Executors.newSingleThreadScheduledExecutor(
            work -> new Thread(work, "millrace-serving-watch"));
    watch.scheduleWithFixedDelay(
        this::watchTopics, WATCH.toMillis(), WATCH.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Opens or makes the copies' file; DATA_FOLDER_IN_USE where another process has it open. */
  public static Serving open(ServingSettings settings, LogClient log, Formats formats) {
    Database database = Database.open(settings);
    try {
      return new Serving(settings, log, formats, database);
    } catch (RuntimeException e) {
      database.close();
      throw e;
    }
  }

  /**
   * Makes the relation's copy, or goes on with the one there is, and follows its topic. A copy
   * takes columns added since; where the relation has changed otherwise, or its topic is another
   * one of the same name, the copy is filled anew. Idempotent. NOT_FOUND where there is no topic.
   */
  public void follow(Relation relation) {
    synchronized (changes) {
      checkOpen();
      Tail current = tails.get(relation.name());
      if (current != null && current.relation().equals(relation) && !current.isStopped()) {
        return;
      }
      restart(relation, require(topics.find(List.of(relation.topic())), relation));
      waiting.remove(relation.name());
    }
  }

  /**
   * {@link #follow}s many at once, as at the start of a server. One that cannot be followed keeps
   * none of the others back: its status tells why, and it is tried again every few seconds.
   */
  public void followAll(Collection<Relation> relations) {
    synchronized (changes) {
      checkOpen();
      Map<String, TopicFacts.Fact> facts =
          topics.find(relations.stream().map(Relation::topic).distinct().toList());
      Map<String, Ledger.Held> held = database.write(ledger::all);
      Map<TailWorker, List<Tail>> added = new LinkedHashMap<>();
      for (Relation relation : relations) {
        try {
          TopicFacts.Fact topic = require(facts, relation);
          Tail current = tails.get(relation.name());
          if (current != null) {
            detach(current, null);
          }
          Tail tail =
              prepare(relation, topic, Optional.ofNullable(held.get(relation.name().folded())));
          added.computeIfAbsent(workerFor(tail), worker -> new ArrayList<>()).add(tail);
          tails.put(relation.name(), tail);
        } catch (MillraceException e) {
          LOG.error("Serving copy of {} waits", relation.name(), e);
          waiting.put(relation.name(), new Waiting(relation, e.code() + ": " + e.getMessage()));
        }
      }
      added.forEach(TailWorker::addAll);
      progress.moved();
    }
  }

  private static TopicFacts.Fact require(Map<String, TopicFacts.Fact> facts, Relation relation) {
    TopicFacts.Fact topic = facts.get(relation.topic());
    if (topic == null) {
      throw new MillraceException(
          ErrorCode.NOT_FOUND,
          "Cannot serve " + relation.name() + ": there is no topic " + relation.topic());
    }
    return topic;
  }

  private void restart(Relation relation, TopicFacts.Fact topic) {
    Tail current = tails.get(relation.name());
    if (current != null) {
      detach(current, null);
    }
    Name name = relation.name();
    Tail tail =
        prepare(relation, topic, database.write(transaction -> ledger.held(transaction, name)));
    workerFor(tail).addAll(List.of(tail));
    tails.put(name, tail);
    progress.moved();
  }

  private TailWorker workerFor(Tail tail) {
    TailWorker worker =
        workers.stream()
            .filter(w -> !follows(w, tail.relation().topic()))
            .min(Comparator.comparingLong(this::load))
            .filter(w -> workers.size() >= WORKERS || load(w) == 0)
            .orElseGet(this::newWorker);
    workerOf.put(tail, worker);
    return worker;
  }

  private boolean follows(TailWorker worker, String topic) {
    return workerOf.entrySet().stream()
        .anyMatch(e -> e.getValue() == worker && e.getKey().relation().topic().equals(topic));
  }

  private long load(TailWorker worker) {
    return workerOf.values().stream().filter(w -> w == worker).count();
  }

  private TailWorker newWorker() {
    TailWorker worker = new TailWorker(workers.size(), log, database, progress, settings);
    workers.add(worker);
    return worker;
  }

  private void detach(Tail tail, String error) {
    TailWorker worker = workerOf.remove(tail);
    if (worker != null) {
      worker.remove(tail, error);
    }
  }

  /** Brings the table in DuckDB to the relation's shape. */
  private Tail prepare(Relation relation, TopicFacts.Fact topic, Optional<Ledger.Held> known) {
    ServedTable table = new ServedTable(relation, topic.id());
    Name name = relation.name();
    Optional<Ledger.Copy> held = known.map(Ledger.Held::copy);
    List<StreamWindow.Chunk> chunks =
        new ArrayList<>(known.map(Ledger.Held::chunks).orElse(List.of()));
    Ledger.Copy copy;
    if (held.isPresent() && goesOn(relation, table, held.get())) {
      copy = reshaped(table, name, held.get(), topic.partitions());
    } else {
      copy = fresh(relation, table);
      chunks.clear();
      database.write(
          transaction -> {
            for (String statement : table.create()) {
              transaction.execute(statement);
            }
            ledger.create(transaction, name, copy);
            return null;
          });
    }
    Optional<StreamWindow> window =
        relation.isTable()
            ? Optional.empty()
            : Optional.of(new StreamWindow(settings.window(), settings.maxSize(), chunks));
    return new Tail(relation, topic, table, ledger, copy, window, formats);
  }

  /**
   * Whether what the copy holds is what it would hold if it were filled now. A column added since
   * is NULL in rows written before it; where records have been read that may carry it, they are
   * read again.
   */
  private static boolean goesOn(Relation relation, ServedTable table, Ledger.Copy held) {
    if (!table.shape().extendsFrom(held.shape())) {
      return false;
    }
    boolean added = table.shape().columns().size() > held.shape().columns().size();
    boolean avro = relation.valueSchemaId() >= 0;
    return !added || avro && held.newestContract() < relation.valueSchemaId();
  }

  private Ledger.Copy reshaped(ServedTable table, Name name, Ledger.Copy held, int partitions) {
    Map<Integer, Long> offsets = new HashMap<>(held.positions().offsets());
    for (int p = 0; p < partitions; p++) {
      offsets.putIfAbsent(p, 0L);
    }
    Ledger.Copy copy =
        new Ledger.Copy(
            table.shape(),
            Positions.of(offsets),
            held.skipped(),
            held.newestContract(),
            held.since());
    if (!table.shape().equals(held.shape())) {
      database.write(
          transaction -> {
            for (String statement : table.evolve(held.shape())) {
              transaction.execute(statement);
            }
            ledger.reshape(transaction, name, table.shape());
            return null;
          });
    }
    return copy;
  }

  private Ledger.Copy fresh(Relation relation, ServedTable table) {
    Positions begins = log.beginning(relation.topic());
    Positions start = begins;
    Optional<Instant> since = Optional.empty();
    if (!relation.isTable()) {
      Instant windowStart = StreamWindow.start(settings.window(), Instant.now());
      start = begins.max(log.at(relation.topic(), windowStart));
      if (!begins.reaches(start)) {
        since = Optional.of(windowStart);
      }
    }
    return new Ledger.Copy(table.shape(), start, 0, 0, since);
  }

  /** Stops to follow and drops the copy; nothing to do where there is none. */
  public void forget(Name name) {
    synchronized (changes) {
      checkOpen();
      waiting.remove(name);
      Tail tail = tails.remove(name);
      if (tail != null) {
        detach(tail, null);
      }
      dropCopy(name);
      progress.moved();
    }
  }

  private void dropCopy(Name name) {
    database.write(
        transaction -> {
          if (ledger.held(transaction, name).isPresent()) {
            transaction.execute(ServedTable.drop(name));
            ledger.forget(transaction, name);
          }
          return null;
        });
  }

  /** Drops every copy but these: of relations that were dropped while nothing ran here. */
  public void retain(Collection<Name> names) {
    synchronized (changes) {
      checkOpen();
      database.write(transaction -> ledger.names(transaction)).stream()
          .map(Name::parse)
          .filter(name -> !names.contains(name))
          .forEach(this::forget);
    }
  }

  /**
   * Lets a copy that stands at expired records go on behind them. A stream's copy is whole only
   * from now on; a table's lacks what the lost records said. NOT_FOUND where there is no such copy.
   */
  public void skipExpired(Name name) {
    synchronized (changes) {
      checkOpen();
      Tail tail = require(name);
      if (!tail.isStopped()) {
        return;
      }
      Positions begins = log.beginning(tail.relation().topic());
      Positions ends = log.end(tail.relation().topic());
      Map<Integer, Long> offsets = new HashMap<>(begins.max(tail.copy().positions()).offsets());
      ends.offsets().forEach((p, end) -> offsets.merge(p, end, Math::min));
      detach(tail, null);
      tail.moveTo(
          database,
          Positions.of(offsets),
          tail.relation().isTable() ? Optional.empty() : Optional.of(Instant.now()));
      restart(tail.relation(), tail.topic());
    }
  }

  /**
   * Runs a query in DuckDB's dialect, names without a schema being those of schema public. It is
   * checked here, INVALID_QUERY or NOT_FOUND with the place where DuckDB tells one, and runs when
   * the cursor is read. Only reads are let in. The caller closes the cursor.
   */
  public ResultCursor query(String duckDbSql, List<Object> parameters) {
    try {
      return new PullQuery(
          database.reader(), database.allocator(), duckDbSql, parameters, this::names);
    } catch (SQLException e) {
      throw DuckDbErrors.inQuery(e, duckDbSql, names());
    }
  }

  /**
   * Says what {@code information_schema.tables} and {@code .columns} show from now on, in {@link
   * #query} as {@code Dialects.OVERVIEW}: of these streams and tables, those that have a copy.
   */
  public void describe(Collection<Described> objects) {
    overview.tell(List.copyOf(objects));
  }

  private List<String> names() {
    return tails.keySet().stream().sorted().map(Name::toString).toList();
  }

  /** How the relation's copy stands; empty where it is not followed. */
  public Optional<ServingStatus> status(Name name) {
    return Optional.ofNullable(statuses(List.of(name)).get(name));
  }

  /** How the copies of these stand, but for those that are not followed. */
  public Map<Name, ServingStatus> statuses(Collection<Name> names) {
    Map<Name, ServingStatus> statuses = new HashMap<>();
    try (DuckDBConnection reader = database.reader();
        Statement statement = reader.createStatement()) {
      for (Name name : names) {
        Tail tail = tails.get(name);
        Waiting waits = waiting.get(name);
        if (tail != null) {
          statuses.put(name, status(tail, count(statement, tail)));
        } else if (waits != null) {
          statuses.put(
              name,
              new ServingStatus(
                  0, Positions.NONE, 0, Optional.empty(), Optional.of(waits.error())));
        }
      }
    } catch (SQLException e) {
      throw DuckDbErrors.inQuery(e, "", List.of());
    }
    return statuses;
  }

  private static ServingStatus status(Tail tail, long rows) {
    Ledger.Copy copy = tail.copy();
    return new ServingStatus(
        rows, copy.positions(), copy.skipped(), copy.since(), tail.lastError());
  }

  private static long count(Statement statement, Tail tail) throws SQLException {
    try (ResultSet row = statement.executeQuery(tail.table().count())) {
      row.next();
      return row.getLong(1);
    }
  }

  /**
   * Waits until the copy holds everything before these positions; false where it takes longer.
   * DATA_EXPIRED where it stands still for good, NOT_FOUND where there is no such copy.
   */
  public boolean awaitPositions(Name name, Positions positions, Duration timeout) {
    try {
      return progress.await(() -> holds(require(name), positions), timeout);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MillraceException(
          ErrorCode.CANCELLED, "Cannot wait for the serving copy of " + name + ": interrupted", e);
    }
  }

  private static boolean holds(Tail tail, Positions positions) {
    if (tail.copy().positions().reaches(positions)) {
      return true;
    }
    Optional<String> error = tail.lastError();
    if (tail.isStopped() && error.isPresent()) {
      throw new MillraceException(ErrorCode.DATA_EXPIRED, error.get());
    }
    return false;
  }

  private Tail require(Name name) {
    return Optional.ofNullable(tails.get(name))
        .orElseThrow(
            () ->
                new MillraceException(ErrorCode.NOT_FOUND, "Cannot find a serving copy of " + name)
                    .hint("It may be created with 'serving' = 'off'."));
  }

  /** Topics change under their copies: deleted, made anew, given partitions, cut by retention. */
  private void watchTopics() {
    try {
      retryWaiting();
      List<Tail> all = List.copyOf(tails.values());
      if (all.isEmpty()) {
        return;
      }
      Map<String, TopicFacts.Fact> facts =
          topics.find(all.stream().map(t -> t.relation().topic()).distinct().toList());
      Map<String, Positions> begins = beginnings(all, facts);
      synchronized (changes) {
        if (!closed) {
          all.stream()
              .filter(tail -> tails.get(tail.name()) == tail)
              .forEach(tail -> compare(tail, facts.get(tail.relation().topic())));
          workers.forEach(worker -> worker.prune(begins));
        }
      }
    } catch (RuntimeException e) {
      // The next round tries again; the tails themselves go on.
      LOG.warn("Serving could not look at its topics", e);
    }
  }

  private void retryWaiting() {
    for (Waiting one : waiting.values()) {
      try {
        follow(one.relation());
      } catch (MillraceException e) {
        waiting.replace(
            one.relation().name(),
            one,
            new Waiting(one.relation(), e.code() + ": " + e.getMessage()));
      }
    }
  }

  private void compare(Tail tail, TopicFacts.Fact topic) {
    if (topic == null) {
      if (!tail.isStopped()) {
        detach(tail, null);
      }
    } else if (!topic.id().equals(tail.topic().id())
        || topic.partitions() != tail.topic().partitions()) {
      restart(tail.relation(), topic);
    }
  }

  /** Where the topics of streams begin; tables keep what retention removes. */
  private Map<String, Positions> beginnings(List<Tail> all, Map<String, TopicFacts.Fact> facts) {
    Map<String, Integer> partitions = new HashMap<>();
    for (Tail tail : all) {
      TopicFacts.Fact fact = facts.get(tail.relation().topic());
      if (!tail.relation().isTable() && fact != null) {
        partitions.put(tail.relation().topic(), fact.partitions());
      }
    }
    return partitions.isEmpty() ? Map.of() : topics.beginnings(partitions);
  }

  private void checkOpen() {
    if (closed) {
      throw new MillraceException(ErrorCode.CANCELLED, "Cannot go on: serving is closed");
    }
  }

  /** Writes what has been read, then closes. Open cursors have to be closed before. */
  @Override
  public void close() {
    synchronized (changes) {
      if (closed) {
        return;
      }
      closed = true;
      watch.shutdownNow();
      workers.forEach(TailWorker::close);
      topics.close();
      database.close();
    }
  }
}
