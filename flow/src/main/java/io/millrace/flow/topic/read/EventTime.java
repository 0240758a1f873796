package io.millrace.flow.topic.read;

import java.io.Serializable;
import org.apache.flink.api.connector.source.SourceReaderContext;

/** What a row says about time. One per reader, used by the task's thread. */
public interface EventTime<T> extends Serializable {
  /** No watermark, nobody to notice. */
  long NONE = Long.MIN_VALUE;

  void open(SourceReaderContext context);

  /** Whether rows drive the watermark; otherwise marks do. */
  boolean declaresWatermarks();

  /** The watermark that this row stands for, or {@link #NONE}. */
  long watermark(T row);

  /** The row's event time, or {@link Long#MAX_VALUE} where it has none. */
  long timestamp(T row);
}
