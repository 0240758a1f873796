package io.millrace.flow.topic.write;

import io.millrace.flow.topic.TopicTable;
import io.millrace.log.LogClient;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.RetriableException;

/**
 * Flink's committer, whose refused commits are looked into: Flink counts or logs them, though some
 * mean that rows are gone. After a restart a refusal is normal for a transaction that was committed
 * before and whose id has been used again since; so the transaction's last record is looked for
 * among the committed ones. Where it is not there, COMMIT_LOST fails the job.
 */
final class SurfacingCommitter implements Committer<Written> {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final TopicTable table;
  private final Committer<KafkaCommittable> committer;

  SurfacingCommitter(TopicTable table, Committer<KafkaCommittable> committer) {
    this.table = table;
    this.committer = committer;
  }

  @Override
  public void commit(Collection<CommitRequest<Written>> requests)
      throws IOException, InterruptedException {
    for (CommitRequest<Written> request : requests) {
      committer.commit(List.of(new Request(request)));
    }
  }

  @Override
  public void close() throws Exception {
    committer.close();
  }

  private final class Request implements CommitRequest<KafkaCommittable> {
    private final CommitRequest<Written> request;

    Request(CommitRequest<Written> request) {
      this.request = request;
    }

    @Override
    public KafkaCommittable getCommittable() {
      return request.getCommittable().transaction();
    }

    @Override
    public int getNumberOfRetries() {
      return request.getNumberOfRetries();
    }

    @Override
    public void signalFailedWithKnownReason(Throwable reason) {
      settle(reason);
    }

    @Override
    public void signalFailedWithUnknownReason(Throwable reason) {
      if (reason instanceof ApiException && !(reason instanceof RetriableException)) {
        settle(reason);
      } else {
        request.signalFailedWithUnknownReason(reason);
      }
    }

    private void settle(Throwable reason) {
      Written written = request.getCommittable();
      if (!isCommitted(written)) {
        throw lost(written, reason);
      }
      request.signalAlreadyCommitted();
    }

    @Override
    public void retryLater() {
      request.retryLater();
    }

    @Override
    public void updateAndRetryLater(KafkaCommittable transaction) {
      Written written = request.getCommittable();
      request.updateAndRetryLater(new Written(transaction, written.partition(), written.offset()));
    }

    @Override
    public void signalAlreadyCommitted() {
      request.signalAlreadyCommitted();
    }
  }

  private MillraceException lost(Written written, Throwable reason) {
    return new MillraceException(
            ErrorCode.COMMIT_LOST,
            "Cannot commit transaction "
                + written.transaction().getTransactionalId()
                + " of "
                + table.statement()
                + ": the cluster has aborted it, and its rows in topic "
                + table.relation().topic()
                + " are not visible",
            reason)
        .hint("It was open for longer than the transaction time-out, or was fenced.");
  }

  private boolean isCommitted(Written written) {
    TopicPartition partition = new TopicPartition(table.relation().topic(), written.partition());
    try (LogClient log = LogClient.connect(table.log());
        Consumer<byte[], byte[]> consumer = log.consumer(Map.of("max.poll.records", "1"))) {
      consumer.assign(List.of(partition));
      consumer.seek(partition, written.offset());
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (System.nanoTime() < deadline) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          return record.offset() == written.offset();
        }
        if (consumer.position(partition) > written.offset()) {
          return false;
        }
      }
    } catch (OffsetOutOfRangeException e) {
      return false;
    }
    throw new MillraceException(
        ErrorCode.KAFKA_UNAVAILABLE,
        "Cannot tell whether transaction "
            + written.transaction().getTransactionalId()
            + " was committed: it is still open");
  }
}
