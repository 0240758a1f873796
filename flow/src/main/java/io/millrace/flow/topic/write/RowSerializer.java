package io.millrace.flow.topic.write;

import io.millrace.catalog.Relation;
import io.millrace.flow.topic.TopicTable;
import io.millrace.flow.topic.row.RowDataReader;
import io.millrace.format.ByteSink;
import io.millrace.format.Formats;
import io.millrace.format.RecordEncoder;
import io.millrace.registry.Contracts;
import org.apache.flink.table.data.RowData;
import org.apache.flink.types.RowKind;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.utils.Utils;

/**
 * Rows to records. Keyed rows go to Kafka's murmur2 of the key's bytes; others to the partition
 * they came from, or all of a writer to one, so that a writer's rows keep their order.
 */
final class RowSerializer extends RecordSerializer {
  private static final long serialVersionUID = 1L;

  private final RowLayout layout;
  private transient Contracts contracts;
  private transient RowDataReader reader;
  private transient RecordEncoder keys;
  private transient RecordEncoder values;
  private transient ByteSink bytes;
  private transient int partitions;
  private transient int ownPartition;

  RowSerializer(TopicTable table, RowLayout layout) {
    super(table);
    this.layout = layout;
  }

  @Override
  void open(int partitions, int subtask) {
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
    this.partitions = partitions;
    ownPartition = subtask % partitions;
  }

  @Override
  ProducerRecord<byte[], byte[]> record(RowData row) {
    String topic = table.relation().topic();
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
    return table.marks() && marks().isDue(partition) ? marked(record, partition) : record;
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

  @Override
  void close() {
    if (contracts != null) {
      contracts.close();
    }
  }
}
