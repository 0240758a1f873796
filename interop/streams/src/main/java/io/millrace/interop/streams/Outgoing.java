package io.millrace.interop.streams;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorSupplier;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;

/**
 * The last step before a topic of the warehouse. Like Millrace's own writers it sets the record's
 * timestamp to the time of writing, for retention counts from it and a row's event time is a
 * column; keeps the order of a stream's rows, all that one task writes going to one partition; and
 * leaves a table's rows to Kafka's own partitioner.
 */
final class Outgoing
    implements FixedKeyProcessorSupplier<Row, Row, Row>, StreamPartitioner<Row, Row> {
  private final TopicRows target;

  /** A sink asks for the partition in the call that brings the record to it. */
  private final ThreadLocal<Integer> taskPartition = new ThreadLocal<>();

  Outgoing(TopicRows target) {
    this.target = target;
  }

  @Override
  public FixedKeyProcessor<Row, Row, Row> get() {
    return new FixedKeyProcessor<>() {
      private FixedKeyProcessorContext<Row, Row> context;

      @Override
      public void init(FixedKeyProcessorContext<Row, Row> newContext) {
        context = newContext;
      }

      @Override
      public void process(FixedKeyRecord<Row, Row> record) {
        require(record.key(), record.value());
        record.headers().remove(Marks.HEADER);
        taskPartition.set(context.taskId().partition());
        context.forward(record.withTimestamp(context.currentSystemTimeMs()));
      }
    };
  }

  private void require(Row key, Row row) {
    if (!target.isTable()) {
      if (row == null) {
        throw refused("a null is no row of a stream", "Filter deletions out first.");
      }
      return;
    }
    RowSchema keys = target.keySchema();
    if (key == null) {
      throw refused("the row has no key", "Its key is " + keys.primaryKey() + ".");
    }
    Object[] values = RowPlan.values(key, keys);
    for (int i = 0; row != null && i < values.length; i++) {
      Object value = row.get(keys.column(i).name());
      if (!Objects.deepEquals(values[i], value)) {
        throw refused(
            "the key is " + key + ", and column " + keys.column(i).name() + " " + value,
            "Give each row the key that its columns tell.");
      }
    }
  }

  private MillraceException refused(String reason, String hint) {
    return new MillraceException(ErrorCode.ROW_REFUSED, "Cannot write to " + target + ": " + reason)
        .hint(hint);
  }

  /** Empty: the producer's default, which is murmur2 of the key's bytes. */
  @Override
  public Optional<Set<Integer>> partitions(String topic, Row key, Row value, int partitions) {
    return target.isTable()
        ? Optional.empty()
        : Optional.of(Set.of(taskPartition.get() % partitions));
  }
}
