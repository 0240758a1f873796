package io.millrace.flow.topic.read;

import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.table.data.RowData;

/**
 * Event time that is computed behind the reader, where marks drive the watermark: the planner is
 * told that the watermark is the event time itself, so that its generator computes it here.
 */
public final class ComputedTime implements EventTime<RowData> {
  private static final long serialVersionUID = 1L;

  private final DeclaredTime time;

  /** {@code time}: of the declaration {@code WATERMARK FOR t AS t}. */
  public ComputedTime(DeclaredTime time) {
    this.time = time;
  }

  @Override
  public void open(SourceReaderContext context) {
    time.open(context);
  }

  @Override
  public boolean declaresWatermarks() {
    return false;
  }

  @Override
  public long watermark(RowData row) {
    return NONE;
  }

  /**
   * A time that cannot be computed is no late one: whether that is an error is for the query to
   * tell, which may not ask for it.
   */
  @Override
  public long timestamp(RowData row) {
    try {
      long computed = time.watermark(row);
      return computed == NONE ? Long.MAX_VALUE : computed;
    } catch (RuntimeException notAsked) {
      return Long.MAX_VALUE;
    }
  }
}
