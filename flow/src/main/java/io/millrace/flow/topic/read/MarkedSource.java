package io.millrace.flow.topic.read;

import io.millrace.flow.topic.LeftOutRows;
import io.millrace.flow.topic.TopicTable;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.RichSourceReaderContext;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * A topic as a Flink source of committed records. Its watermarks are per partition and its own:
 * from a declared strategy, or from the marks in record headers; run it with {@code
 * WatermarkStrategy.noWatermarks()}. A partition is idle only once its reader has stood at the end
 * for the table's time-out, so catching up never drops a row as late.
 */
public class MarkedSource<T>
    implements Source<T, PartitionSplit, Assignment>, ResultTypeQueryable<T> {
  private static final long serialVersionUID = 1L;

  private final TopicTable table;
  private final RecordHandler<T> handler;
  private final EventTime<T> time;
  private final TypeInformation<T> type;

  /** {@code time} is null where rows say nothing about it; marks still may. */
  public MarkedSource(
      TopicTable table, RecordHandler<T> handler, EventTime<T> time, TypeInformation<T> type) {
    this.table = table;
    this.handler = handler;
    this.time = time;
    this.type = type;
  }

  @Override
  public Boundedness getBoundedness() {
    return table.end().isPresent() ? Boundedness.BOUNDED : Boundedness.CONTINUOUS_UNBOUNDED;
  }

  @Override
  public TypeInformation<T> getProducedType() {
    return type;
  }

  @Override
  public SourceReader<T, PartitionSplit> createReader(SourceReaderContext context) {
    if (time != null) {
      time.open(context);
    }
    LeftOutRows leftOut =
        table.deadLetters()
            ? null
            : LeftOutRows.of(((RichSourceReaderContext) context).getRuntimeContext());
    RecordEmission<T> emission =
        new RecordEmission<>(table, handler, time, leftOut, context.metricGroup());
    boolean declares = time != null && time.declaresWatermarks();
    return new PartitionReader<>(table, emission, new Progress(), declares, context);
  }

  @Override
  public SplitEnumerator<PartitionSplit, Assignment> createEnumerator(
      SplitEnumeratorContext<PartitionSplit> context) {
    return restoreEnumerator(context, new Assignment(-1, false, List.of()));
  }

  @Override
  public SplitEnumerator<PartitionSplit, Assignment> restoreEnumerator(
      SplitEnumeratorContext<PartitionSplit> context, Assignment assignment) {
    return new PartitionEnumerator(table, context, assignment);
  }

  @Override
  public SimpleVersionedSerializer<PartitionSplit> getSplitSerializer() {
    return new SplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<Assignment> getEnumeratorCheckpointSerializer() {
    return new Assignment.Serializer();
  }
}
