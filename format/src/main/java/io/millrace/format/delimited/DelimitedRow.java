package io.millrace.format.delimited;

import io.millrace.format.ByteSink;
import io.millrace.format.DecodeException;
import io.millrace.format.text.TextColumn;
import io.millrace.format.text.TextValues;
import io.millrace.model.RowWriter;

/** Reads the fields that a {@link Splitter} found as one row. Not thread-safe. */
final class DelimitedRow {
  private final Dialect dialect;
  private final Splitter splitter;
  private final int optional;
  private final TextValues values = new TextValues();
  private final ByteSink unquoted = new ByteSink();

  /** {@code optional}: how many of the last fields a record may leave out. */
  DelimitedRow(Dialect dialect, Splitter splitter, int optional) {
    this.optional = optional;
    this.dialect = dialect;
    this.splitter = splitter;
  }

  /**
   * Field i belongs to {@code fields[i]}, or to no column where that is null. {@code absent} is a
   * NOT NULL column without a field, or null.
   */
  void read(byte[] bytes, int from, TextColumn[] fields, TextColumn absent, RowWriter target)
      throws DecodeException {
    int count = splitter.count();
    if (count > fields.length || count < fields.length - optional) {
      throw new DecodeException(
          (count < fields.length ? "too few fields: " : "too many fields: ")
              + count
              + " instead of "
              + fields.length,
          place(fields.length, from));
    }
    target.beginRow();
    try {
      for (int i = 0; i < fields.length; i++) {
        if (fields[i] != null && fields[i].target() >= 0) {
          if (i < count) {
            field(fields[i], bytes, i, from, target);
          } else {
            missing(fields[i], place(fields.length, from), target);
          }
        }
      }
      if (absent != null) {
        throw new DecodeException(
                "the file has no such field and it is NOT NULL", place(fields.length, from))
            .in(absent.name(), absent.type());
      }
    } catch (DecodeException e) {
      target.abandonRow();
      throw e;
    }
    target.endRow();
  }

  private static void missing(TextColumn column, long place, RowWriter target)
      throws DecodeException {
    if (!column.type().nullable()) {
      throw DecodeException.missing(column.name(), column.type(), place);
    }
    target.setNull(column.target());
  }

  /** Where the first field too many starts, or else the row ends. */
  private long place(int fields, int from) {
    int count = splitter.count();
    return (count > fields ? splitter.start(fields) : splitter.end(count - 1)) - (long) from;
  }

  private void field(TextColumn column, byte[] bytes, int field, int base, RowWriter target)
      throws DecodeException {
    int start = splitter.start(field);
    int end = splitter.end(field);
    byte quoting = splitter.quoting(field);
    if (quoting == Splitter.PLAIN && dialect.isNull(bytes, start, end)) {
      if (!column.type().nullable()) {
        throw DecodeException.missing(column.name(), column.type(), start - (long) base);
      }
      target.setNull(column.target());
      return;
    }
    try {
      if (quoting == Splitter.QUOTED_WITH_QUOTES) {
        unquote(bytes, start, end);
        values.read(
            column.type(),
            unquoted.array(),
            0,
            unquoted.length(),
            base - start,
            target,
            column.target());
      } else {
        values.read(column.type(), bytes, start, end, base, target, column.target());
      }
    } catch (DecodeException e) {
      throw e.in(column.name(), column.type());
    }
  }

  private void unquote(byte[] bytes, int start, int end) {
    unquoted.reset();
    unquoted.ensure(end - start);
    for (int i = start; i < end; i++) {
      unquoted.write(bytes[i]);
      if (bytes[i] == dialect.quote()) {
        i++;
      }
    }
  }
}
