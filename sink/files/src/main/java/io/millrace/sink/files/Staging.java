package io.millrace.sink.files;

import io.millrace.model.Positions;
import io.millrace.sink.EpochId;
import io.millrace.sink.Staged;
import io.millrace.sink.WriterContext;
import java.io.IOException;
import java.util.List;

/**
 * Where a sink's files wait out of sight until their commit. The steps are those of {@link
 * io.millrace.sink.StagedSink}. Not thread-safe; several over one place may be at work at once.
 */
interface Staging extends AutoCloseable {
  /** Marks the beginning of a submission; throws SINK_FAILED where a newer one has begun. */
  void begin(WriterContext context) throws IOException;

  /** Throws SINK_FAILED where a newer submission has begun. */
  void check(long epoch) throws IOException;

  /** A new file to write to, which will belong to this folder. */
  FileOutput open(WriterContext context, String folder, RowPosition first) throws IOException;

  /** Makes whole files durable, still out of sight. */
  List<Staged> stage(WriterContext context, EpochId epoch, List<WholeFile> files, Positions next)
      throws IOException;

  /** Puts what was staged in its place; safe to repeat. */
  void commit(Staged staged) throws IOException;

  @Override
  void close();
}
