package io.millrace.flow;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Query;
import io.millrace.catalog.Relation;
import io.millrace.catalog.SinkEntry;
import io.millrace.flow.cluster.FlinkCluster;
import io.millrace.flow.delivery.Deliveries;
import io.millrace.flow.job.JobOptions;
import io.millrace.flow.job.Jobs;
import io.millrace.flow.plan.QueryPlanner;
import io.millrace.flow.plan.StoredPlan;
import io.millrace.flow.push.AdHocQueries;
import io.millrace.flow.topic.ReplayWriter;
import io.millrace.log.LogClient;
import io.millrace.model.Name;
import io.millrace.model.Positions;
import io.millrace.model.Setting;
import io.millrace.registry.Contracts;
import io.millrace.sink.SinkConnector;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Continuous queries, ad hoc queries and deliveries on Flink. The life of a continuous query:
 *
 * <ol>
 *   <li>{@link #analyze} says what it would yield, so that its stream or table can be made;
 *   <li>{@link #compile} makes its plan, once: state finds its way back by the ids in it;
 *   <li>{@link #run} submits it, restored from its newest checkpoint; again after each start of the
 *       server, with a higher epoch each time;
 *   <li>{@link #stop} pauses it, {@link #cancel} ends it, {@link #forget} removes what it left.
 * </ol>
 *
 * <p>A statement's name stands for its job, so a query and a sink must not share one; queries that
 * share a job have {@link Query#job} for it, which no statement is called. Thread-safe.
 */
public final class Flow implements AutoCloseable {
  private static final Duration STOPPING = Duration.ofSeconds(10);

  private final boolean embedded;
  private final FlinkCluster cluster;
  private final LogClient log;
  private final Contracts contracts;
  private final QueryPlanner planner;
  private final Deliveries deliveries;
  private final Jobs jobs;
  private final AdHocQueries adHoc;

  private Flow(
      FlowSettings settings,
      FlinkCluster cluster,
      LogClient log,
      Contracts contracts,
      Collection<SinkConnector> connectors) {
    this.embedded = settings.remote().isEmpty();
    this.cluster = cluster;
    this.log = log;
    this.contracts = contracts;
    this.planner = new QueryPlanner(settings, log.settings(), contracts.settings());
    this.deliveries =
        new Deliveries(
            settings,
            log.settings(),
            contracts.settings(),
            connectors,
            sinkOptions().stream().map(Setting::key).collect(Collectors.toSet()));
    this.jobs = new Jobs(settings, cluster, log, contracts, deliveries);
    this.adHoc = new AdHocQueries(settings, cluster, log, contracts, planner);
  }

  /** Starts the embedded cluster unless the settings name a remote one. */
  public static Flow start(
      FlowSettings settings,
      LogClient log,
      Contracts contracts,
      Collection<SinkConnector> connectors) {
    // The planner's classes take seconds to load the first time; the cluster starts meanwhile.
    Thread warmUp = new Thread(QueryPlanner::warmUp, "millrace-planner-warm-up");
    warmUp.setDaemon(true);
    warmUp.start();
    return new Flow(settings, FlinkCluster.start(settings), log, contracts, connectors);
  }

  /** WITH keys of every sink that are read here. */
  public static List<Setting<?>> sinkOptions() {
    return JobOptions.ofSinks();
  }

  /**
   * What a query would yield. INVALID_QUERY has its place in the query's text, line 1 and column 1
   * being its first character; INVALID_TYPE names the column that no contract can hold.
   */
  public QueryShape analyze(CatalogImage image, String flinkQuery) {
    return planner.analyze(image, flinkQuery);
  }

  /**
   * The plan, as JSON, that fills {@code query.target()} from {@code query.sql()} for ever; columns
   * match by position. The image must hold the target. INVALID_QUERY where the two do not fit.
   */
  public String compile(CatalogImage image, Query query) {
    return planner.compile(image, query);
  }

  /** Whether a compiled plan writes each row to the partition number that it was read from. */
  public static boolean preservesPartitions(String plan) {
    return new StoredPlan(plan).preservesPartitions();
  }

  /** The columns of a stream or table that a compiled plan reads; names compare without case. */
  public static Set<String> columnsRead(String plan, Name relation) {
    return new StoredPlan(plan).columnsRead(relation);
  }

  /**
   * Throws SINK_FAILED or INVALID_OPTION where the place that a sink writes to would not take the
   * columns of {@code from}; nothing there is changed.
   */
  public void check(SinkEntry sink, Relation from) {
    deliveries.check(sink, from);
  }

  /**
   * Submits the job of a compiled query and returns; whatever still runs under its name is ended
   * first. A job that queries share runs all those that the image holds.
   */
  public void run(CatalogImage image, Query query) {
    jobs.run(image, query, false);
  }

  /** As {@link #run}, but what retention has removed of the job's inputs is given up. */
  public void runSkippingExpired(CatalogImage image, Query query) {
    jobs.run(image, query, true);
  }

  /**
   * Submits a delivery of {@code from} as it is and returns. SINK_FAILED or INVALID_OPTION where
   * the sink cannot be opened.
   */
  public void run(CatalogImage image, SinkEntry sink, Relation from) {
    jobs.run(sink, image.requireRelation(from.name()), false);
  }

  /** As {@link #run}, but what retention has removed of the stream or table is given up. */
  public void runSkippingExpired(CatalogImage image, SinkEntry sink, Relation from) {
    jobs.run(sink, image.requireRelation(from.name()), true);
  }

  /** Pauses a job: everything so far is committed, no transaction stays open. */
  public void stop(Name job) {
    jobs.stop(job);
  }

  /** Ends a job; what it did since its last checkpoint is undone when it runs again. */
  public void cancel(Name job) {
    jobs.cancel(job);
  }

  /**
   * Ends the job that keeps most state on the heap of this process, which is full, and answers its
   * name; empty where none keeps some megabytes. Its statements are FAILED then, and say why; run
   * again they go on from the newest checkpoint.
   */
  public Optional<Name> shedState() {
    return embedded ? jobs.shedState() : Optional.empty();
  }

  /** Ends a statement's job for good: its checkpoints go, its open transactions are aborted. */
  public void forget(Name statement) {
    jobs.forget(statement);
  }

  /**
   * The same for a query that the image no longer holds. Where others share its job, that is
   * paused, to be run without it.
   */
  public void forget(CatalogImage image, Query query) {
    jobs.forget(image, query);
  }

  /**
   * Ends what a crash left of statements that were being dropped, which are not among {@code known}
   * with the jobs that queries share: jobs that an outside Flink still runs, and transactions that
   * keep readers of committed rows from getting on. Returns how many transactions there were. For
   * the start of a server: an INSERT that is running is not among the known ones.
   */
  public int endOrphans(Collection<Name> known) {
    return jobs.endOrphans(known);
  }

  /** How a statement fares; empty where it was not run since this server started. */
  public Optional<JobStatus> status(Name statement) {
    return jobs.status(statement);
  }

  /**
   * Inserts a query's rows over what its inputs hold now, exactly once, and returns how many were
   * written. CANCELLED where {@code cancelled} says so; what was committed until then stays.
   */
  public long insert(
      CatalogImage image,
      String flinkQuery,
      Relation target,
      List<String> columns,
      BooleanSupplier cancelled) {
    return adHoc.insert(image, flinkQuery, target, columns, cancelled);
  }

  /** A query's changes as they happen, from now on or from the beginning of its inputs. */
  public ChangeCursor push(CatalogImage image, String flinkQuery, boolean fromBeginning) {
    return adHoc.push(image, flinkQuery, fromBeginning);
  }

  /** A query's changes over what its inputs hold now; it finishes. */
  public ChangeCursor preview(CatalogImage image, String flinkQuery) {
    return adHoc.preview(image, flinkQuery);
  }

  /**
   * Sends refused records through their statements once more: all of them or none leave the table
   * of dead letters, and whoever refuses one again puts it back. {@code created} says when a
   * letter's statement was created. Returns where the table ends now. One call at a time.
   */
  public Positions replay(Collection<DeadLetter> letters, Function<DeadLetter, Instant> created) {
    try (ReplayWriter writer = new ReplayWriter(log, contracts)) {
      return writer.replay(letters, created);
    }
  }

  /** Removes letters whose records are about to be read anyway; otherwise as {@link #replay}. */
  public Positions removeDeadLetters(Collection<DeadLetter> letters) {
    try (ReplayWriter writer = new ReplayWriter(log, contracts)) {
      return writer.remove(letters);
    }
  }

  /** How the planner would run a query, as text for people. */
  public String explain(CatalogImage image, String flinkQuery) {
    return planner.explain(image, flinkQuery);
  }

  /**
   * Ends everything within some seconds. Statements commit what they have written, so that no
   * transaction of theirs holds up readers, and go on from there when run again.
   */
  @Override
  public void close() {
    try {
      if (embedded) {
        jobs.stopAll(STOPPING);
      }
    } finally {
      cluster.close();
    }
  }
}
