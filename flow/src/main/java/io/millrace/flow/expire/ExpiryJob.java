package io.millrace.flow.expire;

import io.millrace.catalog.Relation;
import io.millrace.flow.topic.FlinkTypes;
import io.millrace.flow.topic.TopicTable;
import io.millrace.flow.topic.read.MarkedSource;
import io.millrace.flow.topic.write.MarkedSink;
import io.millrace.flow.topic.write.RawLayout;
import io.millrace.sql.WatermarkDefinition;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;

/**
 * The job that deletes the rows of a table that are too old: by the column of its WATERMARK, or
 * where it has none by when each was written. Keys and values go through as bytes, so that a delete
 * has the key that its row was written with, and lies in the same partition.
 */
public final class ExpiryJob {
  /** Header of the records that the job writes. */
  static final String HEADER = "millrace.expire";

  private final TopicTable table;
  private final Duration expire;

  /** {@code table} is read, and written to without marks. */
  public ExpiryJob(TopicTable table, Duration expire) {
    this.table = table;
    this.expire = expire;
  }

  public StreamExecutionEnvironment translate(Configuration configuration) {
    StreamExecutionEnvironment environment = new StreamExecutionEnvironment(configuration);
    String name = table.relation().name().toString();
    environment
        .fromSource(
            new MarkedSource<>(table, handler(), null, InternalTypeInfo.of(ExpiryHandler.TYPE)),
            WatermarkStrategy.noWatermarks(),
            "read " + name)
        .uid("rows")
        .keyBy(new Key())
        .transform(
            "expire " + name,
            InternalTypeInfo.of(RawLayout.TYPE),
            new WakingOperator(new ExpiryFunction(expire), ExpiryFunction.STATE))
        .uid("expire")
        .sinkTo(MarkedSink.ofRecords(table, HEADER))
        .name("write " + name)
        .uid("deletes");
    return environment;
  }

  private ExpiryHandler handler() {
    Relation relation = table.relation();
    int column =
        relation
            .watermark()
            .map(WatermarkDefinition::column)
            .map(relation.schema()::indexOf)
            .orElse(-1);
    return column < 0
        ? new ExpiryHandler(-1, 0)
        : new ExpiryHandler(
            column,
            LogicalTypeChecks.getPrecision(
                FlinkTypes.toFlink(relation.schema().column(column).type()).getLogicalType()));
  }

  static byte[] bytes(long number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }

  static long number(byte[] bytes) {
    return ByteBuffer.wrap(bytes).getLong();
  }

  /** The bytes of a record's key. */
  static final class Key implements KeySelector<RowData, RowData>, ResultTypeQueryable<RowData> {
    private static final long serialVersionUID = 1L;
    private static final RowType TYPE =
        RowType.of(new VarBinaryType(false, VarBinaryType.MAX_LENGTH));

    private transient RowDataSerializer serializer;

    @Override
    public RowData getKey(RowData record) {
      if (serializer == null) {
        serializer = new RowDataSerializer(TYPE);
      }
      return serializer
          .toBinaryRow(GenericRowData.of((Object) record.getBinary(ExpiryHandler.KEY)))
          .copy();
    }

    @Override
    public TypeInformation<RowData> getProducedType() {
      return InternalTypeInfo.of(TYPE);
    }
  }
}
