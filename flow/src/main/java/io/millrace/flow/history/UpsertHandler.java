package io.millrace.flow.history;

import io.millrace.flow.topic.TopicTable;
import io.millrace.flow.topic.read.RecordHandler;
import io.millrace.flow.topic.read.RowHandler;
import io.millrace.format.DecodeException;
import io.millrace.model.RowSchema;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.types.RowKind;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Reads a table's own records as changes: each holds from when it was written, of two of one
 * millisecond the later one counts.
 */
final class UpsertHandler implements RecordHandler<RowData> {
  private static final long serialVersionUID = 1L;

  private final RowHandler rows;

  UpsertHandler(RowSchema table) {
    this.rows = new RowHandler(IntStream.range(0, table.size()).toArray(), List.of());
  }

  @Override
  public void open(TopicTable table) {
    rows.open(table);
  }

  @Override
  public void handle(ConsumerRecord<byte[], byte[]> record, Consumer<RowData> target)
      throws DecodeException {
    TimestampData written = TimestampData.fromEpochMillis(record.timestamp());
    rows.handle(
        record,
        row -> {
          boolean gone = row.getRowKind() == RowKind.DELETE;
          row.setRowKind(RowKind.INSERT);
          target.accept(
              GenericRowData.of(
                  StringData.fromString(gone ? "d" : "u"),
                  gone ? row : null,
                  gone ? null : row,
                  written,
                  record.offset()));
        });
  }

  @Override
  public void close() {
    rows.close();
  }
}
