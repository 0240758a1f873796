package io.millrace.flow.topic.read;

import io.millrace.flow.topic.RawRecord;
import io.millrace.flow.topic.TopicTable;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Hands records on as they are. */
public final class RawHandler implements RecordHandler<RawRecord> {
  private static final long serialVersionUID = 1L;

  private transient RawRecord raw;

  @Override
  public void open(TopicTable table) {
    raw = new RawRecord();
  }

  @Override
  public void handle(ConsumerRecord<byte[], byte[]> record, Consumer<RawRecord> target) {
    target.accept(
        raw.set(
            record.key(),
            record.value(),
            record.partition(),
            record.offset(),
            record.timestamp(),
            record.headers()));
  }

  @Override
  public void close() {
    raw = null;
  }
}
