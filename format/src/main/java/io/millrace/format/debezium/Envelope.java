package io.millrace.format.debezium;

import io.millrace.format.DecodeException;
import io.millrace.format.RowBuffer;
import io.millrace.format.RowCopy;
import io.millrace.model.BytesView;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowReader;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import java.util.Arrays;
import java.util.List;

/**
 * One change event, kept until all of it is read: whether it is one, and whether its row is told
 * whole, is only known then. Not thread-safe.
 */
final class Envelope {
  static final String BEFORE = "before";
  static final String AFTER = "after";
  static final String OP = "op";
  static final String SOURCE = "source";

  /** Numbers that {@code source} may hold. */
  static final List<String> NUMBERS = List.of("ts_ns", "ts_us", "ts_ms", "lsn", "pos", "row");

  static final String FILE = "file";

  private static final long NONE = Long.MIN_VALUE;
  private static final int NANOS = 0;
  private static final int MICROS = 1;
  private static final int MILLIS = 2;
  private static final int LSN = 3;
  private static final int POS = 4;
  private static final int ROW = 5;

  private final List<Column> columns;
  private final byte[] placeholder;
  private final RowBuffer before;
  private final RowBuffer after;
  private final long[] source = new long[NUMBERS.size()];
  private final long[] told = new long[MILLIS + 1];
  private boolean hasBefore;
  private boolean hasAfter;
  private int op;
  private long file;
  private boolean hasSource;

  Envelope(DataType.Row row, byte[] placeholder) {
    this.columns = row.fields();
    this.placeholder = placeholder;
    RowSchema schema = new RowSchema(columns, List.of());
    before = new RowBuffer(schema);
    after = new RowBuffer(schema);
  }

  void clear() {
    hasBefore = false;
    hasAfter = false;
    hasSource = false;
    op = 0;
    file = -1;
    Arrays.fill(source, NONE);
    Arrays.fill(told, NONE);
  }

  /** Where the row before goes; it is there from now on. */
  RowBuffer beginBefore() {
    hasBefore = true;
    before.beginRow();
    return before;
  }

  /** Where the row after goes; it is there from now on. */
  RowBuffer beginAfter() {
    hasAfter = true;
    after.beginRow();
    return after;
  }

  /** An operation has one letter; of anything longer the first, in the upper case, is none. */
  void op(byte[] text, int offset, int length) {
    op = length == 1 ? text[offset] : '?';
  }

  void beginSource() {
    hasSource = true;
  }

  /** One of {@link #NUMBERS}, by index. */
  void source(int number, long value) {
    source[number] = value;
  }

  /** When the connector told the event: the first three of {@link #NUMBERS}. */
  void told(int number, long value) {
    if (number < told.length) {
      told[number] = value;
    }
  }

  void file(byte[] name, int offset, int length) {
    file = SourcePosition.fileNumber(name, offset, length);
  }

  /** Whether it is a change of a row; a message is none, and anything unknown is refused. */
  boolean isChange() throws DecodeException {
    switch (op) {
      case 'c', 'u', 'd', 'r' -> {
        return true;
      }
      case 'm' -> {
        return false;
      }
      case 't' ->
          throw new DecodeException(
                  "a TRUNCATE names no rows: those that are gone stay here until they are deleted",
                  -1)
              .in(OP, null);
      case 0 ->
          throw new DecodeException(
              hasSource || hasBefore || hasAfter
                  ? "Debezium's envelope has no field op"
                  : "no envelope of Debezium's: it has no field op; records that were unwrapped on"
                      + " their way (ExtractNewRecordState) do not tell changes",
              -1);
      default -> throw new DecodeException("it is none of c, u, d, r, m and t", -1).in(OP, null);
    }
  }

  byte op() {
    return (byte) op;
  }

  /**
   * When the change was made in the source, in microseconds, by the finest clock that is told. Old
   * connectors tell 0 for what they read whole; then, and where nothing is told, the time at which
   * the connector told it.
   */
  long time() throws DecodeException {
    for (long[] times : new long[][] {source, told}) {
      if (times[NANOS] > 0) {
        return times[NANOS] / 1000;
      }
      if (times[MICROS] > 0) {
        return times[MICROS];
      }
      if (times[MILLIS] > 0 && times[MILLIS] < Long.MAX_VALUE / 1000) {
        return times[MILLIS] * 1000;
      }
    }
    throw new DecodeException("it has no ts_ms", -1).in(SOURCE, null);
  }

  /**
   * Where the change stands among others of its row. PostgreSQL's place in its log, or MariaDB's
   * and MySQL's, where the event has one: told again after a crash of the connector, a change has
   * the same. Of other databases, whose places are no single rising number (SQL Server, Oracle,
   * Db2), its place in the topic, into which Debezium writes the changes of a row in their order.
   */
  long position(long offset) {
    if (source[LSN] > 0) {
      return source[LSN];
    }
    if (file >= 0 && source[POS] >= 0 && source[POS] < 1L << 32) {
      return SourcePosition.ofBinaryLog(file, source[POS], Math.max(0, source[ROW]));
    }
    return offset;
  }

  boolean hasBefore() {
    return hasBefore;
  }

  boolean hasAfter() {
    return hasAfter;
  }

  void writeBefore(RowWriter target, int column) {
    target.beginStruct(column);
    for (int i = 0; i < columns.size(); i++) {
      RowCopy.copy(before.row(), i, columns.get(i).type(), target, i);
    }
    target.endStruct();
  }

  void writeAfter(RowWriter target, int column) {
    target.beginStruct(column);
    for (int i = 0; i < columns.size(); i++) {
      DataType type = columns.get(i).type();
      RowReader row = isUnavailable(after.row(), i, type) ? before.row() : after.row();
      RowCopy.copy(row, i, type, target, i);
    }
    target.endStruct();
  }

  /**
   * Refuses a row after with a value that was not told, for the update left it as it was and it is
   * stored apart (TOAST), where the row before does not have it either.
   */
  void requireWhole() throws DecodeException {
    if (!hasAfter) {
      return;
    }
    for (int i = 0; i < columns.size(); i++) {
      DataType type = columns.get(i).type();
      if (isUnavailable(after.row(), i, type)
          && (!hasBefore || before.row().isNull(i) || isUnavailable(before.row(), i, type))) {
        throw new DecodeException(
                "its value was not told: it is stored apart (TOAST), and the update left it as it"
                    + " was; ALTER TABLE ... REPLICA IDENTITY FULL in PostgreSQL makes it told",
                -1)
            .in(columns.get(i).name(), null)
            .in(AFTER, null);
      }
    }
  }

  /** Whether the connector's placeholder stands for the value, in the way of the column's type. */
  private boolean isUnavailable(RowReader row, int column, DataType type) {
    if (row.isNull(column)) {
      return false;
    }
    return switch (type.kind()) {
      case STRING -> isPlaceholder(row.utf8(column));
      case BYTES -> isPlaceholder(row.bytes(column));
      case ARRAY -> isUnavailable(row.getList(column), ((DataType.Array) type).element());
      case MAP -> {
        RowReader keys = row.getMapKeys(column);
        yield keys.size() == 1 && isPlaceholder(keys.utf8(0));
      }
      default -> false;
    };
  }

  /** Of numbers, those of the placeholder's bytes. */
  private boolean isUnavailable(RowReader list, DataType element) {
    DataType.Kind kind = element.kind();
    if (kind == DataType.Kind.INT || kind == DataType.Kind.BIGINT) {
      boolean same = list.size() == placeholder.length;
      for (int i = 0; same && i < placeholder.length; i++) {
        same =
            !list.isNull(i)
                && placeholder[i] == (kind == DataType.Kind.INT ? list.getInt(i) : list.getLong(i));
      }
      return same;
    }
    return list.size() == 1 && isUnavailable(list, 0, element);
  }

  private boolean isPlaceholder(BytesView view) {
    return view.length() == placeholder.length
        && Arrays.equals(
            view.array(),
            view.offset(),
            view.offset() + view.length(),
            placeholder,
            0,
            placeholder.length);
  }
}
