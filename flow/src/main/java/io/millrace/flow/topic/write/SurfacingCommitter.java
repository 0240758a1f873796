package io.millrace.flow.topic.write;

import io.millrace.flow.topic.TopicTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.RetriableException;

/**
 * Flink's committer, whose refused commits are looked into: Flink counts or logs them, though some
 * mean that rows are gone. See {@link LostCommit}.
 */
final class SurfacingCommitter implements Committer<Written> {
  private final TopicTable table;
  private final Committer<KafkaCommittable> committer;

  SurfacingCommitter(TopicTable table, Committer<KafkaCommittable> committer) {
    this.table = table;
    this.committer = committer;
  }

  @Override
  public void commit(Collection<CommitRequest<Written>> requests)
      throws IOException, InterruptedException {
    List<Request> refused = new ArrayList<>();
    for (CommitRequest<Written> one : requests) {
      Request request = new Request(one);
      committer.commit(List.of(request));
      if (request.refusal != null) {
        refused.add(request);
      }
    }
    // Last, since what is still open would keep committed records from being read.
    for (Request request : refused) {
      request.settle();
    }
  }

  @Override
  public void close() throws Exception {
    committer.close();
  }

  private final class Request implements CommitRequest<KafkaCommittable> {
    private final CommitRequest<Written> request;
    private Throwable refusal;

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
      refusal = reason;
    }

    @Override
    public void signalFailedWithUnknownReason(Throwable reason) {
      if (reason instanceof ApiException && !(reason instanceof RetriableException)) {
        refusal = reason;
      } else {
        request.signalFailedWithUnknownReason(reason);
      }
    }

    void settle() {
      new LostCommit(table, request.getCommittable(), refusal).settle();
      request.signalAlreadyCommitted();
    }

    @Override
    public void retryLater() {
      request.retryLater();
    }

    @Override
    public void updateAndRetryLater(KafkaCommittable transaction) {
      Written written = request.getCommittable();
      request.updateAndRetryLater(new Written(transaction, written.places()));
    }

    @Override
    public void signalAlreadyCommitted() {
      request.signalAlreadyCommitted();
    }
  }
}
