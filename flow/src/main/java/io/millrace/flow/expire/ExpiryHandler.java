package io.millrace.flow.expire;

import io.millrace.flow.topic.TopicTable;
import io.millrace.flow.topic.read.RecordHandler;
import io.millrace.flow.topic.read.RowHandler;
import io.millrace.format.DecodeException;
import java.util.List;
import java.util.function.Consumer;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** Reads a table's records as they are, and how old each is. */
final class ExpiryHandler implements RecordHandler<RowData> {
  static final int KEY = 0;

  /** Null where the record is a delete. */
  static final int VALUE = 1;

  static final int PARTITION = 2;
  static final int OFFSET = 3;

  /** Event time in milliseconds since 1970-01-01T00:00 UTC. */
  static final int TIME = 4;

  /** What the job itself has written into its header, null in a record of others. */
  static final int TOKEN = 5;

  static final RowType TYPE =
      RowType.of(
          new LogicalType[] {
            new VarBinaryType(false, VarBinaryType.MAX_LENGTH),
            new VarBinaryType(VarBinaryType.MAX_LENGTH),
            new IntType(false),
            new BigIntType(false),
            new BigIntType(false),
            new BigIntType()
          },
          new String[] {"key", "value", "partition", "offset", "time", "token"});

  private static final long serialVersionUID = 1L;

  private final RowHandler times;
  private final int precision;
  private transient Long time;

  /**
   * @param column index of the column that holds event time, or -1: the record's timestamp then
   * @param precision of that column
   */
  ExpiryHandler(int column, int precision) {
    this.times = column < 0 ? null : new RowHandler(new int[] {column}, List.of());
    this.precision = precision;
  }

  @Override
  public void open(TopicTable table) {
    if (times != null) {
      times.open(table);
    }
  }

  @Override
  public void handle(ConsumerRecord<byte[], byte[]> record, Consumer<RowData> target)
      throws DecodeException {
    if (record.key() == null) {
      throw new DecodeException("it has no key", -1);
    }
    target.accept(
        GenericRowData.of(
            record.key(),
            record.value(),
            record.partition(),
            record.offset(),
            time(record),
            token(record)));
  }

  /** A row without event time is as old as its record. */
  private long time(ConsumerRecord<byte[], byte[]> record) throws DecodeException {
    time = null;
    if (times != null && record.value() != null) {
      times.handle(
          record,
          row -> time = row.isNullAt(0) ? null : row.getTimestamp(0, precision).getMillisecond());
    }
    return time == null ? record.timestamp() : time;
  }

  private static Long token(ConsumerRecord<byte[], byte[]> record) {
    Header header = record.headers().lastHeader(ExpiryJob.HEADER);
    return header == null || header.value().length != Long.BYTES
        ? null
        : Long.valueOf(ExpiryJob.number(header.value()));
  }

  @Override
  public void close() {
    if (times != null) {
      times.close();
    }
  }
}
