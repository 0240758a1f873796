package io.millrace.format.delimited;

import io.millrace.format.DecodeException;
import java.util.Arrays;

/** Finds where the fields of a row are. Keeps arrays: not thread-safe. */
final class Splitter {
  /** The row does not end within the bytes given. */
  static final int MORE = -1;

  static final byte PLAIN = 0;
  static final byte QUOTED = 1;
  static final byte QUOTED_WITH_QUOTES = 2;

  private final Dialect dialect;
  private final byte first;
  private boolean closedWithQuotes;
  private int count;
  private int[] starts = new int[16];
  private int[] ends = new int[16];
  private byte[] quotings = new byte[16];

  Splitter(Dialect dialect) {
    this.dialect = dialect;
    first = dialect.delimiter()[0];
  }

  int count() {
    return count;
  }

  int start(int field) {
    return starts[field];
  }

  int end(int field) {
    return ends[field];
  }

  byte quoting(int field) {
    return quotings[field];
  }

  /** Splits a record, in which a line end is a character like any other. */
  void splitRecord(byte[] bytes, int from, int to) throws DecodeException {
    split(bytes, from, to, false, true);
  }

  /**
   * Splits the row that starts at {@code from} and answers where the next one does, or {@link
   * #MORE} where {@code last} says that more bytes may follow and they are needed.
   */
  int splitLine(byte[] bytes, int from, int to, boolean last) throws DecodeException {
    return split(bytes, from, to, true, last);
  }

  private int split(byte[] bytes, int from, int to, boolean lines, boolean last)
      throws DecodeException {
    count = 0;
    int at = from;
    while (true) {
      int start = at;
      byte quoting = PLAIN;
      int end;
      if (at < to && bytes[at] == dialect.quote()) {
        at = closingQuote(bytes, at + 1, to, last);
        if (at == MORE) {
          return failIfLast(last, start - from);
        }
        quoting = closedWithQuotes ? QUOTED_WITH_QUOTES : QUOTED;
        start++;
        end = at++;
      } else {
        while (at < to && !endsField(bytes, at, to, lines)) {
          at++;
        }
        end = at;
      }
      if (at < to && dialect.isDelimiter(bytes, at, to)) {
        add(start, end, quoting);
        at += dialect.delimiter().length;
        continue;
      }
      if (!last && to - at <= Math.max(2, dialect.delimiter().length)) {
        return MORE;
      }
      int next = at == to ? to : lines ? lineEnd(bytes, at, to) : MORE;
      if (next == MORE) {
        throw new DecodeException("text after a closing quote", at - (long) from);
      }
      if (quoting == PLAIN && lines && end > start && bytes[end - 1] == '\r' && at == to) {
        end--;
      }
      add(start, end, quoting);
      return next;
    }
  }

  /** The index of the quote that closes; MORE where it is not among the bytes. */
  private int closingQuote(byte[] bytes, int from, int to, boolean last) {
    closedWithQuotes = false;
    for (int at = from; at < to; at++) {
      if (bytes[at] != dialect.quote()) {
        continue;
      }
      if (at + 1 == to) {
        return last ? at : MORE;
      }
      if (bytes[at + 1] != dialect.quote()) {
        return at;
      }
      closedWithQuotes = true;
      at++;
    }
    return MORE;
  }

  private static int failIfLast(boolean last, int position) throws DecodeException {
    if (last) {
      throw new DecodeException("a quote is left open", position);
    }
    return MORE;
  }

  private boolean endsField(byte[] bytes, int at, int to, boolean lines) {
    byte b = bytes[at];
    return b == first && dialect.isDelimiter(bytes, at, to)
        || lines && (b == '\n' || b == '\r' && at + 1 < to && bytes[at + 1] == '\n');
  }

  /** Behind the line end at this index; MORE where there is none. */
  private static int lineEnd(byte[] bytes, int at, int to) {
    if (bytes[at] == '\n') {
      return at + 1;
    }
    if (bytes[at] != '\r') {
      return MORE;
    }
    return at + 1 == to ? to : bytes[at + 1] == '\n' ? at + 2 : MORE;
  }

  private void add(int start, int end, byte quoting) {
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, count * 2);
      ends = Arrays.copyOf(ends, count * 2);
      quotings = Arrays.copyOf(quotings, count * 2);
    }
    starts[count] = start;
    ends[count] = end;
    quotings[count++] = quoting;
  }
}
