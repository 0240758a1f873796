package io.millrace.sink.files;

import io.millrace.sink.Committer;
import io.millrace.sink.Staged;
import io.millrace.sink.StagedSink;
import io.millrace.sink.StagedWriter;
import io.millrace.sink.WriterContext;
import java.io.IOException;

/** A stream as Parquet files, wherever they lie. */
interface FileSink extends StagedSink {
  FileLayout layout();

  /** A new one, for one writer or committer. */
  Staging staging();

  @Override
  default StagedWriter writer(WriterContext context) throws IOException {
    Staging staging = staging();
    try {
      return new ParquetFilesWriter(layout(), staging, context);
    } catch (IOException | RuntimeException e) {
      staging.close();
      throw e;
    }
  }

  @Override
  default Committer committer() {
    Staging staging = staging();
    return new Committer() {
      @Override
      public void commit(Staged staged) throws IOException {
        staging.commit(staged);
      }

      @Override
      public void close() {
        staging.close();
      }
    };
  }
}
