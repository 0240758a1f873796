package io.millrace.format.raw;

import io.millrace.format.FilePlace;
import io.millrace.format.LineDecoder;
import io.millrace.format.text.FileBuffer;
import io.millrace.model.RowWriter;
import java.io.IOException;
import java.io.InputStream;

/** A STRING column: one row per line, blank ones too. */
final class RawLineDecoder implements LineDecoder {
  private final RawColumn column;
  private FileBuffer file;

  RawLineDecoder(RawColumn column) {
    this.column = column;
  }

  @Override
  public void decode(InputStream in, FilePlace from, boolean last, RowWriter target, FileRows rows)
      throws IOException {
    file = new FileBuffer(in, from, last);
    for (; file.findLine(); file.consumeLine()) {
      int length = file.lineEnd() - file.from();
      RawFileDecoder.row(column, file.line(), file.bytes(), file.from(), length, target, rows);
    }
  }

  @Override
  public FilePlace place() {
    return file.place(FilePlace.START.head());
  }
}
