package io.millrace.format.json;

import io.millrace.format.DecodeException;
import io.millrace.format.FilePlace;
import io.millrace.format.LineDecoder;
import io.millrace.format.text.FileBuffer;
import io.millrace.format.text.TextColumn;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import java.io.IOException;
import java.io.InputStream;

/**
 * Reads a file of JSON objects: one array of them, or one after the other, usually one per line.
 * Outside an array a row that is broken costs only itself: the next one starts at the next line
 * that begins with a brace.
 */
public final class JsonFileDecoder implements LineDecoder {
  private static final int MORE = -1;

  private final JsonRecordDecoder decoder;
  private FileBuffer file;
  private boolean inArray;

  public JsonFileDecoder(RowSchema schema) {
    decoder = new JsonRecordDecoder(schema, TextColumn.allOf(schema));
  }

  @Override
  public boolean isLines(byte[] beginning) {
    int at = 0;
    while (at < beginning.length && (isSpace(beginning[at]) || beginning[at] < 0)) {
      at++; // also over a byte order mark
    }
    return at == beginning.length || beginning[at] != '[';
  }

  @Override
  public void decode(InputStream in, FilePlace from, boolean last, RowWriter target, FileRows rows)
      throws IOException {
    file = new FileBuffer(in, from, last);
    inArray = next(file) == '[' && from.offset() == 0;
    if (!inArray) {
      boolean whole = true;
      while (whole && next(file) >= 0) {
        whole = row(file, target, rows);
      }
      return;
    }
    if (last) {
      file.consumeTo(file.from() + 1);
      array(file, target, rows);
    }
  }

  @Override
  public FilePlace place() {
    return file.place(FilePlace.START.head());
  }

  private void array(FileBuffer file, RowWriter target, FileRows rows) throws IOException {
    boolean comma = true;
    boolean any = false;
    for (int c = next(file); c >= 0; c = next(file)) {
      if (c == ']') {
        file.consumeTo(file.from() + 1);
        if (comma && any) {
          refuse(file, rows, "a comma with no row behind it");
        }
        if (next(file) >= 0) {
          refuse(file, rows, "text after the array");
        }
        return;
      }
      if (c == ',') {
        if (comma) {
          refuse(file, rows, "a comma with no row before it");
        }
        comma = true;
        file.consumeTo(file.from() + 1);
        continue;
      }
      if (!comma) {
        refuse(file, rows, "no comma between two rows");
      }
      row(file, target, rows);
      any = true;
      comma = false;
    }
    refuse(file, rows, "the array is not closed");
  }

  private static void refuse(FileBuffer file, FileRows rows, String why) {
    rows.refused(file.line(), new byte[0], new DecodeException(why, -1));
  }

  /** Goes to the next character that is no white space and answers it, or -1 at the end. */
  private static int next(FileBuffer file) throws IOException {
    while (true) {
      int at = file.from();
      while (at < file.to() && isSpace(file.bytes()[at])) {
        at++;
      }
      file.consumeTo(at);
      if (at < file.to()) {
        return file.bytes()[at] & 0xff;
      }
      if (!file.more()) {
        return -1;
      }
    }
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }

  /** False where the row has not come to its end. */
  private boolean row(FileBuffer file, RowWriter target, FileRows rows) throws IOException {
    int end = end(file.bytes(), file.from(), file.to(), false);
    while (end == MORE) {
      boolean more = file.more();
      if (!more && !file.isLast()) {
        return false;
      }
      end = end(file.bytes(), file.from(), file.to(), !more);
    }
    int length = end - file.from();
    try {
      decoder.decode(file.bytes(), file.from(), length, target);
    } catch (DecodeException e) {
      rows.refused(file.line(), file.copy(file.from(), end), e);
      file.consumeTo(end);
      return true;
    }
    rows.accepted(file.line());
    file.consumeTo(end);
    return true;
  }

  /** Where the row that starts at {@code from} ends. */
  private int end(byte[] bytes, int from, int to, boolean last) {
    int depth = 0;
    boolean quoted = false;
    for (int i = from; i < to; i++) {
      byte b = bytes[i];
      if (quoted) {
        if (b == '\\') {
          i++;
        } else if (b == '"') {
          quoted = false;
        } else if (b == '\n' && !inArray) {
          return i;
        }
        continue;
      }
      switch (b) {
        case '"' -> quoted = true;
        case '{', '[' -> depth++;
        case '}', ']' -> {
          if (depth == 0) {
            return inArray && i > from ? i : i + 1;
          }
          if (--depth == 0) {
            return restOfLine(bytes, i + 1, to, last);
          }
        }
        case ',' -> {
          if (depth == 0 && inArray) {
            return i;
          }
        }
        case '\n' -> {
          if (depth == 0) {
            return i;
          }
          if (!inArray && i + 1 == to && !last) {
            return MORE;
          }
          if (!inArray && i + 1 < to && bytes[i + 1] == '{') {
            return i;
          }
        }
        default -> {}
      }
    }
    return last ? to : MORE;
  }

  /** Outside an array only white space or another row may follow on the line. */
  private int restOfLine(byte[] bytes, int from, int to, boolean last) {
    if (inArray) {
      return from;
    }
    int at = from;
    while (at < to && bytes[at] != '\n' && isSpace(bytes[at])) {
      at++;
    }
    if (at == to) {
      return last ? from : MORE;
    }
    if (bytes[at] == '\n' || bytes[at] == '{') {
      return from;
    }
    while (at < to && bytes[at] != '\n') {
      at++;
    }
    return at == to && !last ? MORE : at;
  }
}
