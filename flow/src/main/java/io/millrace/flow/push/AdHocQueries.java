package io.millrace.flow.push;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Relation;
import io.millrace.flow.ChangeCursor;
import io.millrace.flow.FlowSettings;
import io.millrace.flow.LeftOut;
import io.millrace.flow.cluster.Failures;
import io.millrace.flow.cluster.FlinkCluster;
import io.millrace.flow.job.CheckpointFolder;
import io.millrace.flow.job.JobConfiguration;
import io.millrace.flow.plan.QueryPlanner;
import io.millrace.flow.plan.StoredPlan;
import io.millrace.flow.plan.TopicTables;
import io.millrace.flow.topic.Delivery;
import io.millrace.flow.topic.LeftOutRows;
import io.millrace.flow.topic.Start;
import io.millrace.log.LogClient;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Positions;
import io.millrace.registry.Contracts;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.client.JobExecutionException;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.TableResult;

/** Queries that run once, for whoever asks: push queries, previews and INSERTs. Thread-safe. */
public final class AdHocQueries {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final FlowSettings settings;
  private final FlinkCluster cluster;
  private final LogClient log;
  private final Contracts contracts;
  private final QueryPlanner planner;

  public AdHocQueries(
      FlowSettings settings,
      FlinkCluster cluster,
      LogClient log,
      Contracts contracts,
      QueryPlanner planner) {
    this.settings = settings;
    this.cluster = cluster;
    this.log = log;
    this.contracts = contracts;
    this.planner = planner;
  }

  /** See {@code Flow.push}. */
  public ChangeCursor push(CatalogImage image, String query, boolean fromBeginning) {
    Set<Relation> reads = planner.reads(image, query);
    Map<Name, Positions> now = ends(reads);
    return cursor(
        image,
        query,
        reads,
        relation ->
            // Beside a stream a table is what it holds, not only what will change in it.
            fromBeginning || relation.schema().isKeyed() && now.size() > 1
                ? Start.EARLIEST
                : new Start.At(now.get(relation.name())),
        relation -> Optional.empty());
  }

  /** See {@code Flow.preview}. */
  public ChangeCursor preview(CatalogImage image, String query) {
    Set<Relation> reads = planner.reads(image, query);
    Map<Name, Positions> now = ends(reads);
    return cursor(
        image,
        query,
        reads,
        relation -> Start.EARLIEST,
        relation -> Optional.of(now.get(relation.name())));
  }

  private ChangeCursor cursor(
      CatalogImage image,
      String query,
      Set<Relation> reads,
      Function<Relation, Start> start,
      Function<Relation, Optional<Positions>> end) {
    Name statement = adHocName("push");
    TopicTables topics =
        new TopicTables(statement, 0, start, end, Delivery.AT_LEAST_ONCE, Optional.empty(), false);
    Configuration configuration =
        new JobConfiguration(cluster.clientConfiguration(), parallelism("a query", reads))
            .noRestarts()
            .build();
    configuration.setString("pipeline.name", statement.toString());
    QueryPlanner.Running running = planner.execute(image, query, topics, configuration);
    return new PushCursor(statement.toString(), running, () -> leftOut(running.result()));
  }

  /**
   * A task's last count comes with the news of its end, be it the query's own or a cancellation.
   */
  private LeftOut leftOut(TableResult result) {
    JobClient job = result.getJobClient().orElseThrow();
    cluster.await(
        job.getJobExecutionResult().handle((ended, cancelled) -> true),
        "wait for the end of a query");
    Object sum =
        cluster
            .await(job.getAccumulators(), "ask for the rows that a query left out")
            .get(LeftOutRows.NAME);
    return sum == null ? LeftOut.NONE : (LeftOut) sum;
  }

  private static Name adHocName(String kind) {
    return Name.of(kind + "-" + UUID.randomUUID().toString().substring(0, 8));
  }

  private Map<Name, Positions> ends(Set<Relation> reads) {
    Map<Name, Positions> ends = new HashMap<>();
    for (Relation relation : reads) {
      ends.put(relation.name(), log.end(relation.topic()));
    }
    return ends;
  }

  private int parallelism(String what, Set<Relation> reads) {
    Set<String> topics = reads.stream().map(Relation::topic).collect(Collectors.toSet());
    return cluster.parallelism(what, topics, log);
  }

  /** See {@code Flow.insert}. */
  public long insert(
      CatalogImage image,
      String query,
      Relation target,
      List<String> columns,
      BooleanSupplier cancelled) {
    StoredPlan plan = new StoredPlan(planner.compileInsert(image, query, target, columns));
    Set<Relation> reads = plan.reads(image);
    Map<Name, Positions> ends = ends(reads);
    Name statement = adHocName("insert");
    TopicTables topics =
        new TopicTables(
            statement,
            1,
            relation -> Start.EARLIEST,
            relation -> Optional.ofNullable(ends.get(relation.name())),
            Delivery.EXACTLY_ONCE,
            Optional.of(Instant.EPOCH),
            false);
    CheckpointFolder folder = new CheckpointFolder(settings.checkpoints(), statement);
    JobConfiguration configuration =
        new JobConfiguration(cluster.clientConfiguration(), parallelism("INSERT", reads))
            .checkpoints(settings.checkpointInterval(), folder.uri())
            .restarts(2);
    StreamExecutionEnvironment job =
        plan.translate(
            image,
            topics,
            configuration.build(),
            settings,
            contracts,
            log.settings(),
            RowCounter::before);
    try {
      return await(submit(job, statement, target), target, cancelled);
    } finally {
      folder.delete();
      log.fence(id -> id.startsWith(TopicTables.transactionPrefix(statement)));
    }
  }

  private static JobID submit(StreamExecutionEnvironment job, Name statement, Relation target) {
    try {
      return job.executeAsync(statement.toString()).getJobID();
    } catch (Exception e) {
      throw failed(target, e);
    }
  }

  private static MillraceException failed(Relation target, Throwable e) {
    return new MillraceException(
        ErrorCode.QUERY_FAILED,
        "Failed to insert into " + target.name() + ": " + Failures.sentence(e),
        e);
  }

  private long await(JobID job, Relation target, BooleanSupplier cancelled) {
    CompletableFuture<JobResult> result = cluster.client().requestJobResult(job);
    while (true) {
      try {
        return result
            .get(50, TimeUnit.MILLISECONDS)
            .toJobExecutionResult(AdHocQueries.class.getClassLoader())
            .getAccumulatorResult(RowCounter.ROWS);
      } catch (TimeoutException notYet) {
        if (cancelled.getAsBoolean()) {
          cancel(job, result);
          throw new MillraceException(
              ErrorCode.CANCELLED, "Cannot insert into " + target.name() + ": cancelled");
        }
      } catch (InterruptedException e) {
        cancel(job, result);
        Thread.currentThread().interrupt();
        throw new MillraceException(
            ErrorCode.CANCELLED, "Cannot insert into " + target.name() + ": interrupted", e);
      } catch (ExecutionException
          | JobExecutionException
          | IOException
          | ClassNotFoundException e) {
        throw failed(target, e);
      }
    }
  }

  private void cancel(JobID job, CompletableFuture<JobResult> result) {
    cluster.await(cluster.client().cancel(job), "cancel an INSERT");
    cluster.await(result, "cancel an INSERT", PATIENCE);
  }
}
