package io.millrace.format.delimited;

import io.millrace.format.DecodeException;
import io.millrace.format.FilePlace;
import io.millrace.format.LineDecoder;
import io.millrace.format.Utf8;
import io.millrace.format.text.FileBuffer;
import io.millrace.format.text.TextColumn;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads delimited files: rows end with a line feed, a carriage return before it is dropped, quoted
 * fields may hold line ends. With a header its names say which field is which: columns without a
 * field are NULL, fields without a column are passed over. Blank lines are passed over unless a row
 * has one field only.
 */
public final class DelimitedFileDecoder implements LineDecoder {
  private final Dialect dialect;
  private final boolean header;
  private final TextColumn[] columns;
  private final Splitter splitter;
  private final DelimitedRow row;
  private TextColumn[] fields;
  private TextColumn absent;
  private FileBuffer file;
  private byte[] head;

  /** {@code optional}: how many of the last columns a row may leave out; they are NULL. */
  public DelimitedFileDecoder(Dialect dialect, int optional, boolean header, RowSchema schema) {
    this.dialect = dialect;
    this.header = header;
    columns = TextColumn.of("delimited", schema, TextColumn.allOf(schema));
    splitter = new Splitter(dialect);
    row = new DelimitedRow(dialect, splitter, optional);
    fields = columns;
  }

  @Override
  public void decode(InputStream in, FilePlace from, boolean last, RowWriter target, FileRows rows)
      throws IOException {
    file = new FileBuffer(in, from, last);
    head = from.head();
    boolean headerIsDue = header && !resumeHeader();
    while (file.from() < file.to() || file.more()) {
      int next;
      try {
        next = findRow(file);
      } catch (DecodeException e) {
        requireNoHeader(headerIsDue, e);
        if (!refuseLine(file, rows, e)) {
          return;
        }
        continue;
      }
      if (next == Splitter.MORE) {
        return;
      }
      if (splitter.count() == 1
          && splitter.start(0) == splitter.end(0)
          && splitter.quoting(0) == Splitter.PLAIN
          && (fields.length != 1 || headerIsDue)) {
        file.consumeTo(next);
        continue;
      }
      if (headerIsDue) {
        headerIsDue = false;
        readHeader(file.bytes());
        head = file.copy(file.from(), next);
      } else {
        readRow(file, next, target, rows);
      }
      file.consumeTo(next);
    }
  }

  @Override
  public FilePlace place() {
    return file.place(head);
  }

  /** Where the header was read before, it says the same again. */
  private boolean resumeHeader() {
    if (head.length == 0) {
      return false;
    }
    try {
      splitter.splitLine(head, 0, head.length, true);
    } catch (DecodeException e) {
      requireNoHeader(true, e);
    }
    readHeader(head);
    return true;
  }

  /** Where the next row begins; {@code MORE} where no line feed ends this one yet. */
  private int findRow(FileBuffer file) throws IOException, DecodeException {
    int next = splitter.splitLine(file.bytes(), file.from(), file.to(), false);
    while (next == Splitter.MORE) {
      boolean more = file.more();
      if (!more && !file.isLast()) {
        return findEndedRow(file);
      }
      next = splitter.splitLine(file.bytes(), file.from(), file.to(), !more);
    }
    return next;
  }

  /** As if nothing followed: what fails then may be right once more has come. */
  private int findEndedRow(FileBuffer file) {
    try {
      int next = splitter.splitLine(file.bytes(), file.from(), file.to(), true);
      return file.bytes()[next - 1] == '\n' ? next : Splitter.MORE;
    } catch (DecodeException e) {
      return Splitter.MORE;
    }
  }

  private void readRow(FileBuffer file, int next, RowWriter target, FileRows rows) {
    try {
      row.read(file.bytes(), file.from(), fields, absent, target);
    } catch (DecodeException e) {
      rows.refused(file.line(), file.copy(file.from(), next), e);
      return;
    }
    rows.accepted(file.line());
  }

  /** A row whose quotes are broken is given up at its first line end: there the next row starts. */
  private static boolean refuseLine(FileBuffer file, FileRows rows, DecodeException why)
      throws IOException {
    if (!file.findLine()) {
      return false;
    }
    rows.refused(file.line(), file.copy(file.from(), file.lineEnd()), why);
    file.consumeLine();
    return true;
  }

  private static void requireNoHeader(boolean headerIsDue, DecodeException why) {
    if (headerIsDue) {
      throw new MillraceException(
          ErrorCode.ROW_REFUSED, "Cannot read the header: " + why.reason(), why);
    }
  }

  private void readHeader(byte[] bytes) {
    List<TextColumn> named = new ArrayList<>();
    List<TextColumn> missing = new ArrayList<>(List.of(columns));
    for (int i = 0; i < splitter.count(); i++) {
      String name = name(bytes, i);
      TextColumn column =
          Arrays.stream(columns)
              .filter(c -> c.name().equalsIgnoreCase(name))
              .findFirst()
              .orElse(null);
      if (column != null && !missing.remove(column)) {
        throw new MillraceException(
            ErrorCode.ROW_REFUSED, "Cannot read the header: column " + name + " is named twice");
      }
      named.add(column);
    }
    if (missing.size() == columns.length) {
      throw new MillraceException(
              ErrorCode.ROW_REFUSED, "Cannot read the header: it names no column")
          .hint(
              "The columns are "
                  + String.join(", ", Arrays.stream(columns).map(TextColumn::name).toList())
                  + "; is the delimiter right?");
    }
    missing.removeIf(column -> column.type().nullable());
    fields = named.toArray(TextColumn[]::new);
    absent = missing.isEmpty() ? null : missing.get(0);
  }

  private String name(byte[] bytes, int field) {
    int from = splitter.start(field);
    int length = splitter.end(field) - from;
    if (Utf8.firstInvalid(bytes, from, length) >= 0) {
      throw new MillraceException(
          ErrorCode.ROW_REFUSED, "Cannot read the header: a name is not UTF-8");
    }
    String name = new String(bytes, from, length, StandardCharsets.UTF_8).strip();
    String quote = Character.toString(Math.max(dialect.quote(), 0));
    return splitter.quoting(field) == Splitter.QUOTED_WITH_QUOTES
        ? name.replace(quote + quote, quote)
        : name;
  }
}
