package io.millrace.flow.job;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.EntryKind;
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
import io.millrace.flow.job.CheckpointFolder.Checkpoint;
import io.millrace.flow.plan.StoredPlan;
import io.millrace.flow.plan.TopicTables;
import io.millrace.flow.topic.Delivery;
import io.millrace.flow.topic.Start;
import io.millrace.flow.topic.TopicTable;
import io.millrace.log.LogClient;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.registry.Contracts;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
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
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jobs of continuous queries and deliveries: one per statement, but one for all queries that
 * share it. Thread-safe; what is asked of one job is done one after the other.
 */
public final class Jobs {
  private static final Logger LOG = LoggerFactory.getLogger(Jobs.class);
  private static final Duration STOPPING = Duration.ofSeconds(90);
  private static final Set<State> STOPPABLE = Set.of(State.STARTING, State.RUNNING);
  private static final Duration CANCELLING = Duration.ofSeconds(5);

  /** Bytes: whoever keeps less is not who fills the heap. */
  private static final long WORTH_SHEDDING = 4L << 20;

  private static final String JOB_PREFIX = "millrace/";

  private final FlowSettings settings;
  private final FlinkCluster cluster;
  private final LogClient log;
  private final Contracts contracts;
  private final Deliveries deliveries;

  /** By statement. */
  private final Map<Name, Job> jobs = new ConcurrentHashMap<>();

  /** By job. */
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

  /** Submits the job of a continuous query, restored from its newest checkpoint. */
  public void run(CatalogImage image, Query query, boolean skipExpired) {
    if (query.sharesJob()) {
      runShared(image, query.job(), skipExpired);
      return;
    }
    TopicTables topics = topics(query, skipExpired);
    JobOptions options = options(query);
    Relation target = image.requireRelation(query.target());
    if (Expiry.isOf(query)) {
      runExpiry(query, options, topicTable(topics.withoutMarks(), target));
      return;
    }
    Optional<Relation> versioned = versioned(image, target);
    if (versioned.isPresent()) {
      runHistory(image, query, options, versioned.get(), topics);
      return;
    }
    StoredPlan plan = new StoredPlan(query.plan());
    Set<String> inputs =
        plan.reads(image).stream().map(Relation::topic).collect(Collectors.toSet());
    submit(
        query.name(),
        query.created(),
        settings.checkpointInterval(),
        options,
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

  private static JobOptions options(Query query) {
    return JobOptions.of("query " + query.name(), query.options());
  }

  private TopicTables topics(Query query, boolean skipExpired) {
    JobOptions options = options(query);
    return new TopicTables(
        query.name(),
        query.epoch(),
        relation -> start(options, relation, skipExpired),
        relation -> Optional.empty(),
        options.delivery(),
        Optional.of(query.created()),
        true);
  }

  /**
   * Tables with history in one job. Each keeps its state, transactions and dead letters apart from
   * the others', so that it can come and go. Should one of them be there that cannot be read, its
   * state is not given up for that: the job does not run.
   */
  private void runShared(CatalogImage image, Name job, boolean skipExpired) {
    List<Query> queries = image.queriesOf(job);
    Set<String> inputs = new HashSet<>();
    List<Member> members = new ArrayList<>();
    Map<String, HistoryJob> histories = new LinkedHashMap<>();
    for (Query query : queries) {
      Relation table = image.requireRelation(query.target());
      String uids = uids(query);
      inputs.add(image.requireRelation(History.changes(table.name())).topic());
      members.add(new Member(query.name(), HistoryJob.operators(uids)));
      histories.put(uids, ofChanges(image, table, topics(query, skipExpired)));
    }
    submit(
        job,
        members,
        // Its queries come and go; their uids say which of one name it is.
        Optional.empty(),
        image.unreadable().keySet().stream().noneMatch(key -> key.kind() == EntryKind.QUERY),
        settings.checkpointInterval(),
        options(queries.get(0)),
        inputs,
        configuration -> translate(configuration, histories));
  }

  /** Begins the uids of a query in a shared job: a dropped one of its name had others. */
  private static String uids(Query query) {
    return query.name().folded() + "/" + query.created().toEpochMilli() + "/";
  }

  private static StreamExecutionEnvironment translate(
      Configuration configuration, Map<String, HistoryJob> histories) {
    StreamExecutionEnvironment environment = new StreamExecutionEnvironment(configuration);
    // Its readers tell event time as they come to know it, not by a timer.
    environment.getConfig().setAutoWatermarkInterval(0);
    histories.forEach((uids, history) -> history.addTo(environment, uids));
    return environment;
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

  private void runHistory(
      CatalogImage image, Query query, JobOptions options, Relation table, TopicTables topics) {
    boolean ofChanges = History.isKeptOf(table);
    Relation read = ofChanges ? image.requireRelation(History.changes(table.name())) : table;
    HistoryJob history =
        ofChanges
            ? ofChanges(image, table, topics)
            : HistoryJob.ofRows(topicTable(topics, table), versions(image, table, topics));
    submit(
        query.name(),
        query.created(),
        settings.checkpointInterval(),
        options,
        Set.of(read.topic()),
        configuration -> translate(configuration, Map.of("", history)));
  }

  private HistoryJob ofChanges(CatalogImage image, Relation table, TopicTables topics) {
    return HistoryJob.ofChanges(
        topicTable(topics, image.requireRelation(History.changes(table.name()))),
        topicTable(topics, table),
        versions(image, table, topics).withTransactionsApart("versions"));
  }

  private TopicTable versions(CatalogImage image, Relation table, TopicTables topics) {
    return topicTable(topics, image.requireRelation(History.versions(table.name())));
  }

  private void runExpiry(Query query, JobOptions options, TopicTable table) {
    submit(
        query.name(),
        query.created(),
        settings.checkpointInterval(),
        options,
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
        sink.created(),
        options.trigger().orElse(delivery.usualTrigger()),
        options,
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

  /**
   * A statement in a job.
   *
   * @param operators its own where it shares the job, else none
   */
  private record Member(Name statement, Set<OperatorID> operators) {
    boolean isIn(Checkpoint checkpoint) {
      return operators.isEmpty() || checkpoint.holds(operators);
    }
  }

  private void submit(
      Name statement,
      Instant created,
      Duration interval,
      JobOptions options,
      Set<String> inputs,
      Function<Configuration, StreamExecutionEnvironment> job) {
    List<Member> only = List.of(new Member(statement, Set.of()));
    submit(statement, only, Optional.of(created), false, interval, options, inputs, job);
  }

  private void submit(
      Name name,
      List<Member> members,
      Optional<Instant> created,
      boolean ignoringUnclaimed,
      Duration interval,
      JobOptions options,
      Set<String> inputs,
      Function<Configuration, StreamExecutionEnvironment> job) {
    synchronized (lock(name)) {
      endRunning(name);
      CheckpointFolder folder = new CheckpointFolder(settings.checkpoints(), name);
      created.ifPresent(folder::claim);
      Optional<Checkpoint> newest = folder.newest();
      // With a checkpoint Flink itself commits or aborts what the last job left open.
      fence(
          members.stream()
              .filter(member -> newest.filter(member::isIn).isEmpty())
              .map(Member::statement)
              .toList());
      int parallelism = cluster.parallelism(name.toString(), inputs, log);
      JobConfiguration configuration =
          new JobConfiguration(cluster.clientConfiguration(), parallelism)
              .stateBackend(options.stateBackend())
              .checkpoints(cluster.ownInterval(interval), folder.uri())
              .restartsForEver();
      newest.map(Checkpoint::uri).ifPresent(configuration::restore);
      if (options.delivery() == Delivery.EXACTLY_ONCE) {
        configuration.seenAtCommit();
      }
      if (ignoringUnclaimed) {
        configuration.ignoringUnclaimedState();
      }
      StreamExecutionEnvironment environment = job.apply(configuration.build());
      JobID id = execute(name, environment);
      cluster.pace(id, interval);
      for (Member member : members) {
        jobs.put(
            member.statement(),
            new Job(
                member.statement(),
                name,
                id,
                member.operators(),
                options.stateBackend(),
                newest.map(c -> OptionalLong.of(c.bytes())).orElse(OptionalLong.empty()),
                cluster));
      }
      LOG.info(
          "Submitted {} {}",
          name,
          newest.map(c -> "from checkpoint " + c.uri()).orElse("without a checkpoint"));
    }
  }

  private JobID execute(Name name, StreamExecutionEnvironment environment) {
    try {
      return environment.executeAsync(jobName(name)).getJobID();
    } catch (Exception e) {
      throw new MillraceException(
          ErrorCode.QUERY_FAILED, "Failed to run " + name + ": " + Failures.sentence(e), e);
    }
  }

  private static String jobName(Name name) {
    return JOB_PREFIX + name.folded();
  }

  private Object lock(Name name) {
    return locks.computeIfAbsent(name, n -> new Object());
  }

  /** Ends what still runs under this name: a second job would write everything twice. */
  private void endRunning(Name name) {
    for (JobStatusMessage job : running()) {
      if (named(job).filter(name::equals).isPresent()) {
        cancel(name, job.getJobId());
      }
    }
  }

  private List<JobStatusMessage> running() {
    return cluster.await(cluster.client().listJobs(), "list Flink's jobs").stream()
        .filter(job -> !job.getJobState().isGloballyTerminalState())
        .toList();
  }

  /** The statement or shared job that it runs; empty where it is none of a Millrace. */
  private static Optional<Name> named(JobStatusMessage job) {
    return Optional.of(job.getJobName())
        .filter(name -> name.startsWith(JOB_PREFIX))
        .map(name -> Name.parse(name.substring(JOB_PREFIX.length())));
  }

  private void cancel(Name name, JobID job) {
    cluster.await(cluster.client().cancel(job), "cancel " + name);
    cluster.await(cluster.client().requestJobResult(job), "cancel " + name, STOPPING);
  }

  /** What was submitted of a job, by its statements. */
  private List<Job> submitted(Name name) {
    return jobs.values().stream().filter(job -> job.name().equals(name)).toList();
  }

  /** See {@code Flow.stop}. */
  public void stop(Name name) {
    synchronized (lock(name)) {
      List<Job> submitted = submitted(name);
      submitted.stream()
          .findFirst()
          .filter(job -> !job.hasEnded())
          .ifPresent(job -> stop(name, job.id()));
      submitted.forEach(Job::paused);
    }
  }

  private void stop(Name name, JobID id) {
    CheckpointFolder folder = new CheckpointFolder(settings.checkpoints(), name);
    try {
      String savepoint =
          cluster.await(
              cluster
                  .client()
                  .stopWithSavepoint(id, false, folder.uri(), SavepointFormatType.NATIVE),
              "pause " + name,
              STOPPING);
      cluster.await(cluster.client().requestJobResult(id), "pause " + name, STOPPING);
      LOG.info("Paused {} with {}", name, savepoint);
    } catch (MillraceException e) {
      // A job that is between two restarts cannot take a savepoint; its checkpoints stay.
      LOG.warn("Paused {} without a savepoint: {}", name, e.getMessage());
      endRunning(name);
    }
  }

  /** See {@code Flow.cancel}. */
  public void cancel(Name name) {
    synchronized (lock(name)) {
      endRunning(name);
      jobs.values().removeIf(job -> job.name().equals(name));
    }
  }

  /** See {@code Flow.shedState}. */
  public Optional<Name> shedState() {
    Optional<Job> largest =
        jobs.values().stream()
            .filter(job -> job.bytesOnHeap() >= WORTH_SHEDDING)
            .max(Comparator.comparingLong(Job::bytesOnHeap));
    largest.ifPresent(
        job -> {
          long megabytes = job.bytesOnHeap() >> 20;
          String reason =
              "OUT_OF_MEMORY: Stopped, since the heap was full: of its state "
                  + megabytes
                  + " MB are in its newest checkpoint. Raise MILLRACE_HEAP and resume it, or make"
                  + " it anew with 'state.backend' = 'rocksdb'.";
          synchronized (lock(job.name())) {
            endRunning(job.name());
            submitted(job.name()).forEach(each -> each.failed(reason));
          }
        });
    return largest.map(Job::name);
  }

  /** See {@code Flow.forget}. */
  public void forget(Name statement) {
    forget(statement, statement);
  }

  /** See {@code Flow.forget}. */
  public void forget(CatalogImage image, Query query) {
    if (image.queriesOf(query.job()).isEmpty()) {
      forget(query.job(), query.name());
      return;
    }
    synchronized (lock(query.job())) {
      if (jobs.containsKey(query.name())) {
        stop(query.job());
        jobs.remove(query.name());
      }
      fence(List.of(query.name()));
    }
  }

  private void forget(Name name, Name statement) {
    synchronized (lock(name)) {
      cancel(name);
      new CheckpointFolder(settings.checkpoints(), name).delete();
      fence(List.of(statement));
    }
  }

  private void fence(List<Name> statements) {
    if (statements.isEmpty()) {
      return;
    }
    List<String> prefixes = statements.stream().map(TopicTables::transactionPrefix).toList();
    int fenced = log.fence(id -> prefixes.stream().anyMatch(id::startsWith));
    if (fenced > 0) {
      LOG.info("Aborted {} transactions that {} had left open", fenced, statements);
    }
  }

  /**
   * See {@code Flow.close}: all at once. One that is only starting, or has started meanwhile, is
   * asked again; one that cannot stop with a savepoint is cancelled: that aborts what it has begun
   * to write.
   */
  public void stopAll(Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    Map<Name, Job> running = new HashMap<>();
    jobs.values().forEach(job -> running.put(job.name(), job));
    List<Job> left = running.values().stream().filter(job -> !job.hasEnded()).toList();
    boolean again = true;
    while (again) {
      left = endAll(left, deadline, this::stopWithSavepoint);
      again =
          left.stream().map(job -> job.status().state()).anyMatch(STOPPABLE::contains)
              && System.nanoTime() < deadline
              && pause();
    }
    endAll(
        left,
        System.nanoTime() + CANCELLING.toNanos(),
        job ->
            cluster
                .client()
                .cancel(job.id())
                .thenCompose(ack -> cluster.client().requestJobResult(job.id())));
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

  private CompletableFuture<?> stopWithSavepoint(Job job) {
    String folder = new CheckpointFolder(settings.checkpoints(), job.name()).uri();
    return cluster
        .client()
        .stopWithSavepoint(job.id(), false, folder, SavepointFormatType.NATIVE)
        .thenCompose(savepoint -> cluster.client().requestJobResult(job.id()));
  }

  /** Ends them side by side; answers those that did not end in time. */
  private List<Job> endAll(
      List<Job> running, long deadline, Function<Job, CompletableFuture<?>> end) {
    List<CompletableFuture<?>> ending = new ArrayList<>();
    running.forEach(job -> ending.add(end.apply(job)));
    List<Job> left = new ArrayList<>();
    for (int i = 0; i < running.size(); i++) {
      Duration patience = Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
      try {
        cluster.await(ending.get(i), "stop " + running.get(i).name(), patience);
      } catch (MillraceException e) {
        LOG.info("Did not stop: {}", e.getMessage());
        left.add(running.get(i));
      }
    }
    return left;
  }

  /** See {@code Flow.endOrphans}. */
  public int endOrphans(Collection<Name> known) {
    for (JobStatusMessage job : running()) {
      // Another warehouse may run its jobs in the same Flink; its checkpoints are not here.
      named(job)
          .filter(name -> !known.contains(name))
          .filter(name -> new CheckpointFolder(settings.checkpoints(), name).exists())
          .ifPresent(name -> cancel(name, job.getJobId()));
    }
    Set<String> owners = known.stream().map(Name::folded).collect(Collectors.toSet());
    return log.fence(
        id -> TopicTables.owner(id).filter(owner -> !owners.contains(owner)).isPresent());
  }

  /** See {@code Flow.status}. */
  public Optional<JobStatus> status(Name statement) {
    return Optional.ofNullable(jobs.get(statement)).map(Job::status);
  }
}
