package io.millrace.interop.spark;

import io.millrace.sink.Committer;
import io.millrace.sink.Staged;
import io.millrace.sink.StagedSink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.connector.write.PhysicalWriteInfo;
import org.apache.spark.sql.connector.write.WriterCommitMessage;
import org.apache.spark.sql.connector.write.streaming.StreamingDataWriterFactory;
import org.apache.spark.sql.connector.write.streaming.StreamingWrite;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The epochs of a query into a sink. Each attempt at an epoch is a submission of its own, so what a
 * failed one staged is given up, and its tasks are fenced, once a later one commits. An epoch that
 * comes again after its commit began is not taken again: what it had staged then is committed to
 * the end.
 */
final class SinkEpochs implements StreamingWrite {
  private static final Logger LOG = LoggerFactory.getLogger(SinkEpochs.class);
  private static final int ATTEMPTS = 6;
  private static final Duration FIRST_WAIT = Duration.ofSeconds(1);

  private final SinkTask.Plan plan;
  private final EpochLedger ledger;

  SinkEpochs(SinkTask.Plan plan, EpochLedger ledger) {
    this.plan = plan;
    this.ledger = ledger;
  }

  @Override
  public StreamingDataWriterFactory createStreamingWriterFactory(PhysicalWriteInfo info) {
    try {
      return new SinkTask.Factory(plan, ledger.newSubmission(), info.numPartitions());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void commit(long epochId, WriterCommitMessage[] messages) {
    if (!(plan.sink() instanceof StagedSink sink)) {
      return; // rows written by key are durable already
    }
    List<Staged> staged =
        Arrays.stream(messages)
            .flatMap(message -> ((SinkTask.Done) message).staged().stream())
            .toList();
    try {
      List<Staged> kept = ledger.keep(epochId, staged);
      if (!kept.isEmpty()) {
        commit(sink, kept);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A commit may be repeated, so a place that does not answer is tried again for a minute. */
  private static void commit(StagedSink sink, List<Staged> all) throws IOException {
    Duration wait = FIRST_WAIT;
    for (int attempt = 1; ; attempt++) {
      try (Committer committer = sink.committer()) {
        for (Staged one : all) {
          committer.commit(one);
        }
        return;
      } catch (IOException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
        LOG.warn("Failed to commit, attempt {} of {}", attempt, ATTEMPTS, e);
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IOException("Failed to close a committer", e);
      }
      sleep(wait);
      wait = wait.multipliedBy(2);
    }
  }

  private static void sleep(Duration wait) throws IOException {
    try {
      Thread.sleep(wait.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted between two attempts to commit", e);
    }
  }

  /** Nothing of it is in the ledger, so it is given up. */
  @Override
  public void abort(long epochId, WriterCommitMessage[] messages) {}
}
