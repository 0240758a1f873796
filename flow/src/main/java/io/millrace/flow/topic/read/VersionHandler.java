package io.millrace.flow.topic.read;

import io.millrace.catalog.History;
import io.millrace.catalog.Relation;
import io.millrace.flow.topic.TopicTable;
import io.millrace.format.DecodeException;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.utils.ProjectedRowData;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The versions of a table with history as a stream: each record of {@code t$history} is a version
 * that began at {@code valid_from}, or one more telling of it. Times are cut to milliseconds, which
 * is what Flink's event time has. That a version turned out never to have begun is passed over: it
 * was the one that began before it, by another name.
 */
public final class VersionHandler implements RecordHandler<RowData> {
  /** The option of a relation that is such a stream. */
  public static final String OPTION = "_versions";

  private static final long serialVersionUID = 1L;
  private static final DataType STORED = DataType.timestampLtz(6);

  private final int columns;

  /** Where the times stand in a row as it is read. */
  private final int from;

  private final int to;
  private final RowHandler rows;
  private transient Version version;

  /**
   * @param schema of the stream
   * @param projection indexes into it; the times are read in any case
   */
  public VersionHandler(RowSchema schema, int[] projection) {
    int[] times = {schema.indexOf(History.VALID_FROM), schema.indexOf(History.VALID_TO)};
    int[] read =
        IntStream.concat(IntStream.of(projection), IntStream.of(times)).distinct().toArray();
    this.columns = projection.length;
    this.from = indexOf(read, times[0]);
    this.to = indexOf(read, times[1]);
    this.rows = new RowHandler(read, List.of());
  }

  private static int indexOf(int[] values, int value) {
    return IntStream.range(0, values.length)
        .filter(i -> values[i] == value)
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void open(TopicTable table) {
    version = new Version();
    rows.open(table.withRelation(stored(table.relation())));
  }

  private static Relation stored(Relation stream) {
    List<Column> columns = stream.schema().columns().stream().map(VersionHandler::stored).toList();
    return stream.withSchema(
        new RowSchema(columns, List.of()), stream.columnOrder(), stream.valueSchemaId());
  }

  private static Column stored(Column column) {
    String name = column.name();
    return name.equals(History.VALID_FROM) || name.equals(History.VALID_TO)
        ? new Column(name, STORED.withNullable(column.type().nullable()), column.comment())
        : column;
  }

  @Override
  public void handle(ConsumerRecord<byte[], byte[]> record, Consumer<RowData> target)
      throws DecodeException {
    if (record.value() != null) {
      rows.handle(record, row -> target.accept(version.of(row)));
    }
  }

  @Override
  public void close() {
    rows.close();
  }

  /** A row as read, its times in milliseconds, without columns that were not asked for. */
  private final class Version extends ProjectedRowData {
    private RowData row;

    Version() {
      super(IntStream.range(0, columns).toArray(), false);
    }

    Version of(RowData newRow) {
      row = newRow;
      replaceRow(newRow);
      return this;
    }

    @Override
    public TimestampData getTimestamp(int position, int precision) {
      return position == from || position == to
          ? TimestampData.fromEpochMillis(millis(position))
          : super.getTimestamp(position, precision);
    }

    private long millis(int position) {
      return row.getTimestamp(position, 6).getMillisecond();
    }

    /** When what the row tells took place: the version began, or ended. */
    long happened() {
      return millis(row.isNullAt(to) ? from : to);
    }
  }

  /**
   * Versions are told in the order in which the table changed, so that each says how far its
   * partition has come. None is late: a join finds it by its time.
   */
  public static final class Time implements EventTime<RowData> {
    private static final long serialVersionUID = 1L;

    @Override
    public void open(SourceReaderContext context) {}

    @Override
    public boolean declaresWatermarks() {
      return true;
    }

    /** One more may tell of the same millisecond. */
    @Override
    public long watermark(RowData row) {
      return ((Version) row).happened() - 1;
    }

    @Override
    public long timestamp(RowData row) {
      return Long.MAX_VALUE;
    }
  }
}
