package io.millrace.flow.push;

import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.dag.Transformation;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.transformations.SinkTransformation;
import org.apache.flink.table.data.RowData;
import org.apache.flink.types.RowKind;

/**
 * Counts the rows that reach a sink, so that INSERT can say how many it wrote. The count is part of
 * the job's state: rows that are written again after a restart count once.
 */
final class RowCounter extends RichMapFunction<RowData, RowData> implements CheckpointedFunction {
  private static final long serialVersionUID = 1L;
  static final String ROWS = "rows";

  private transient LongCounter rows;
  private transient ListState<Long> state;
  private transient long restored;

  /** The same sink with a counter in front of it. */
  static Transformation<?> before(Transformation<?> sink) {
    if (!(sink instanceof SinkTransformation<?, ?> transformation)) {
      throw new IllegalStateException("Not a sink: " + sink);
    }
    @SuppressWarnings("unchecked") // Flink SQL hands nothing but RowData to sinks.
    SinkTransformation<RowData, ?> rowSink = (SinkTransformation<RowData, ?>) transformation;
    DataStream<RowData> input = rowSink.getInputStream();
    return input
        .map(new RowCounter())
        .returns(input.getType())
        .setParallelism(sink.getParallelism())
        .uid("counter")
        .sinkTo(rowSink.getSink())
        .setParallelism(sink.getParallelism())
        .name(sink.getName())
        .uid(sink.getUid() == null ? "sink" : sink.getUid())
        .getTransformation();
  }

  @Override
  public void open(OpenContext context) {
    rows = new LongCounter();
    rows.add(restored);
    getRuntimeContext().addAccumulator(ROWS, rows);
  }

  @Override
  public RowData map(RowData row) {
    if (row.getRowKind() != RowKind.UPDATE_BEFORE) {
      rows.add(1);
    }
    return row;
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    state =
        context.getOperatorStateStore().getListState(new ListStateDescriptor<>(ROWS, Types.LONG));
    restored = 0;
    for (Long count : state.get()) {
      restored += count;
    }
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    state.clear();
    state.add(rows.getLocalValuePrimitive());
  }
}
