package io.millrace.format.w3c;

import io.millrace.format.DecodeException;
import io.millrace.format.text.TextColumn;
import io.millrace.format.text.TextValues;
import io.millrace.model.DataType;
import io.millrace.model.RowWriter;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads lines of one set of fields. Fields stand between runs of spaces and tabs; {@code -} is
 * NULL. Not thread-safe.
 */
final class W3cLine {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long HIGH_BITS = 0x8080808080808080L;
  private static final long UP_TO_SPACE = 0x2121212121212121L;

  private final TextColumn[] read;
  private final int[] readField;

  /** A NOT NULL column that the lines have no field for; null where there is none. */
  private final TextColumn absent;

  /** How many of the last fields a line may leave out; they are NULL. */
  private final int optional;

  private final int[] starts;
  private final int[] ends;
  private final TextValues values = new TextValues();

  /** All bytes of the line's fields, one over the other: a high bit in it is beyond ASCII. */
  private long seen;

  private W3cLine(List<TextColumn> fields, int optional, TextColumn absent) {
    this.optional = optional;
    this.absent = absent;
    int asked = 0;
    for (TextColumn field : fields) {
      asked += field != null && field.target() >= 0 ? 1 : 0;
    }
    read = new TextColumn[asked];
    readField = new int[asked];
    int at = 0;
    for (int i = 0; i < fields.size(); i++) {
      if (fields.get(i) != null && fields.get(i).target() >= 0) {
        read[at] = fields.get(i);
        readField[at++] = i;
      }
    }
    starts = new int[fields.size()];
    ends = new int[fields.size()];
  }

  /** The line's fields are the columns in their order; the last {@code optional} may be missing. */
  static W3cLine byPosition(TextColumn[] columns, int optional) {
    return new W3cLine(List.of(columns), optional, null);
  }

  /** The line's fields bear these names; those that are no column are passed over. */
  static W3cLine byName(String[] names, TextColumn[] columns) throws DecodeException {
    List<TextColumn> fields = new ArrayList<>();
    List<TextColumn> absent = new ArrayList<>(List.of(columns));
    Map<String, TextColumn> byName = new HashMap<>();
    for (TextColumn column : columns) {
      byName.putIfAbsent(W3cNames.folded(column.name()), column);
    }
    for (String name : names) {
      TextColumn column = byName.get(W3cNames.folded(name));
      if (column != null && !absent.remove(column)) {
        throw new DecodeException("two fields of the line are column " + column.name(), -1);
      }
      fields.add(column);
    }
    absent.removeIf(column -> column.target() < 0 || column.type().nullable());
    return new W3cLine(fields, 0, absent.isEmpty() ? null : absent.get(0));
  }

  /** The column that each field goes to, -1 for none. */
  int[] columns() {
    int[] columns = new int[starts.length];
    Arrays.fill(columns, -1);
    for (int i = 0; i < read.length; i++) {
      columns[readField[i]] = read[i].target();
    }
    return columns;
  }

  /** Whether the line is blank or a directive, also an indented one, and so carries no row. */
  static boolean isNoRow(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r' && bytes[i] != '\n') {
        return bytes[i] == '#';
      }
    }
    return true;
  }

  /** Reads the line {@code [from, to)}, which has no line end, as one row. */
  void read(byte[] bytes, int from, int to, RowWriter target) throws DecodeException {
    target.beginRow();
    int at = 0;
    try {
      split(bytes, from, to);
      for (; at < read.length; at++) {
        int field = readField[at];
        field(read[at], bytes, starts[field], ends[field], from, target);
      }
      if (absent != null) {
        throw new DecodeException(
                "the lines have no such field and it is NOT NULL", to - (long) from)
            .in(absent.name(), absent.type());
      }
    } catch (DecodeException e) {
      target.abandonRow();
      throw e;
    }
    target.endRow();
  }

  private void field(TextColumn column, byte[] bytes, int from, int to, int base, RowWriter target)
      throws DecodeException {
    if (from < 0 || to - from == 1 && bytes[from] == '-') {
      if (!column.type().nullable()) {
        throw DecodeException.missing(
            column.name(), column.type(), (from < 0 ? to : from) - (long) base);
      }
      target.setNull(column.target());
      return;
    }
    // What is ASCII throughout is UTF-8.
    if (column.type().kind() == DataType.Kind.STRING && (seen & HIGH_BITS) == 0) {
      target.setUtf8(column.target(), bytes, from, to - from);
      return;
    }
    try {
      values.read(column.type(), bytes, from, to, base, target, column.target());
    } catch (DecodeException e) {
      throw e.in(column.name(), column.type());
    }
  }

  private void split(byte[] bytes, int from, int to) throws DecodeException {
    int count = 0;
    int at = from;
    int surplus = to;
    seen = 0;
    while (true) {
      while (at < to && (bytes[at] == ' ' || bytes[at] == '\t')) {
        at++;
      }
      if (at == to) {
        break;
      }
      int start = at;
      at = fieldEnd(bytes, at, to);
      if (at < to && bytes[at] != ' ' && bytes[at] != '\t') {
        throw new DecodeException("a record is one line", at - (long) from);
      }
      if (count < starts.length) {
        starts[count] = start;
        ends[count] = at;
      } else if (count == starts.length) {
        surplus = start;
      }
      count++;
    }
    if (count > starts.length || count < starts.length - optional) {
      throw new DecodeException(
          (count < starts.length ? "too few fields: " : "too many fields: ")
              + count
              + " instead of "
              + starts.length,
          surplus - (long) from);
    }
    // A field that was left out stands nowhere: an error about it points at the line's end.
    Arrays.fill(starts, count, starts.length, -1);
    Arrays.fill(ends, count, ends.length, to);
  }

  /** The first space, tab or line end; eight bytes are looked at as one word. */
  private int fieldEnd(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to) {
      if (to - at >= Long.BYTES) {
        long word = (long) LONGS.get(bytes, at);
        seen |= word;
        // The high bit of each byte up to the space; exact for the lowest such byte.
        long low = word - UP_TO_SPACE & ~word & HIGH_BITS;
        if (low == 0) {
          at += Long.BYTES;
          continue;
        }
        at += Long.numberOfTrailingZeros(low) >>> 3;
      } else {
        seen |= bytes[at];
      }
      if (endsField(bytes[at])) {
        return at;
      }
      at++;
    }
    return at;
  }

  /** Other control characters end neither a field nor a line. */
  private static boolean endsField(byte b) {
    return b == ' ' || b == '\t' || b == '\n' || b == '\r';
  }
}
