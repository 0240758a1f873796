package io.millrace.sink;

import io.millrace.model.Positions;
import java.io.IOException;
import java.util.List;

/** The writer of a {@link StagedSink}. */
public interface StagedWriter extends SinkWriter {
  /**
   * Makes all rows since the last call durable but invisible. Empty where there were none.
   *
   * @param next for each partition that this writer has read, the offset of the next record
   */
  List<Staged> stage(EpochId epoch, Positions next) throws IOException;
}
