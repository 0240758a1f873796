package io.millrace.flow.topic.write;

import io.millrace.catalog.Relation;
import io.millrace.flow.topic.TopicTable;
import io.millrace.flow.topic.mark.Mark;
import io.millrace.flow.topic.row.RowDataReader;
import io.millrace.format.ByteSink;
import io.millrace.format.Formats;
import io.millrace.format.RecordEncoder;
import io.millrace.registry.Contracts;
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
import org.apache.flink.types.RowKind;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.utils.Utils;

/**
 * Rows to records. Keyed rows go to Kafka's murmur2 of the key's bytes; others to the partition
 * they came from, or all of a writer to one, so that a writer's rows keep their order.
 *
 * <p>A record's timestamp is the time of writing, not event time: retention counts from it, and a
 * replay of last month's rows must not expire as it is written.
 */
final class RecordSerializer
    implements KafkaRecordSerializationSchema<RowData>, KafkaDatasetFacetProvider {
  private static final long serialVersionUID = 1L;

  private final TopicTable table;
  private final RowLayout layout;
  private transient Contracts contracts;
  private transient RowDataReader reader;
  private transient RecordEncoder keys;
  private transient RecordEncoder values;
  private transient ByteSink bytes;
  private transient RowData control;
  private transient MarkState marks;
  private transient int controlPartition;
  private transient int partitions;
  private transient int ownPartition;

  RecordSerializer(TopicTable table, RowLayout layout) {
    this.table = table;
    this.layout = layout;
  }

  /** The sink opens its serializer more than once. */
  @Override
  public void open(SerializationSchema.InitializationContext context, KafkaSinkContext sink) {
    if (reader != null) {
      return;
    }
    Relation relation = table.relation();
    contracts = new Contracts(table.registry());
    Formats formats = new Formats(contracts);
    values =
        formats.encoder(
            relation.format(), relation.options(), relation.schema(), relation.valueSchemaId());
    keys =
        relation.isTable() ? formats.keyEncoder(relation.schema(), relation.keySchemaId()) : null;
    reader = new RowDataReader(relation.schema().columns(), layout.types(), layout.fields());
    bytes = new ByteSink();
    control = new GenericRowData(0);
    partitions = sink.getPartitionsForTopic(relation.topic()).length;
    ownPartition = sink.getParallelInstanceId() % partitions;
    marks =
        new MarkState(
            table.statement().toString(),
            table.epoch(),
            sink.getParallelInstanceId(),
            sink.getNumberOfParallelInstances(),
            partitions);
  }

  MarkState marks() {
    return marks;
  }

  /** A row that becomes a control record for this partition when it is written next. */
  RowData control(int partition) {
    controlPartition = partition;
    return control;
  }

  boolean isControl(RowData row) {
    return row == control;
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      RowData row, KafkaSinkContext context, Long timestamp) {
    String topic = table.relation().topic();
    if (row == control) {
      return marked(
          new ProducerRecord<>(
              topic, controlPartition, keys == null ? null : marks.controlKey(), null),
          controlPartition);
    }
    RowKind kind = row.getRowKind();
    reader.of(row);
    byte[] key = keys == null ? null : encode(keys);
    int partition =
        key == null ? partition(row) : Utils.toPositive(Utils.murmur2(key)) % partitions;
    if (kind == RowKind.DELETE || kind == RowKind.UPDATE_BEFORE) {
      // Without a mark: a null value with one is a control record to every reader.
      return new ProducerRecord<>(topic, partition, key, null);
    }
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(topic, partition, key, encode(values));
    return table.marks() && marks.isDue(partition) ? marked(record, partition) : record;
  }

  private int partition(RowData row) {
    int field = layout.partitionField();
    return field < 0 || row.isNullAt(field) ? ownPartition : row.getInt(field) % partitions;
  }

  private byte[] encode(RecordEncoder encoder) {
    bytes.reset();
    encoder.encode(reader, bytes);
    return bytes.toByteArray();
  }

  private ProducerRecord<byte[], byte[]> marked(
      ProducerRecord<byte[], byte[]> record, int partition) {
    record.headers().add(Mark.HEADER, marks.send(partition));
    return record;
  }

  /** Lets the sink find the topic's open transactions. */
  @Override
  public Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
    return Optional.of(
        new DefaultKafkaDatasetFacet(
            DefaultKafkaDatasetIdentifier.ofTopics(List.of(table.relation().topic()))));
  }

  void close() {
    if (contracts != null) {
      contracts.close();
    }
  }
}
