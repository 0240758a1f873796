package io.millrace.sink.files;

import io.millrace.model.RowSchema;
import io.millrace.sink.Committer;
import io.millrace.sink.Staged;
import io.millrace.sink.StagedSink;
import io.millrace.sink.StagedWriter;
import io.millrace.sink.WriterContext;
import io.millrace.sink.parquet.Compression;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A stream in a folder. Immutable; sent to the tasks that write.
 *
 * @param fileName the sink's name as part of a file name
 * @param partitionBy as written, or empty
 */
record ParquetSink(
    RowSchema schema,
    String folder,
    String fileName,
    String partitionBy,
    Limits limits,
    Compression compression)
    implements StagedSink {

  private Staging staging() {
    return new Staging(Path.of(folder), fileName);
  }

  @Override
  public StagedWriter writer(WriterContext context) throws IOException {
    return new ParquetFilesWriter(this, staging(), context);
  }

  @Override
  public Committer committer() {
    Staging staging = staging();
    return new Committer() {
      @Override
      public void commit(Staged staged) throws IOException {
        staging.commit(StagedFile.decode(staged));
      }

      @Override
      public void close() {}
    };
  }
}
