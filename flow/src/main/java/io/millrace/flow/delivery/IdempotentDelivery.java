package io.millrace.flow.delivery;

import io.millrace.flow.topic.RawRecord;
import io.millrace.flow.topic.TopicTable;
import io.millrace.model.MillraceException;
import io.millrace.sink.EpochId;
import io.millrace.sink.IdempotentSink;
import io.millrace.sink.KeyedWriter;
import java.io.IOException;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** A sink by key: all rows before a checkpoint are flushed before it is taken. */
final class IdempotentDelivery implements Sink<RawRecord> {
  private static final long serialVersionUID = 1L;

  private final IdempotentSink sink;
  private final TopicTable table;

  IdempotentDelivery(IdempotentSink sink, TopicTable table) {
    this.sink = sink;
    this.table = table;
  }

  @Override
  public Writer createWriter(WriterInitContext context) throws IOException {
    KeyedWriter writer = sink.writer(DeliveryWriter.context(context, table));
    return new Writer(writer, table, context);
  }

  static final class Writer extends DeliveryWriter<KeyedWriter> {
    private final long epoch;
    private final LastCommit lastCommit;
    private long checkpoint;
    private boolean written;

    Writer(KeyedWriter writer, TopicTable table, WriterInitContext context) {
      super(writer, table, context);
      this.epoch = table.epoch();
      this.lastCommit = new LastCommit(context.metricGroup());
      this.checkpoint = context.getRestoredCheckpointId().orElse(0);
    }

    @Override
    public void write(RawRecord record, Context context) throws IOException {
      written = true;
      super.write(record, context);
    }

    @Override
    public void flush(boolean endOfInput) throws IOException {
      super.flush(endOfInput);
      checkpoint++;
      try {
        writer().flush(new EpochId(epoch, checkpoint));
        if (written) {
          lastCommit.now();
          written = false;
        }
      } catch (MillraceException e) {
        throw DeliveryWriter.failing(e);
      }
    }
  }
}
