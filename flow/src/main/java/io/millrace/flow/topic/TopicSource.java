package io.millrace.flow.topic;

import io.millrace.catalog.Relation;
import io.millrace.flow.topic.lookup.TableLookup;
import io.millrace.flow.topic.read.ComputedTime;
import io.millrace.flow.topic.read.DeclaredTime;
import io.millrace.flow.topic.read.EventTime;
import io.millrace.flow.topic.read.MarkedSource;
import io.millrace.flow.topic.read.MarkedTime;
import io.millrace.flow.topic.read.Metadata;
import io.millrace.flow.topic.read.RowHandler;
import io.millrace.flow.topic.read.VersionHandler;
import io.millrace.model.RowSchema;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamSource;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.source.DataStreamScanProvider;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.LookupTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.connector.source.abilities.SupportsProjectionPushDown;
import org.apache.flink.table.connector.source.abilities.SupportsReadingMetadata;
import org.apache.flink.table.connector.source.abilities.SupportsSourceWatermark;
import org.apache.flink.table.connector.source.abilities.SupportsWatermarkPushDown;
import org.apache.flink.table.connector.source.lookup.LookupFunctionProvider;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;

/**
 * A topic as the planner sees it: only the columns asked for are decoded, watermarks are per
 * partition. A table is an upsert changelog whose DELETE rows carry the key alone, and may be
 * looked up.
 */
final class TopicSource
    implements ScanTableSource,
        LookupTableSource,
        SupportsProjectionPushDown,
        SupportsReadingMetadata,
        SupportsWatermarkPushDown,
        SupportsSourceWatermark {
  private final TopicTable table;

  /** Indexes into the relation's schema, one per physical column of the rows produced. */
  private int[] projection;

  private List<Metadata> metadata = List.of();
  private DataType produced;
  private WatermarkStrategy<RowData> watermark;

  private final DataType physical;

  TopicSource(TopicTable table, DataType physical) {
    this.table = table;
    this.physical = physical;
    this.produced = physical;
    this.projection = indexes(IntStream.range(0, DataType.getFieldCount(physical)).toArray());
  }

  /** A stored plan may know fewer columns than the relation has by now, so names decide. */
  private int[] indexes(int[] fields) {
    List<String> names = DataType.getFieldNames(physical);
    RowSchema schema = table.relation().schema();
    return Arrays.stream(fields)
        .map(
            field -> {
              int index = schema.indexOf(names.get(field));
              if (index < 0) {
                throw new ValidationException(
                    "Cannot read column " + names.get(field) + ": the contract has no such column");
              }
              return index;
            })
        .toArray();
  }

  @Override
  public DynamicTableSource copy() {
    TopicSource copy = new TopicSource(table, physical);
    copy.projection = projection;
    copy.metadata = metadata;
    copy.produced = produced;
    copy.watermark = watermark;
    return copy;
  }

  @Override
  public String asSummaryString() {
    return "topic " + table.relation().topic();
  }

  @Override
  public ChangelogMode getChangelogMode() {
    return table.relation().isTable() ? ChangelogMode.upsert() : ChangelogMode.insertOnly();
  }

  @Override
  public boolean supportsNestedProjection() {
    return false;
  }

  @Override
  public void applyProjection(int[][] fields, DataType newProduced) {
    projection = indexes(Arrays.stream(fields).mapToInt(path -> path[0]).toArray());
    produced = newProduced;
  }

  @Override
  public Map<String, DataType> listReadableMetadata() {
    Map<String, DataType> all = new LinkedHashMap<>();
    for (Metadata one : Metadata.values()) {
      // As nullable as a column is declared: a cast between the two would be a projection behind
      // the scan, which copies every row.
      all.put(one.key(), FlinkTypes.toFlink(one.type()).nullable());
    }
    return all;
  }

  @Override
  public void applyReadableMetadata(List<String> keys, DataType newProduced) {
    metadata = keys.stream().map(key -> Metadata.of(key).orElseThrow()).toList();
    produced = newProduced;
  }

  @Override
  public void applyWatermark(WatermarkStrategy<RowData> strategy) {
    watermark = strategy;
  }

  /** Marks drive the reader in any case unless a watermark was declared. */
  @Override
  public void applySourceWatermark() {
    watermark = null;
  }

  @Override
  public ScanRuntimeProvider getScanRuntimeProvider(ScanContext context) {
    Relation relation = table.relation();
    MarkedSource<RowData> source =
        new MarkedSource<>(
            table,
            isVersions()
                ? new VersionHandler(relation.schema(), projection)
                : new RowHandler(projection, metadata),
            eventTime(),
            context.createTypeInformation(produced));
    return new DataStreamScanProvider() {
      @Override
      public DataStream<RowData> produceDataStream(
          ProviderContext provider, StreamExecutionEnvironment environment) {
        DataStreamSource<RowData> stream =
            environment.fromSource(
                source,
                WatermarkStrategy.noWatermarks(),
                "read " + relation.name(),
                source.getProducedType());
        provider.generateUid("topic").ifPresent(stream::uid);
        return stream;
      }

      @Override
      public boolean isBounded() {
        return table.end().isPresent();
      }
    };
  }

  /** Whether it is read for its versions, see {@link VersionHandler}. */
  private boolean isVersions() {
    return table.relation().options().containsKey(VersionHandler.OPTION);
  }

  /** Null where rows say nothing about time. */
  private EventTime<RowData> eventTime() {
    Relation relation = table.relation();
    if (isVersions()) {
      return new VersionHandler.Time();
    }
    if (watermark != null) {
      DeclaredTime declared = new DeclaredTime(watermark);
      return relation.eventTime() == Relation.EventTime.MARKS
          ? new ComputedTime(declared)
          : declared;
    }
    if (relation.watermark().isEmpty() || relation.eventTime() != Relation.EventTime.MARKS) {
      return null;
    }
    int column = relation.schema().indexOf(relation.watermark().get().column());
    for (int i = 0; i < projection.length; i++) {
      if (projection[i] == column) {
        return new MarkedTime(i);
      }
    }
    return null;
  }

  @Override
  public LookupRuntimeProvider getLookupRuntimeProvider(LookupContext context) {
    Relation relation = table.relation();
    if (!relation.isTable()) {
      throw new ValidationException(
          "Cannot look up rows of stream " + relation.name() + ": only tables have current rows");
    }
    int[] keys = Arrays.stream(context.getKeys()).mapToInt(path -> path[0]).toArray();
    return LookupFunctionProvider.of(new TableLookup(table, projection, keys));
  }
}
