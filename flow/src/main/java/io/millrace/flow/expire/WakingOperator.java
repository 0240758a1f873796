package io.millrace.flow.expire;

import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.table.data.RowData;

/**
 * Runs a function whose timer fires for every key at each start, besides those that it registers:
 * how long rows are kept may have become another duration.
 */
public final class WakingOperator extends KeyedProcessOperator<RowData, RowData, RowData> {
  private static final long serialVersionUID = 1L;

  private final String state;

  /** {@code state}: a state of the function; every key that has it is woken. */
  public WakingOperator(KeyedProcessFunction<RowData, RowData, RowData> function, String state) {
    super(function);
    this.state = state;
  }

  @Override
  public void open() throws Exception {
    super.open();
    InternalTimerService<VoidNamespace> timers =
        getInternalTimerService("user-timers", VoidNamespaceSerializer.INSTANCE, this);
    List<RowData> keys;
    try (Stream<RowData> known =
        this.<RowData>getKeyedStateBackend().getKeys(state, VoidNamespace.INSTANCE)) {
      keys = known.toList();
    }
    for (RowData key : keys) {
      setCurrentKey(key);
      timers.registerProcessingTimeTimer(VoidNamespace.INSTANCE, timers.currentProcessingTime());
    }
  }
}
