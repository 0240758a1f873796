package io.millrace.flow.history;

import io.millrace.catalog.Expiry;
import io.millrace.catalog.History;
import io.millrace.catalog.Relation;
import io.millrace.flow.expire.WakingOperator;
import io.millrace.flow.topic.FlinkTypes;
import io.millrace.flow.topic.TopicTable;
import io.millrace.flow.topic.read.MarkedSource;
import io.millrace.flow.topic.read.RecordHandler;
import io.millrace.flow.topic.write.MarkedSink;
import io.millrace.flow.topic.write.RowLayout;
import io.millrace.format.Formats;
import io.millrace.model.RowSchema;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.shaded.guava33.com.google.common.hash.Hashing;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.util.OutputTag;

/**
 * The job of a table with history: {@code t$changes} to {@code t} and {@code t$history}, or, where
 * a query fills {@code t}, {@code t} to {@code t$history}.
 */
public final class HistoryJob {
  private static final String CHANGES = "changes";
  private static final String HISTORY = "history";
  private static final String CURRENT = "current";
  private static final String VERSIONS = "versions";

  private final TopicTable read;
  private final RecordHandler<RowData> handler;
  private final TopicTable current;
  private final boolean writesCurrent;
  private final TopicTable versions;

  private HistoryJob(
      TopicTable read,
      RecordHandler<RowData> handler,
      TopicTable current,
      boolean writesCurrent,
      TopicTable versions) {
    this.read = read;
    this.handler = handler;
    this.current = current;
    this.writesCurrent = writesCurrent;
    this.versions = versions;
  }

  /**
   * @param changes read
   * @param current the table itself, written
   * @param versions written, under other transactional ids than {@code current}
   */
  public static HistoryJob ofChanges(TopicTable changes, TopicTable current, TopicTable versions) {
    return new HistoryJob(
        changes, new ChangeHandler(current.relation().schema()), current, true, versions);
  }

  /** A row of {@code table} holds from when it was written to its topic. */
  public static HistoryJob ofRows(TopicTable table, TopicTable versions) {
    return new HistoryJob(
        table, new UpsertHandler(table.relation().schema()), table, false, versions);
  }

  /**
   * Adds the table's operators to a job. State finds its way back by their uids, which begin with
   * {@code prefix}: empty in a job of one table, else the table's own for ever.
   */
  public void addTo(StreamExecutionEnvironment environment, String prefix) {
    RowSchema schema = current.relation().schema();
    RowType change = (RowType) FlinkTypes.toFlink(History.changes(schema)).getLogicalType();
    RowType row = (RowType) change.getTypeAt(ChangeHandler.AFTER);
    OutputTag<RowData> sideOutput =
        new OutputTag<>("versions", InternalTypeInfo.of(types(versions)));
    SingleOutputStreamOperator<RowData> corrected =
        environment
            .fromSource(
                new MarkedSource<>(read, handler, null, InternalTypeInfo.of(change)),
                WatermarkStrategy.noWatermarks(),
                "read " + read.relation().name())
            .uid(prefix + CHANGES)
            .keyBy(new Key(row, schema.keyIndexes()))
            .transform(
                "history of " + current.relation().name(),
                InternalTypeInfo.of(types(current)),
                new WakingOperator(
                    new HistoryFunction(
                        row,
                        schema.keyIndexes(),
                        tracked(),
                        Formats.isDebezium(read.relation().format()),
                        expire(),
                        sideOutput),
                    HistoryFunction.clocked(expire())))
            .uid(prefix + HISTORY);
    if (writesCurrent) {
      corrected
          .sinkTo(sink(current))
          .name("write " + current.relation().name())
          .uid(prefix + CURRENT);
    }
    corrected
        .getSideOutput(sideOutput)
        .sinkTo(sink(versions))
        .name("write " + versions.relation().name())
        .uid(prefix + VERSIONS);
  }

  /** The operators that {@link #addTo} makes: Flink hashes their uids. */
  public static Set<OperatorID> operators(String prefix) {
    return Stream.of(CHANGES, HISTORY, CURRENT, VERSIONS)
        .map(
            uid ->
                Hashing.murmur3_128(0)
                    .newHasher()
                    .putString(prefix + uid, StandardCharsets.UTF_8)
                    .hash()
                    .asBytes())
        .map(OperatorID::new)
        .collect(Collectors.toSet());
  }

  /** Rows that are not made here are deleted where they are made. */
  private long expire() {
    Optional<Duration> expire =
        writesCurrent ? Expiry.of(current.relation().options()) : Optional.empty();
    return expire.map(duration -> duration.toMillis() * 1000).orElse(Timeline.OPEN);
  }

  private int[] tracked() {
    RowSchema schema = current.relation().schema();
    String columns = current.relation().options().get(History.TRACKED);
    return columns == null
        ? IntStream.range(0, schema.size()).toArray()
        : Arrays.stream(columns.split(",")).mapToInt(c -> schema.indexOf(c.strip())).toArray();
  }

  /** A table's columns, each as a change may hold it: null. */
  private static RowType types(TopicTable table) {
    RowType all = (RowType) FlinkTypes.toFlink(table.relation().schema()).getLogicalType();
    return RowType.of(
        all.getChildren().stream().map(type -> type.copy(true)).toArray(LogicalType[]::new),
        all.getFieldNames().toArray(String[]::new));
  }

  private static MarkedSink sink(TopicTable table) {
    Relation relation = table.relation();
    return new MarkedSink(
        table,
        new RowLayout(
            new ArrayList<>(types(table).getChildren()),
            IntStream.range(0, relation.schema().size()).toArray(),
            -1));
  }

  /** The primary key of the row that a change is about. */
  static final class Key implements KeySelector<RowData, RowData>, ResultTypeQueryable<RowData> {
    private static final long serialVersionUID = 1L;

    private final RowType row;
    private final int[] keys;
    private transient RowData.FieldGetter[] getters;
    private transient RowDataSerializer serializer;

    Key(RowType row, int[] keys) {
      this.row = row;
      this.keys = keys;
    }

    private RowType type() {
      return RowType.of(Arrays.stream(keys).mapToObj(row::getTypeAt).toArray(LogicalType[]::new));
    }

    @Override
    public RowData getKey(RowData change) {
      if (getters == null) {
        getters =
            Arrays.stream(keys)
                .mapToObj(key -> RowData.createFieldGetter(row.getTypeAt(key), key))
                .toArray(RowData.FieldGetter[]::new);
        serializer = new RowDataSerializer(type());
      }
      RowData whole = ChangeHandler.keyed(change, row.getFieldCount());
      GenericRowData key = new GenericRowData(getters.length);
      for (int i = 0; i < getters.length; i++) {
        key.setField(i, getters[i].getFieldOrNull(whole));
      }
      return serializer.toBinaryRow(key).copy();
    }

    @Override
    public TypeInformation<RowData> getProducedType() {
      return InternalTypeInfo.of(type());
    }
  }
}
