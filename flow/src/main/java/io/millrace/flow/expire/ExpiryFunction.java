package io.millrace.flow.expire;

import java.time.Duration;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.BooleanType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.util.Collector;

/**
 * Deletes each key's row once it is too old by the clock.
 *
 * <p>Kafka writes no record on condition, so another writer may set the row after it was looked at
 * and before the delete lies in the log, which then deletes what is new. The job therefore reads
 * its own records back, each told by a token: where others wrote the key in between, it writes the
 * last of their records once more, and reads that back in its turn. In the end the key holds what
 * the others wrote last.
 */
final class ExpiryFunction extends KeyedProcessFunction<RowData, RowData, RowData> {
  static final String STATE = "row";

  private static final long serialVersionUID = 1L;

  private static final int PARTITION = 0;
  private static final int OFFSET = 1;
  private static final int TIME = 2;

  /** When the key's timer fires; null without one. */
  private static final int TIMER = 3;

  /** Of the record that is on its way into the log; null where none is. */
  private static final int TOKEN = 4;

  /** Whether that record is a delete. */
  private static final int DELETES = 5;

  /** Whether others have written since. */
  private static final int OVERTAKEN = 6;

  /** What they wrote last; null where that is a delete. */
  private static final int BETWEEN = 7;

  private final long expireMs;
  private transient ValueState<RowData> state;

  ExpiryFunction(Duration expire) {
    this.expireMs = expire.toMillis();
  }

  @Override
  public void open(OpenContext context) {
    LogicalType[] types = {
      new IntType(false),
      new BigIntType(false),
      new BigIntType(false),
      new BigIntType(),
      new BigIntType(),
      new BooleanType(false),
      new BooleanType(false),
      new VarBinaryType(VarBinaryType.MAX_LENGTH)
    };
    String[] names = {
      "partition", "offset", "time", "timer", "token", "deletes", "overtaken", "between"
    };
    state =
        getRuntimeContext()
            .getState(new ValueStateDescriptor<>(STATE, InternalTypeInfo.ofFields(types, names)));
  }

  @Override
  public void processElement(RowData record, Context context, Collector<RowData> out)
      throws Exception {
    GenericRowData row = row();
    boolean deleted = record.isNullAt(ExpiryHandler.VALUE);
    if (row == null) {
      if (!deleted) {
        keep(seen(record, GenericRowData.of(0, 0L, 0L, null, null, false, false, null)), context);
      }
    } else if (row.isNullAt(TOKEN)) {
      settle(seen(record, row), deleted, context);
    } else if (isAwaited(record, row)) {
      readBack(seen(record, row), deleted, context, out);
    } else {
      row.setField(OVERTAKEN, true);
      row.setField(BETWEEN, deleted ? null : record.getBinary(ExpiryHandler.VALUE));
      state.update(seen(record, row));
    }
  }

  private static boolean isAwaited(RowData record, RowData row) {
    return !record.isNullAt(ExpiryHandler.TOKEN)
        && record.getLong(ExpiryHandler.TOKEN) == row.getLong(TOKEN);
  }

  private void readBack(
      GenericRowData row, boolean deleted, Context context, Collector<RowData> out)
      throws Exception {
    boolean undone =
        row.getBoolean(OVERTAKEN) && !(row.getBoolean(DELETES) && row.isNullAt(BETWEEN));
    if (undone) {
      write(row, (byte[]) row.getField(BETWEEN), context, out);
    } else {
      row.setField(TOKEN, null);
      settle(row, deleted, context);
    }
  }

  private void settle(GenericRowData row, boolean deleted, Context context) throws Exception {
    if (deleted) {
      // A timer that is left finds nothing.
      state.clear();
    } else {
      keep(row, context);
    }
  }

  /** One timer a key: a row that is set again and again has its time looked at when it fires. */
  private void keep(GenericRowData row, Context context) throws Exception {
    long due = row.getLong(TIME) + expireMs;
    if (row.isNullAt(TIMER) || row.getLong(TIMER) > due) {
      context.timerService().registerProcessingTimeTimer(due);
      row.setField(TIMER, due);
    }
    state.update(row);
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<RowData> out)
      throws Exception {
    GenericRowData row = row();
    if (row == null) {
      return;
    }
    if (!row.isNullAt(TIMER) && row.getLong(TIMER) <= timestamp) {
      row.setField(TIMER, null);
    }
    if (!row.isNullAt(TOKEN)) {
      // Looked at when the record is read back.
      state.update(row);
    } else if (row.getLong(TIME) + expireMs <= timestamp) {
      write(row, null, context, out);
    } else {
      keep(row, context);
    }
  }

  /** Writes a record in the order of {@code RawLayout}, and waits until it is read. */
  private void write(GenericRowData row, byte[] value, Context context, Collector<RowData> out)
      throws Exception {
    long token = row.getLong(OFFSET);
    row.setField(TOKEN, token);
    row.setField(DELETES, value == null);
    row.setField(OVERTAKEN, false);
    row.setField(BETWEEN, null);
    state.update(row);
    RowData key = context.getCurrentKey();
    out.collect(
        GenericRowData.of(key.getBinary(0), value, row.getInt(PARTITION), ExpiryJob.bytes(token)));
  }

  private static GenericRowData seen(RowData record, GenericRowData row) {
    row.setField(PARTITION, record.getInt(ExpiryHandler.PARTITION));
    row.setField(OFFSET, record.getLong(ExpiryHandler.OFFSET));
    row.setField(TIME, record.getLong(ExpiryHandler.TIME));
    return row;
  }

  private GenericRowData row() throws Exception {
    RowData stored = state.value();
    if (stored == null) {
      return null;
    }
    return GenericRowData.of(
        stored.getInt(PARTITION),
        stored.getLong(OFFSET),
        stored.getLong(TIME),
        stored.isNullAt(TIMER) ? null : stored.getLong(TIMER),
        stored.isNullAt(TOKEN) ? null : stored.getLong(TOKEN),
        stored.getBoolean(DELETES),
        stored.getBoolean(OVERTAKEN),
        stored.isNullAt(BETWEEN) ? null : stored.getBinary(BETWEEN));
  }
}
