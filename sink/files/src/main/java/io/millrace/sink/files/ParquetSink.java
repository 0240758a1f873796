package io.millrace.sink.files;

import java.nio.file.Path;

/** A stream in a folder. Immutable; sent to the tasks that write. */
record ParquetSink(FileLayout layout, String folder) implements FileSink {
  @Override
  public Staging staging() {
    return new FolderStaging(Path.of(folder), layout.fileName());
  }
}
