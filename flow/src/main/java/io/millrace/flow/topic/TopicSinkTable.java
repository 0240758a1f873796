package io.millrace.flow.topic;

import io.millrace.catalog.Relation;
import io.millrace.flow.topic.read.Metadata;
import io.millrace.flow.topic.write.MarkedSink;
import io.millrace.flow.topic.write.RowLayout;
import io.millrace.model.RowSchema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.sink.SinkV2Provider;
import org.apache.flink.table.connector.sink.abilities.SupportsWritingMetadata;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.types.RowKind;

/**
 * A topic that a query fills. A table takes an upsert changelog and writes DELETE rows as
 * tombstones, or any changelog, whose UPDATE_BEFORE rows are tombstones too; a stream takes inserts
 * alone. Writing metadata column {@code partition} sends a row to that partition, modulo their
 * number.
 */
final class TopicSinkTable implements DynamicTableSink, SupportsWritingMetadata {
  private static final ChangelogMode UPSERT =
      ChangelogMode.newBuilder()
          .addContainedKind(RowKind.INSERT)
          .addContainedKind(RowKind.UPDATE_AFTER)
          .addContainedKind(RowKind.DELETE)
          .build();

  private final TopicTable table;
  private final DataType physical;
  private final boolean takesBefore;
  private boolean writesPartition;

  /** {@code takesBefore} asks the planner to keep UPDATE_BEFORE rows. */
  TopicSinkTable(TopicTable table, DataType physical, boolean takesBefore) {
    this.table = table;
    this.physical = physical;
    this.takesBefore = takesBefore;
  }

  @Override
  public DynamicTableSink copy() {
    TopicSinkTable copy = new TopicSinkTable(table, physical, takesBefore);
    copy.writesPartition = writesPartition;
    return copy;
  }

  @Override
  public String asSummaryString() {
    return "topic " + table.relation().topic();
  }

  @Override
  public ChangelogMode getChangelogMode(ChangelogMode requested) {
    if (!table.relation().isTable()) {
      return ChangelogMode.insertOnly();
    }
    return takesBefore ? ChangelogMode.all() : UPSERT;
  }

  @Override
  public Map<String, DataType> listWritableMetadata() {
    return Map.of(
        Metadata.PARTITION.key(), FlinkTypes.toFlink(Metadata.PARTITION.type()).nullable());
  }

  @Override
  public void applyWritableMetadata(List<String> keys, DataType consumed) {
    writesPartition = !keys.isEmpty();
  }

  @Override
  public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
    Relation relation = table.relation();
    List<String> names = DataType.getFieldNames(physical);
    List<LogicalType> written = physical.getLogicalType().getChildren();
    RowSchema schema = relation.schema();
    int[] fields = new int[schema.size()];
    LogicalType[] types = new LogicalType[schema.size()];
    Arrays.fill(fields, -1);
    for (int i = 0; i < fields.length; i++) {
      types[i] = FlinkTypes.toFlink(schema.column(i).type()).getLogicalType();
      for (int j = 0; j < names.size(); j++) {
        if (names.get(j).equalsIgnoreCase(schema.column(i).name())) {
          fields[i] = j;
          types[i] = written.get(j);
        }
      }
    }
    return SinkV2Provider.of(
        new MarkedSink(
            table,
            new RowLayout(
                new ArrayList<>(Arrays.asList(types)),
                fields,
                writesPartition ? names.size() : -1)));
  }
}
