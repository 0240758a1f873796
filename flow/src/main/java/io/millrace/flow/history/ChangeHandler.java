package io.millrace.flow.history;

import io.millrace.catalog.History;
import io.millrace.flow.topic.TopicTable;
import io.millrace.flow.topic.read.RecordHandler;
import io.millrace.flow.topic.read.RowHandler;
import io.millrace.format.DecodeException;
import io.millrace.model.RowSchema;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.flink.table.data.RowData;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Reads changes, and refuses those that say nothing of a row or too little. */
final class ChangeHandler implements RecordHandler<RowData> {
  static final int OP = 0;
  static final int BEFORE = 1;
  static final int AFTER = 2;
  static final int SOURCE_TIME = 3;
  static final int SOURCE_POSITION = 4;

  private static final long serialVersionUID = 1L;
  private static final List<String> OPERATIONS = List.of("c", "u", "r", "d");

  private final RowSchema table;
  private final int[] keys;
  private final RowHandler rows;
  private transient RowData read;

  ChangeHandler(RowSchema table) {
    this.table = table;
    this.keys = table.keyIndexes();
    this.rows = new RowHandler(IntStream.rangeClosed(OP, SOURCE_POSITION).toArray(), List.of());
  }

  @Override
  public void open(TopicTable changes) {
    rows.open(changes);
  }

  @Override
  public void handle(ConsumerRecord<byte[], byte[]> record, Consumer<RowData> target)
      throws DecodeException {
    read = null;
    rows.handle(record, row -> read = row);
    if (read != null) {
      check(read);
      target.accept(read);
    }
  }

  private void check(RowData change) throws DecodeException {
    String op = change.getString(OP).toString();
    if (!OPERATIONS.contains(op)) {
      throw new DecodeException("it is '" + op + "' and not c, u, d or r", -1).in(History.OP, null);
    }
    if (op.equals("d")) {
      String field = change.isNullAt(BEFORE) ? History.AFTER : History.BEFORE;
      require(change, change.isNullAt(BEFORE) ? AFTER : BEFORE, field, keys);
    } else {
      int[] required =
          IntStream.range(0, table.size())
              .filter(i -> !table.column(i).type().nullable())
              .toArray();
      require(change, AFTER, History.AFTER, required);
    }
  }

  private void require(RowData change, int at, String field, int[] columns) throws DecodeException {
    if (change.isNullAt(at)) {
      throw new DecodeException("it is null, so nobody knows which row changed", -1)
          .in(field, null);
    }
    RowData row = change.getRow(at, table.size());
    for (int column : columns) {
      if (row.isNullAt(column)) {
        throw DecodeException.missing(table.column(column).name(), table.column(column).type(), -1)
            .in(field, null);
      }
    }
  }

  /** The part of a change that tells of which row it is. */
  static RowData keyed(RowData change, int size) {
    boolean deleted = isDelete(change);
    return change.getRow(deleted && !change.isNullAt(BEFORE) ? BEFORE : AFTER, size);
  }

  static boolean isDelete(RowData change) {
    return change.getString(OP).toString().equals("d");
  }

  @Override
  public void close() {
    rows.close();
  }
}
