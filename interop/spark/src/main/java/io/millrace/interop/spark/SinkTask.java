package io.millrace.interop.spark;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Positions;
import io.millrace.model.RowKind;
import io.millrace.sink.EpochId;
import io.millrace.sink.IdempotentSink;
import io.millrace.sink.KeyedWriter;
import io.millrace.sink.RowRefusedException;
import io.millrace.sink.Sink;
import io.millrace.sink.SinkWriter;
import io.millrace.sink.Staged;
import io.millrace.sink.StagedSink;
import io.millrace.sink.StagedWriter;
import io.millrace.sink.WriterContext;
import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.metric.CustomTaskMetric;
import org.apache.spark.sql.connector.write.DataWriter;
import org.apache.spark.sql.connector.write.WriterCommitMessage;
import org.apache.spark.sql.connector.write.streaming.StreamingDataWriterFactory;
import org.apache.spark.sql.types.StructType;

/**
 * One task of an epoch: its rows go into a writer of the sink, and are staged, or durable, when it
 * is done. A row has no offset in a topic here, so it gets one that rises from epoch to epoch and
 * is the same when the epoch comes again. Used by one thread.
 */
final class SinkTask implements DataWriter<InternalRow> {
  private static final int ROWS_OF_AN_EPOCH_BITS = 32;

  /**
   * What all tasks of a query have in common.
   *
   * @param ordinals of the sink's columns in the frame
   * @param op of column {@code _op} in the frame, or -1
   * @param keys of the sink's columns those of the key
   */
  record Plan(Sink sink, StructType frame, int[] ordinals, int op, int[] keys, boolean dropRefused)
      implements Serializable {}

  /** Opens the writers of one attempt at an epoch. */
  record Factory(Plan plan, long submission, int writers) implements StreamingDataWriterFactory {
    @Override
    public DataWriter<InternalRow> createWriter(int partitionId, long taskId, long epochId) {
      try {
        return new SinkTask(plan, new WriterContext(partitionId, writers, submission), epochId);
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
  }

  /** What a task staged. */
  record Done(List<Staged> staged) implements WriterCommitMessage {}

  private final Plan plan;
  private final WriterContext context;
  private final long epoch;
  private final FrameRows rows;
  private final SinkWriter writer;
  private long next;
  private long refused;

  private SinkTask(Plan plan, WriterContext context, long epoch) throws IOException {
    this.plan = plan;
    this.context = context;
    this.epoch = epoch;
    this.rows = new FrameRows(plan.frame(), plan.ordinals());
    this.next = epoch << ROWS_OF_AN_EPOCH_BITS;
    this.writer =
        plan.sink() instanceof StagedSink staged
            ? staged.writer(context)
            : ((IdempotentSink) plan.sink()).writer(context);
  }

  @Override
  public void write(InternalRow row) throws IOException {
    boolean delete = RowOp.isDelete(row, plan.op());
    writer.next(context.subtask(), next++, delete ? RowKind.DELETE : RowKind.UPSERT);
    try {
      rows.push(row, delete ? plan.keys() : null, writer.rows());
    } catch (RowRefusedException e) {
      if (!plan.dropRefused()) {
        throw new MillraceException(ErrorCode.ROW_REFUSED, e.getMessage())
            .hint("Option 'mode' = 'DROPMALFORMED' leaves such rows out and counts them.");
      }
      refused++;
    }
  }

  @Override
  public WriterCommitMessage commit() throws IOException {
    EpochId id = new EpochId(context.epoch(), epoch);
    if (writer instanceof StagedWriter staged) {
      return new Done(staged.stage(id, Positions.of(Map.of(context.subtask(), next))));
    }
    ((KeyedWriter) writer).flush(id);
    return new Done(List.of());
  }

  @Override
  public CustomTaskMetric[] currentMetricsValues() {
    return new CustomTaskMetric[] {RowsLeftOut.of(refused)};
  }

  /** What was not staged is given up when it is closed. */
  @Override
  public void abort() {}

  @Override
  public void close() throws IOException {
    try {
      writer.close();
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("Failed to close a writer", e);
    }
  }
}
