package io.millrace.flow.topic.write;

import io.millrace.flow.topic.TopicTable;
import io.millrace.flow.topic.mark.Mark;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetIdentifier;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacetProvider;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * What is written to records, and records that hold nothing but a mark.
 *
 * <p>A record's timestamp is the time of writing, not event time: retention counts from it, and a
 * replay of last month's rows must not expire as it is written.
 */
abstract class RecordSerializer
    implements KafkaRecordSerializationSchema<RowData>, KafkaDatasetFacetProvider {
  private static final long serialVersionUID = 1L;

  final TopicTable table;
  private transient RowData control;
  private transient MarkState marks;
  private transient int controlPartition;

  RecordSerializer(TopicTable table) {
    this.table = table;
  }

  /** The sink opens its serializer more than once. */
  @Override
  public final void open(SerializationSchema.InitializationContext context, KafkaSinkContext sink) {
    if (marks != null) {
      return;
    }
    int partitions = sink.getPartitionsForTopic(table.relation().topic()).length;
    control = new GenericRowData(0);
    marks =
        new MarkState(
            table.statement().toString(),
            table.epoch(),
            sink.getParallelInstanceId(),
            sink.getNumberOfParallelInstances(),
            partitions);
    open(partitions, sink.getParallelInstanceId());
  }

  /**
   * @param partitions of the topic
   * @param subtask the writer's number among the statement's
   */
  abstract void open(int partitions, int subtask);

  /** The record of a row. */
  abstract ProducerRecord<byte[], byte[]> record(RowData row);

  abstract void close();

  final MarkState marks() {
    return marks;
  }

  /** A row that becomes a control record for this partition when it is written next. */
  final RowData control(int partition) {
    controlPartition = partition;
    return control;
  }

  @Override
  public final ProducerRecord<byte[], byte[]> serialize(
      RowData row, KafkaSinkContext context, Long timestamp) {
    if (row != control) {
      return record(row);
    }
    byte[] key = table.relation().isTable() ? marks.controlKey() : null;
    return marked(
        new ProducerRecord<>(table.relation().topic(), controlPartition, key, null),
        controlPartition);
  }

  final ProducerRecord<byte[], byte[]> marked(
      ProducerRecord<byte[], byte[]> record, int partition) {
    record.headers().add(Mark.HEADER, marks.send(partition));
    return record;
  }

  /** Lets the sink find the topic's open transactions. */
  @Override
  public final Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
    return Optional.of(
        new DefaultKafkaDatasetFacet(
            DefaultKafkaDatasetIdentifier.ofTopics(List.of(table.relation().topic()))));
  }
}
