package io.millrace.flow.history;

import io.millrace.flow.history.Timeline.Change;
import io.millrace.flow.history.Timeline.Version;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.core.memory.MemorySegmentFactory;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.data.binary.BinarySegmentUtils;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Keeps all changes of each key and, with each new one, corrects the key's current row (the main
 * output) and its versions (the side output) where they differ from before. Both are changes by
 * key: upserts, and deletes that carry the key.
 *
 * <p>State grows with the number of changes, as the history does: a change that comes late needs
 * those around it, and no bound on lateness is asked for. One that comes in order needs the newest
 * alone, and costs the same however many the key has had.
 *
 * <p>Where rows expire, the clock is a change of its own: what was told of a key is what its
 * changes say by the clock of that time.
 */
final class HistoryFunction extends KeyedProcessFunction<RowData, RowData, RowData> {
  private static final long serialVersionUID = 1L;

  private static final int TIME = 0;
  private static final int POSITION = 1;
  private static final int WIDTH = 2;
  private static final int ROW = 3;
  private static final int BEGAN = 4;

  private static final int CLOCK = 0;
  private static final int EXPIRE = 1;
  private static final int TIMER = 2;

  private final RowType rowType;
  private final int[] keys;
  private final int[] tracked;
  private final int[] all;
  private final boolean positionsTellTheOrder;
  private final long expire;
  private final OutputTag<RowData> versions;

  private transient ListState<RowData> changes;

  /** The newest of the changes, and where the version began that it left open. */
  private transient ValueState<RowData> newest;

  /** By which clock and duration the key's versions were told last, and when its timer fires. */
  private transient ValueState<RowData> told;

  private transient RowDataSerializer rows;
  private transient RowData.FieldGetter[] fields;

  /**
   * @param rowType the table's columns as changes hold them
   * @param keys indexes of the primary key
   * @param tracked indexes of the columns whose change makes a version
   * @param positionsTellTheOrder whether times follow positions, which every change then has
   * @param expire how long a row holds that no change sets again, in microseconds; {@link
   *     Timeline#OPEN}: for ever
   */
  HistoryFunction(
      RowType rowType,
      int[] keys,
      int[] tracked,
      boolean positionsTellTheOrder,
      long expire,
      OutputTag<RowData> versions) {
    this.rowType = rowType;
    this.keys = keys.clone();
    this.tracked = tracked.clone();
    this.positionsTellTheOrder = positionsTellTheOrder;
    this.expire = expire;
    this.all = IntStream.range(0, rowType.getFieldCount()).toArray();
    this.versions = versions;
  }

  /** The state of every key whose rows the clock may end, or has ended. */
  static String clocked(long expire) {
    return expire == Timeline.OPEN ? "told" : "newest";
  }

  @Override
  public void open(OpenContext context) {
    LogicalType[] types = {
      new BigIntType(false),
      new BigIntType(),
      new IntType(false),
      new VarBinaryType(VarBinaryType.MAX_LENGTH),
      new BigIntType(false)
    };
    String[] names = {"time", "position", "width", "row", "began"};
    changes =
        getRuntimeContext()
            .getListState(
                new ListStateDescriptor<>(
                    "changes",
                    InternalTypeInfo.ofFields(
                        Arrays.copyOf(types, BEGAN), Arrays.copyOf(names, BEGAN))));
    newest =
        getRuntimeContext()
            .getState(
                new ValueStateDescriptor<>("newest", InternalTypeInfo.ofFields(types, names)));
    LogicalType[] clock = {new BigIntType(false), new BigIntType(false), new BigIntType()};
    told =
        getRuntimeContext()
            .getState(
                new ValueStateDescriptor<>(
                    "told",
                    InternalTypeInfo.ofFields(clock, new String[] {"clock", "expire", "timer"})));
    rows = new RowDataSerializer(rowType);
    fields = new RowData.FieldGetter[rowType.getFieldCount()];
    for (int i = 0; i < fields.length; i++) {
      fields[i] = RowData.createFieldGetter(rowType.getTypeAt(i), i);
    }
  }

  @Override
  public void processElement(RowData input, Context context, Collector<RowData> current)
      throws Exception {
    Change<RowData> change = change(input);
    RowData last = newest.value();
    if (last != null && change.time() > last.getLong(TIME)) {
      follow(restored(last), last.getLong(BEGAN), change, context, current);
    } else {
      insert(change, context, current);
    }
  }

  /** A change behind all others: whatever it says, only the version that was open may end. */
  private void follow(
      Change<RowData> last,
      long began,
      Change<RowData> change,
      Context context,
      Collector<RowData> current)
      throws Exception {
    Timeline<RowData> end = Timeline.after(this::isVersionOf, last, began);
    List<Version<RowData>> before = told(end);
    end.add(change);
    changes.add(stored(change));
    tell(change, before, end, context, current);
  }

  /** A change that comes first, late, or at the time of another: its place is looked for. */
  private void insert(Change<RowData> found, Context context, Collector<RowData> current)
      throws Exception {
    List<Change<RowData>> known = known();
    Timeline<RowData> timeline = new Timeline<>(this::isVersionOf, known);
    List<Version<RowData>> before = told(timeline);
    Change<RowData> change = positionsTellTheOrder ? timeline.inOrder(found) : found;
    if (!timeline.add(change)) {
      return;
    }
    Change<RowData> last = known.get(known.size() - 1);
    if (last == change) {
      changes.add(stored(change));
    } else {
      changes.update(known.stream().<RowData>map(this::stored).toList());
    }
    tell(last, before, timeline, context, current);
  }

  /** The clock alone has moved, or how long rows are kept. */
  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<RowData> current)
      throws Exception {
    RowData stored = newest.value();
    RowData clock = told.value();
    Change<RowData> last = restored(stored);
    boolean sameDuration = clock != null && clock.getLong(EXPIRE) == expire;
    Timeline<RowData> timeline =
        sameDuration
            ? Timeline.after(this::isVersionOf, last, stored.getLong(BEGAN))
            : new Timeline<>(this::isVersionOf, known());
    tell(last, told(timeline), timeline, context, current);
  }

  private List<Change<RowData>> known() throws Exception {
    List<Change<RowData>> known = new ArrayList<>();
    for (RowData stored : changes.get()) {
      known.add(restored(stored));
    }
    return known;
  }

  private boolean isVersionOf(RowData one, RowData other) {
    return isSame(one, other, tracked);
  }

  /** The versions as they were told last. */
  private List<Version<RowData>> told(Timeline<RowData> timeline) throws Exception {
    RowData clock = told.value();
    return clock == null
        ? timeline.versions()
        : timeline.versions(clock.getLong(CLOCK), clock.getLong(EXPIRE));
  }

  private void tell(
      Change<RowData> last,
      List<Version<RowData>> before,
      Timeline<RowData> timeline,
      Context context,
      Collector<RowData> current)
      throws Exception {
    List<Version<RowData>> after;
    RowData clock = told.value();
    if (expire != Timeline.OPEN) {
      long now = context.timerService().currentProcessingTime() * 1000;
      // A clock that was put back ends nothing anew.
      now = clock == null ? now : Math.max(now, clock.getLong(CLOCK));
      after = timeline.versions(now, expire);
      told.update(
          GenericRowData.of(now, expire, timer(clock, now, open(after) == null, last, context)));
    } else {
      after = timeline.versions();
      told.clear();
    }
    remember(last, after);
    emitCurrent(open(before), open(after), current);
    emitVersions(before, after, context);
  }

  /** One timer a key: a row that is set again and again has its time looked at when it fires. */
  private Long timer(RowData clock, long now, boolean gone, Change<RowData> last, Context context) {
    Long timer = clock == null || clock.isNullAt(TIMER) ? null : clock.getLong(TIMER);
    if (timer != null && timer * 1000 <= now) {
      timer = null;
    }
    long due = Math.floorDiv(last.time() + expire + 999, 1000L);
    if (gone || timer != null && timer <= due) {
      return timer;
    }
    context.timerService().registerProcessingTimeTimer(due);
    return due;
  }

  private void remember(Change<RowData> last, List<Version<RowData>> versions) throws Exception {
    GenericRowData stored = stored(last);
    GenericRowData state = new GenericRowData(BEGAN + 1);
    for (int field = 0; field < BEGAN; field++) {
      state.setField(field, stored.getField(field));
    }
    state.setField(
        BEGAN, last.row() == null ? last.time() : versions.get(versions.size() - 1).from());
    newest.update(state);
  }

  private Change<RowData> restored(RowData stored) {
    return new Change<>(
        stored.getLong(TIME),
        stored.isNullAt(POSITION) ? null : stored.getLong(POSITION),
        stored.isNullAt(ROW) ? null : row(stored.getInt(WIDTH), stored.getBinary(ROW)));
  }

  private Change<RowData> change(RowData input) {
    TimestampData time = input.getTimestamp(ChangeHandler.SOURCE_TIME, 6);
    return new Change<>(
        time.getMillisecond() * 1000 + time.getNanoOfMillisecond() / 1000,
        input.isNullAt(ChangeHandler.SOURCE_POSITION)
            ? null
            : input.getLong(ChangeHandler.SOURCE_POSITION),
        ChangeHandler.isDelete(input)
            ? null
            : copy(input.getRow(ChangeHandler.AFTER, fields.length)));
  }

  /** Of a row that lies inside a record which is used again. */
  private BinaryRowData copy(RowData row) {
    return rows.toBinaryRow(row).copy();
  }

  /** As bytes and how many columns they hold: the table may have more by the next start. */
  private GenericRowData stored(Change<RowData> change) {
    if (change.row() == null) {
      return GenericRowData.of(change.time(), change.position(), 0, null);
    }
    BinaryRowData row = rows.toBinaryRow(change.row());
    return GenericRowData.of(
        change.time(),
        change.position(),
        row.getArity(),
        BinarySegmentUtils.copyToBytes(row.getSegments(), row.getOffset(), row.getSizeInBytes()));
  }

  /** A stored row; columns that the table was given since are null in it. */
  private RowData row(int width, byte[] bytes) {
    BinaryRowData stored = new BinaryRowData(width);
    stored.pointTo(MemorySegmentFactory.wrap(bytes), 0, bytes.length);
    if (width == fields.length) {
      return stored;
    }
    GenericRowData wider = new GenericRowData(fields.length);
    for (int column = 0; column < width; column++) {
      wider.setField(column, fields[column].getFieldOrNull(stored));
    }
    return wider;
  }

  /** By field: a row in state and one that has just come differ in class, but not in fields. */
  private boolean isSame(RowData one, RowData other, int[] columns) {
    for (int column : columns) {
      Object value = fields[column].getFieldOrNull(one);
      if (!Objects.deepEquals(value, fields[column].getFieldOrNull(other))) {
        return false;
      }
    }
    return true;
  }

  private static RowData open(List<Version<RowData>> versions) {
    Version<RowData> last = versions.isEmpty() ? null : versions.get(versions.size() - 1);
    return last == null || last.to() != Timeline.OPEN ? null : last.row();
  }

  private void emitCurrent(RowData before, RowData after, Collector<RowData> current) {
    if (after != null && (before == null || !isSame(before, after, all))) {
      current.collect(fields(after, 0));
    } else if (after == null && before != null) {
      GenericRowData gone = fields(before, 0);
      gone.setRowKind(RowKind.DELETE);
      current.collect(gone);
    }
  }

  private void emitVersions(
      List<Version<RowData>> before, List<Version<RowData>> after, Context context) {
    Map<Long, Version<RowData>> gone = new HashMap<>();
    before.forEach(version -> gone.put(version.from(), version));
    for (Version<RowData> version : after) {
      Version<RowData> old = gone.remove(version.from());
      if (old == null || old.to() != version.to() || !isSame(old.row(), version.row(), all)) {
        context.output(versions, version(version));
      }
    }
    for (Version<RowData> version : gone.values()) {
      GenericRowData row = version(version);
      row.setRowKind(RowKind.DELETE);
      context.output(versions, row);
    }
  }

  private GenericRowData version(Version<RowData> version) {
    GenericRowData row = fields(version.row(), 4);
    int at = fields.length;
    boolean open = version.to() == Timeline.OPEN;
    row.setField(at, timestamp(version.from()));
    row.setField(at + 1, open ? null : timestamp(version.to()));
    row.setField(at + 2, open);
    row.setField(at + 3, StringData.fromString(id(version).toString()));
    return row;
  }

  private GenericRowData fields(RowData row, int more) {
    GenericRowData values = new GenericRowData(fields.length + more);
    for (int i = 0; i < fields.length; i++) {
      values.setField(i, fields[i].getFieldOrNull(row));
    }
    return values;
  }

  private static TimestampData timestamp(long micros) {
    return TimestampData.fromEpochMillis(
        Math.floorDiv(micros, 1000L), (int) Math.floorMod(micros, 1000L) * 1000);
  }

  /** The same for the same key and beginning, whatever else is learned of the version. */
  private UUID id(Version<RowData> version) {
    StringBuilder name = new StringBuilder();
    for (int key : keys) {
      String text = String.valueOf(fields[key].getFieldOrNull(version.row()));
      name.append(text.length()).append(':').append(text);
    }
    name.append(version.from());
    return UUID.nameUUIDFromBytes(name.toString().getBytes(StandardCharsets.UTF_8));
  }
}
