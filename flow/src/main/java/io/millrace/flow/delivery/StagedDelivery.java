package io.millrace.flow.delivery;

import io.millrace.flow.topic.RawRecord;
import io.millrace.flow.topic.TopicTable;
import io.millrace.model.MillraceException;
import io.millrace.sink.EpochId;
import io.millrace.sink.Staged;
import io.millrace.sink.StagedSink;
import io.millrace.sink.StagedWriter;
import java.io.IOException;
import java.util.Collection;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * A staged sink under Flink's two-phase commit: what a checkpoint staged travels with it, and is
 * committed once it is complete, or again after a restore.
 */
final class StagedDelivery implements Sink<RawRecord>, SupportsCommitter<Staged> {
  private static final long serialVersionUID = 1L;

  private final StagedSink sink;
  private final TopicTable table;

  StagedDelivery(StagedSink sink, TopicTable table) {
    this.sink = sink;
    this.table = table;
  }

  @Override
  public Writer createWriter(WriterInitContext context) throws IOException {
    StagedWriter writer = sink.writer(DeliveryWriter.context(context, table));
    return new Writer(writer, table, context);
  }

  @Override
  public Committer<Staged> createCommitter(CommitterInitContext context) throws IOException {
    return new StagedCommitter(sink.committer(), new LastCommit(context.metricGroup()));
  }

  @Override
  public SimpleVersionedSerializer<Staged> getCommittableSerializer() {
    return new Payload();
  }

  static final class Writer extends DeliveryWriter<StagedWriter>
      implements CommittingSinkWriter<RawRecord, Staged> {
    private final long epoch;
    private long checkpoint;

    Writer(StagedWriter writer, TopicTable table, WriterInitContext context) {
      super(writer, table, context);
      this.epoch = table.epoch();
      this.checkpoint = context.getRestoredCheckpointId().orElse(0);
    }

    /**
     * Flink does not say which checkpoint this is for. Counting on from the restored one gives
     * numbers that rise and are never above Flink's, so that none is used again after a restore.
     */
    @Override
    public Collection<Staged> prepareCommit() throws IOException {
      checkpoint++;
      try {
        return writer().stage(new EpochId(epoch, checkpoint), positions());
      } catch (MillraceException e) {
        throw DeliveryWriter.failing(e);
      }
    }
  }

  private record StagedCommitter(io.millrace.sink.Committer committer, LastCommit lastCommit)
      implements Committer<Staged> {
    @Override
    public void commit(Collection<CommitRequest<Staged>> requests) throws IOException {
      for (CommitRequest<Staged> request : requests) {
        try {
          committer.commit(request.getCommittable());
          lastCommit.now();
        } catch (MillraceException e) {
          throw DeliveryWriter.failing(e);
        }
      }
    }

    @Override
    public void close() throws Exception {
      committer.close();
    }
  }

  /** The payload is the sink's own encoding, with its own version inside. */
  private static final class Payload implements SimpleVersionedSerializer<Staged> {
    @Override
    public int getVersion() {
      return 1;
    }

    @Override
    public byte[] serialize(Staged staged) {
      return staged.payload();
    }

    @Override
    public Staged deserialize(int version, byte[] bytes) {
      return new Staged(bytes);
    }
  }
}
