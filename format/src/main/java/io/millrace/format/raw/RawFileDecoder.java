package io.millrace.format.raw;

import io.millrace.format.DecodeException;
import io.millrace.format.FileDecoder;
import io.millrace.format.text.FileBuffer;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import java.io.IOException;
import java.io.InputStream;

/** A STRING column: one row per line, blank ones too. A BYTES column: the whole file is one row. */
public final class RawFileDecoder implements FileDecoder {
  private final RawColumn column;

  public RawFileDecoder(RowSchema schema) {
    column = RawColumn.of(schema);
  }

  @Override
  public void decode(InputStream in, RowWriter target, FileRows rows) throws IOException {
    if (!column.text()) {
      byte[] all = in.readAllBytes();
      row(1, all, 0, all.length, target, rows);
      return;
    }
    FileBuffer file = new FileBuffer(in);
    for (; file.findLine(); file.consumeLine()) {
      row(file.line(), file.bytes(), file.from(), file.lineEnd() - file.from(), target, rows);
    }
  }

  private void row(
      long number, byte[] bytes, int from, int length, RowWriter target, FileRows rows) {
    try {
      column.read(bytes, from, length, target, true);
    } catch (DecodeException e) {
      rows.refused(number, java.util.Arrays.copyOfRange(bytes, from, from + length), e);
      return;
    }
    rows.accepted(number);
  }
}
