package io.millrace.flow.topic;

import io.millrace.flow.topic.read.MarkedSource;
import io.millrace.flow.topic.read.RawHandler;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/**
 * A Flink source of records as they are, for deliveries that decode straight into their target.
 * Control records are swallowed, positions are restored from checkpoints, a bounded read ends at
 * the table's end positions, and a position that retention has passed fails with DATA_EXPIRED. The
 * emitted {@link RawRecord} is reused: run with object reuse and chain the consumer to the source.
 */
public final class RawTopicSource extends MarkedSource<RawRecord> {
  private static final long serialVersionUID = 1L;

  public RawTopicSource(TopicTable table) {
    super(table, new RawHandler(), null, TypeInformation.of(RawRecord.class));
  }
}
