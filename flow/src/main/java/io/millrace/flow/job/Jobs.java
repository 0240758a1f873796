package io.millrace.flow.job;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Expiry;
import io.millrace.catalog.History;
import io.millrace.catalog.Query;
import io.millrace.catalog.Relation;
import io.millrace.catalog.SinkEntry;
import io.millrace.flow.FlowSettings;
import io.millrace.flow.JobStatus;
import io.millrace.flow.JobStatus.State;
import io.millrace.flow.cluster.Failures;
import io.millrace.flow.cluster.FlinkCluster;
import io.millrace.flow.delivery.Deliveries;
import io.millrace.flow.expire.ExpiryJob;
import io.millrace.flow.history.HistoryJob;
import io.millrace.flow.plan.StoredPlan;
import io.millrace.flow.plan.TopicTables;
import io.millrace.flow.topic.Start;
import io.millrace.flow.topic.TopicTable;
import io.millrace.log.LogClient;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.registry.Contracts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jobs of continuous queries and deliveries, one per statement. Thread-safe; what is asked of
 * one statement is done one after the other.
 */
public final class Jobs {
  private static final Logger LOG = LoggerFactory.getLogger(Jobs.class);
  private static final Duration STOPPING = Duration.ofSeconds(90);
  private static final Set<State> STOPPABLE = Set.of(State.STARTING, State.RUNNING);
  private static final Duration CANCELLING = Duration.ofSeconds(5);

  private static final String JOB_PREFIX = "millrace/";

  private final FlowSettings settings;
  private final FlinkCluster cluster;
  private final LogClient log;
  private final Contracts contracts;
  private final Deliveries deliveries;
  private final Map<Name, Job> jobs = new ConcurrentHashMap<>();
  private final Map<Name, Object> locks = new ConcurrentHashMap<>();

  public Jobs(
      FlowSettings settings,
      FlinkCluster cluster,
      LogClient log,
      Contracts contracts,
      Deliveries deliveries) {
    this.settings = settings;
    this.cluster = cluster;
    this.log = log;
    this.contracts = contracts;
    this.deliveries = deliveries;
  }

  /** Submits a continuous query, restored from its newest checkpoint. */
  public void run(CatalogImage image, Query query, boolean skipExpired) {
    JobOptions options = JobOptions.of("query " + query.name(), query.options());
    TopicTables topics =
        new TopicTables(
            query.name(),
            query.epoch(),
            relation -> start(options, relation, skipExpired),
            relation -> Optional.empty(),
            options.delivery(),
            Optional.of(query.created()),
            true);
    Relation target = image.requireRelation(query.target());
    if (Expiry.isOf(query)) {
      runExpiry(query, topicTable(topics.withoutMarks(), target));
      return;
    }
    Optional<Relation> versioned = versioned(image, target);
    if (versioned.isPresent()) {
      runHistory(image, query.name(), versioned.get(), topics);
      return;
    }
    StoredPlan plan = new StoredPlan(query.plan());
    Set<String> inputs =
        plan.reads(image).stream().map(Relation::topic).collect(Collectors.toSet());
    submit(
        query.name(),
        settings.checkpointInterval(),
        inputs,
        configuration ->
            plan.translate(
                image,
                topics,
                configuration,
                settings,
                contracts,
                log.settings(),
                UnaryOperator.identity()));
  }

  /** The table whose versions a query makes that has no SQL; empty where it is one of SQL. */
  private static Optional<Relation> versioned(CatalogImage image, Relation target) {
    return History.isKeptOf(target)
        ? Optional.of(target)
        : History.tableOf(target.name())
            .filter(table -> target.name().equals(History.versions(table)))
            .flatMap(image::relation)
            .filter(History::hasVersions);
  }

  private void runHistory(CatalogImage image, Name statement, Relation table, TopicTables topics) {
    Relation versions = image.requireRelation(History.versions(table.name()));
    TopicTable writtenVersions = topicTable(topics, versions);
    TopicTable rows = topicTable(topics, table);
    if (!History.isKeptOf(table)) {
      submit(
          statement,
          settings.checkpointInterval(),
          Set.of(table.topic()),
          HistoryJob.ofRows(rows, writtenVersions)::translate);
      return;
    }
    Relation changes = image.requireRelation(History.changes(table.name()));
    submit(
        statement,
        settings.checkpointInterval(),
        Set.of(changes.topic()),
        HistoryJob.ofChanges(
                topicTable(topics, changes),
                rows,
                writtenVersions.withTransactionsApart("versions"))
            ::translate);
  }

  private void runExpiry(Query query, TopicTable table) {
    submit(
        query.name(),
        settings.checkpointInterval(),
        Set.of(table.relation().topic()),
        new ExpiryJob(table, Expiry.of(query.options()).orElseThrow())::translate);
  }

  private TopicTable topicTable(TopicTables topics, Relation relation) {
    return topics.of(relation, false, settings, log.settings(), contracts.settings());
  }

  /** Submits a delivery, restored from its newest checkpoint. */
  public void run(SinkEntry sink, Relation from, boolean skipExpired) {
    JobOptions options = JobOptions.of("sink " + sink.name(), sink.options());
    Deliveries.Delivery delivery =
        deliveries.prepare(sink, from, () -> start(options, from, skipExpired));
    submit(
        sink.name(),
        options.trigger().orElse(delivery.usualTrigger()),
        Set.of(from.topic()),
        delivery::translate);
  }

  private Start start(JobOptions options, Relation relation, boolean skipExpired) {
    Start start = options.start(relation, log);
    return skipExpired
        ? new Start.Skipping(
            start, log.beginning(relation.topic()), log.end(relation.topic(), false))
        : start;
  }

  private void submit(
      Name statement,
      Duration interval,
      Set<String> inputs,
      Function<Configuration, StreamExecutionEnvironment> job) {
    synchronized (lock(statement)) {
      endRunning(statement);
      CheckpointFolder folder = new CheckpointFolder(settings.checkpoints(), statement);
      Optional<String> newest = folder.newest();
      if (newest.isEmpty()) {
        // With a checkpoint Flink itself commits or aborts what the last job left open.
        fence(statement);
      }
      int parallelism = cluster.parallelism(statement.toString(), inputs, log);
      JobConfiguration configuration =
          new JobConfiguration(cluster.clientConfiguration(), parallelism)
              .checkpoints(cluster.ownInterval(interval), folder.uri())
              .restartsForEver();
      newest.ifPresent(configuration::restore);
      StreamExecutionEnvironment environment = job.apply(configuration.build());
      JobID id = execute(statement, environment);
      cluster.pace(id, interval);
      jobs.put(statement, new Job(statement, id, cluster));
      LOG.info(
          "Submitted {} {}",
          statement,
          newest.map(c -> "from checkpoint " + c).orElse("without a checkpoint"));
    }
  }

  private JobID execute(Name statement, StreamExecutionEnvironment environment) {
    try {
      return environment.executeAsync(jobName(statement)).getJobID();
    } catch (Exception e) {
      throw new MillraceException(
          ErrorCode.QUERY_FAILED, "Failed to run " + statement + ": " + Failures.sentence(e), e);
    }
  }

  private static String jobName(Name statement) {
    return JOB_PREFIX + statement.folded();
  }

  private Object lock(Name statement) {
    return locks.computeIfAbsent(statement, n -> new Object());
  }

  /** Ends what still runs under this name: a second job would write everything twice. */
  private void endRunning(Name statement) {
    for (JobStatusMessage job : cluster.await(cluster.client().listJobs(), "list Flink's jobs")) {
      if (job.getJobName().equals(jobName(statement))
          && !job.getJobState().isGloballyTerminalState()) {
        cancel(statement, job.getJobId());
      }
    }
  }

  private void cancel(Name statement, JobID job) {
    cluster.await(cluster.client().cancel(job), "cancel " + statement);
    cluster.await(cluster.client().requestJobResult(job), "cancel " + statement, STOPPING);
  }

  /** See {@code Flow.stop}. */
  public void stop(Name statement) {
    synchronized (lock(statement)) {
      Job job = jobs.get(statement);
      if (job == null) {
        return;
      }
      if (job.hasEnded()) {
        job.paused();
        return;
      }
      CheckpointFolder folder = new CheckpointFolder(settings.checkpoints(), statement);
      try {
        String savepoint =
            cluster.await(
                cluster
                    .client()
                    .stopWithSavepoint(job.id(), false, folder.uri(), SavepointFormatType.NATIVE),
                "pause " + statement,
                STOPPING);
        cluster.await(cluster.client().requestJobResult(job.id()), "pause " + statement, STOPPING);
        LOG.info("Paused {} with {}", statement, savepoint);
      } catch (MillraceException e) {
        // A job that is between two restarts cannot take a savepoint; its checkpoints stay.
        LOG.warn("Paused {} without a savepoint: {}", statement, e.getMessage());
        endRunning(statement);
      }
      job.paused();
    }
  }

  /** See {@code Flow.cancel}. */
  public void cancel(Name statement) {
    synchronized (lock(statement)) {
      endRunning(statement);
      jobs.remove(statement);
    }
  }

  /** See {@code Flow.forget}. */
  public void forget(Name statement) {
    synchronized (lock(statement)) {
      endRunning(statement);
      jobs.remove(statement);
      new CheckpointFolder(settings.checkpoints(), statement).delete();
      fence(statement);
    }
  }

  private void fence(Name statement) {
    String prefix = TopicTables.transactionPrefix(statement);
    int fenced = log.fence(id -> id.startsWith(prefix));
    if (fenced > 0) {
      LOG.info("Aborted {} transactions that {} had left open", fenced, statement);
    }
  }

  /**
   * See {@code Flow.close}: all at once. One that is only starting, or has started meanwhile, is
   * asked again; one that cannot stop with a savepoint is cancelled: that aborts what it has begun
   * to write.
   */
  public void stopAll(Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    List<Map.Entry<Name, Job>> left =
        jobs.entrySet().stream().filter(e -> !e.getValue().hasEnded()).toList();
    boolean again = true;
    while (again) {
      left = endAll(left, deadline, this::stopWithSavepoint);
      again =
          left.stream().map(e -> e.getValue().status().state()).anyMatch(STOPPABLE::contains)
              && System.nanoTime() < deadline
              && pause();
    }
    endAll(
        left,
        System.nanoTime() + CANCELLING.toNanos(),
        e ->
            cluster
                .client()
                .cancel(e.getValue().id())
                .thenCompose(ack -> cluster.client().requestJobResult(e.getValue().id())));
  }

  /** False where the thread is interrupted. */
  private static boolean pause() {
    try {
      Thread.sleep(100);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private CompletableFuture<?> stopWithSavepoint(Map.Entry<Name, Job> entry) {
    String folder = new CheckpointFolder(settings.checkpoints(), entry.getKey()).uri();
    return cluster
        .client()
        .stopWithSavepoint(entry.getValue().id(), false, folder, SavepointFormatType.NATIVE)
        .thenCompose(savepoint -> cluster.client().requestJobResult(entry.getValue().id()));
  }

  /** Ends them side by side; answers those that did not end in time. */
  private List<Map.Entry<Name, Job>> endAll(
      List<Map.Entry<Name, Job>> entries,
      long deadline,
      Function<Map.Entry<Name, Job>, CompletableFuture<?>> end) {
    List<CompletableFuture<?>> ending = new ArrayList<>();
    entries.forEach(entry -> ending.add(end.apply(entry)));
    List<Map.Entry<Name, Job>> left = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      Duration patience = Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
      try {
        cluster.await(ending.get(i), "stop " + entries.get(i).getKey(), patience);
      } catch (MillraceException e) {
        LOG.info("Did not stop: {}", e.getMessage());
        left.add(entries.get(i));
      }
    }
    return left;
  }

  /** See {@code Flow.fenceOrphans}. */
  public int fenceOrphans(Collection<Name> known) {
    Set<String> owners = known.stream().map(Name::folded).collect(Collectors.toSet());
    return log.fence(
        id -> TopicTables.owner(id).filter(owner -> !owners.contains(owner)).isPresent());
  }

  /** See {@code Flow.status}. */
  public Optional<JobStatus> status(Name statement) {
    return Optional.ofNullable(jobs.get(statement)).map(Job::status);
  }
}
