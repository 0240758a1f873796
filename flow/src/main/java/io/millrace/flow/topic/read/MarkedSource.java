package io.millrace.flow.topic.read;

import io.millrace.flow.topic.TopicTable;
import java.util.List;
import java.util.function.Supplier;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.util.clock.RelativeClock;
import org.apache.flink.util.clock.SystemClock;

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
  private final WatermarkStrategy<T> declared;
  private final TypeInformation<T> type;

  /** {@code declared} is null where marks or nothing drive event time. */
  public MarkedSource(
      TopicTable table,
      RecordHandler<T> handler,
      WatermarkStrategy<T> declared,
      TypeInformation<T> type) {
    this.table = table;
    this.handler = handler;
    this.declared = declared;
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
    RecordEmission<T> emission = new RecordEmission<>(table, handler, context.metricGroup());
    return new PartitionReader<>(table, emission, new Progress(), generators(context), context);
  }

  private Supplier<WatermarkGenerator<T>> generators(SourceReaderContext context) {
    if (declared == null) {
      return () -> null;
    }
    WatermarkGeneratorSupplier.Context clock =
        new WatermarkGeneratorSupplier.Context() {
          @Override
          public MetricGroup getMetricGroup() {
            return context.metricGroup();
          }

          @Override
          public RelativeClock getInputActivityClock() {
            return SystemClock.getInstance();
          }
        };
    return () -> declared.createWatermarkGenerator(clock);
  }

  @Override
  public SplitEnumerator<PartitionSplit, Assignment> createEnumerator(
      SplitEnumeratorContext<PartitionSplit> context) {
    return restoreEnumerator(context, new Assignment(-1, List.of()));
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
