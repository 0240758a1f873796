package io.millrace.format.text;

import io.millrace.format.FilePlace;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * A window onto a file: bytes {@code [from, to)} of {@link #bytes()} are read and not yet consumed.
 * A byte order mark at the start is dropped. Not thread-safe.
 */
public final class FileBuffer {
  private static final int MAX_ROW = 64 << 20;

  private final InputStream in;
  private final boolean last;
  private byte[] bytes = new byte[64 << 10];
  private int from;
  private int to;
  private long dropped;
  private long line;
  private boolean ended;
  private int lineEnd;
  private int nextLine;

  /**
   * A window that opens at a place of the file. What ends a line that was taken before its line
   * feed had come is passed over.
   *
   * @param last whether the file ends where {@code in} does
   */
  public FileBuffer(InputStream in, FilePlace place, boolean last) throws IOException {
    this.in = in;
    this.last = last;
    dropped = place.offset();
    line = place.line();
    ended = place.ended();
    boolean open = true;
    while (to < 3 && open) {
      open = more();
    }
    if (!ended) {
      int feed = to > 0 && bytes[0] == '\r' ? 1 : 0;
      if (to > feed && bytes[feed] == '\n') {
        consumeTo(feed + 1);
      }
    } else if (dropped == 0
        && to >= 3
        && bytes[0] == (byte) 0xef
        && bytes[1] == (byte) 0xbb
        && bytes[2] == (byte) 0xbf) {
      from = 3;
    }
  }

  public byte[] bytes() {
    return bytes;
  }

  public int from() {
    return from;
  }

  public int to() {
    return to;
  }

  /** Whether nothing follows, not even later. */
  public boolean isLast() {
    return last;
  }

  /** Where {@link #from()} is in the file; {@code head} says which field is which there. */
  public FilePlace place(byte[] head) {
    return new FilePlace(dropped + from, line, ended, head);
  }

  /** The line that {@link #from()} is in, from 1. */
  public long line() {
    return line;
  }

  /**
   * Reads more bytes behind {@link #to()}; false at the end of the file. Unconsumed bytes may move:
   * {@link #from()} is where they start then. It at least doubles them where it can, so that
   * callers may start over with a row each time.
   */
  public boolean more() throws IOException {
    int held = to - from;
    if (bytes.length - to <= held) {
      makeRoom(held);
    }
    int goal = Math.min(bytes.length, to + Math.max(1, held));
    boolean any = false;
    while (to < goal) {
      int count = in.read(bytes, to, bytes.length - to);
      if (count < 0) {
        return any;
      }
      any = true;
      to += count;
    }
    return true;
  }

  private void makeRoom(int held) {
    byte[] room = bytes;
    if (held > bytes.length / 4) {
      if (bytes.length >= MAX_ROW) {
        throw new MillraceException(
                ErrorCode.ROW_REFUSED,
                "Cannot read the row at line " + line + ": over " + (MAX_ROW >> 22) + " MB")
            .hint("Is a quote or bracket left open, or is this another format?");
      }
      room = new byte[bytes.length * 4];
    }
    System.arraycopy(bytes, from, room, 0, held);
    bytes = room;
    dropped += from;
    from = 0;
    to = held;
  }

  /** Consumes bytes up to this index, counting their lines. */
  public void consumeTo(int index) {
    for (int i = from; i < index; i++) {
      if (bytes[i] == '\n') {
        line++;
      }
    }
    if (index > from) {
      ended = bytes[index - 1] == '\n';
    }
    from = index;
  }

  /**
   * Finds the line that starts at {@link #from()}: it then ends at {@link #lineEnd()}, line feed
   * and carriage return left out. False at the end of the file, and where no line feed ends the
   * line yet. {@link #consumeLine} goes past it.
   */
  public boolean findLine() throws IOException {
    int offset = 0;
    while (true) {
      for (int i = from + offset; i < to; i++) {
        if (bytes[i] == '\n') {
          nextLine = i + 1;
          lineEnd = i > from && bytes[i - 1] == '\r' ? i - 1 : i;
          return true;
        }
      }
      offset = to - from;
      if (!more()) {
        nextLine = to;
        lineEnd = to > from && bytes[to - 1] == '\r' ? to - 1 : to;
        return last && to > from;
      }
    }
  }

  public int lineEnd() {
    return lineEnd;
  }

  /** Goes past the line that {@link #findLine()} found. */
  public void consumeLine() {
    ended = bytes[nextLine - 1] == '\n';
    line += ended ? 1 : 0;
    from = nextLine;
  }

  /** A copy of these bytes, to tell them to a person. */
  public byte[] copy(int start, int stop) {
    return Arrays.copyOfRange(bytes, start, stop);
  }
}
