package io.millrace.flow.topic.lookup;

import io.millrace.flow.topic.FlowMetrics;
import io.millrace.flow.topic.TopicTable;
import java.util.Collection;
import java.util.List;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.LookupFunction;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.types.RowKind;

/**
 * Looks up the current rows of a table in memory. The whole table is there before the first lookup,
 * and shared with the other subtasks of the process.
 */
public final class TableLookup extends LookupFunction {
  private static final long serialVersionUID = 1L;

  private final TopicTable table;
  private final int[] projection;
  private final int[] keyColumns;
  private final LogicalType[] keyTypes;
  private transient TableCache cache;
  private transient RowDataSerializer keys;

  /** {@code keyColumns} are indexes into the projected row. */
  public TableLookup(TopicTable table, int[] projection, int[] keyColumns) {
    this.table = table;
    this.projection = projection.clone();
    this.keyColumns = keyColumns.clone();
    this.keyTypes = TableCache.keyTypes(table.relation(), projection, keyColumns);
  }

  @Override
  public void open(FunctionContext context) {
    keys = new RowDataSerializer(keyTypes);
    cache = TableCaches.ofThisProcess().acquire(table, projection, keyColumns);
    context.getMetricGroup().gauge(FlowMetrics.LOOKUP_DECODE_ERRORS, (Gauge<Long>) cache::refused);
  }

  @Override
  public Collection<RowData> lookup(RowData key) {
    for (int i = 0; i < keyColumns.length; i++) {
      if (key.isNullAt(i)) {
        return List.of();
      }
    }
    BinaryRowData binary = keys.toBinaryRow(key);
    binary.setRowKind(RowKind.INSERT);
    return cache.find(binary);
  }

  @Override
  public void close() {
    if (cache != null) {
      TableCaches.ofThisProcess().release(cache);
      cache = null;
    }
  }
}
