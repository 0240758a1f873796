package io.millrace.format.w3c;

import io.millrace.format.DecodeException;
import io.millrace.format.FilePlace;
import io.millrace.format.LineDecoder;
import io.millrace.format.text.FileBuffer;
import io.millrace.format.text.TextColumn;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads W3C log files: each {@code #Fields} directive says which field is which from there on;
 * before the first one, {@code fields} or else the column order does. Columns without a field are
 * NULL, fields without a column are passed over.
 */
public final class W3cFileDecoder implements LineDecoder {
  private static final String FIELDS = "#fields:";

  private final TextColumn[] columns;
  private W3cLine line;
  private DecodeException invalidFields;
  private FileBuffer file;
  private byte[] head;

  /** As {@link W3cRecordDecoder} before the file's first {@code #Fields}. */
  public W3cFileDecoder(String fields, int optional, RowSchema schema) {
    columns = TextColumn.of("w3c", schema, TextColumn.allOf(schema));
    line = W3cRecordDecoder.line(fields, optional, columns);
  }

  @Override
  public void decode(InputStream in, FilePlace from, boolean last, RowWriter target, FileRows rows)
      throws IOException {
    file = new FileBuffer(in, from, last);
    head = from.head();
    directive(head, 0, head.length);
    for (; file.findLine(); file.consumeLine()) {
      byte[] bytes = file.bytes();
      if (W3cLine.isNoRow(bytes, file.from(), file.lineEnd())) {
        directive(bytes, file.from(), file.lineEnd());
        continue;
      }
      try {
        if (invalidFields != null) {
          throw invalidFields;
        }
        line.read(bytes, file.from(), file.lineEnd(), target);
      } catch (DecodeException e) {
        rows.refused(file.line(), file.copy(file.from(), file.lineEnd()), e);
        continue;
      }
      rows.accepted(file.line());
    }
  }

  @Override
  public FilePlace place() {
    return file.place(head);
  }

  private void directive(byte[] bytes, int from, int to) {
    if (to - from < FIELDS.length()
        || !FIELDS.equalsIgnoreCase(
            new String(bytes, from, FIELDS.length(), StandardCharsets.US_ASCII))) {
      return;
    }
    String names =
        new String(
            bytes, from + FIELDS.length(), to - from - FIELDS.length(), StandardCharsets.UTF_8);
    head = Arrays.copyOfRange(bytes, from, to);
    invalidFields = null;
    try {
      line = W3cLine.byName(names.strip().split("\\s+"), columns);
    } catch (DecodeException e) {
      // The rows below cannot be read: each is refused until the next directive.
      invalidFields = e;
    }
  }
}
