package io.millrace.flow.topic.read;

import io.millrace.flow.topic.TopicTable;
import io.millrace.format.DecodeException;
import java.io.Serializable;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What becomes of a record: zero or more elements. One per reader, used by the task's thread. */
public interface RecordHandler<T> extends Serializable {
  void open(TopicTable table);

  /**
   * Hands on what the record holds; elements may be reused. A {@link DecodeException} refuses the
   * record. {@code target} does not throw.
   */
  void handle(ConsumerRecord<byte[], byte[]> record, Consumer<T> target) throws DecodeException;

  void close();
}
