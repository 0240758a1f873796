package io.millrace.flow.topic.write;

import io.millrace.flow.topic.TopicTable;
import org.apache.flink.table.data.RowData;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Records that are told as they shall be, see {@link RawLayout}. */
final class RawSerializer extends RecordSerializer {
  private static final long serialVersionUID = 1L;

  private final String header;

  RawSerializer(TopicTable table, String header) {
    super(table);
    this.header = header;
  }

  @Override
  void open(int partitions, int subtask) {}

  @Override
  ProducerRecord<byte[], byte[]> record(RowData row) {
    byte[] value = row.isNullAt(RawLayout.VALUE) ? null : row.getBinary(RawLayout.VALUE);
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(
            table.relation().topic(),
            row.getInt(RawLayout.PARTITION),
            row.getBinary(RawLayout.KEY),
            value);
    record.headers().add(header, row.getBinary(RawLayout.HEADER));
    return record;
  }

  @Override
  void close() {}
}
