package io.millrace.flow.topic.read;

import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;

/** Event time that stands in a column, where marks drive the watermark. */
public final class MarkedTime implements EventTime<RowData> {
  private static final long serialVersionUID = 1L;

  private final int column;

  /** {@code column}: of the rows read, a TIMESTAMP(3) or TIMESTAMP_LTZ(3). */
  public MarkedTime(int column) {
    this.column = column;
  }

  @Override
  public void open(SourceReaderContext context) {}

  @Override
  public boolean declaresWatermarks() {
    return false;
  }

  @Override
  public long watermark(RowData row) {
    return NONE;
  }

  /** Rows are binary, and of this precision they hold milliseconds, see {@link TimestampData}. */
  @Override
  public long timestamp(RowData row) {
    return row.isNullAt(column) ? Long.MAX_VALUE : row.getLong(column);
  }
}
