package io.millrace.flow.topic.write;

import io.millrace.flow.topic.Delivery;
import io.millrace.flow.topic.FlowMetrics;
import io.millrace.flow.topic.TopicTable;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.IOException;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.operators.ProcessingTimeService;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.connector.kafka.sink.KafkaWriterState;
import org.apache.flink.metrics.Counter;
import org.apache.flink.table.data.RowData;
import org.apache.kafka.clients.admin.Admin;

/**
 * Writes rows and tells every partition the watermark: with the next row, or with a control record
 * where no row came for a heartbeat, and at each checkpoint, so that a transaction ends with what
 * is known. Used by the task's thread.
 */
final class MarkedWriter
    implements StatefulSinkWriter<RowData, KafkaWriterState>,
        CommittingSinkWriter<RowData, Written> {
  private static final Context NO_CONTEXT =
      new Context() {
        @Override
        public long currentWatermark() {
          return Long.MIN_VALUE;
        }

        @Override
        public Long timestamp() {
          return null;
        }
      };

  private final RecordSerializer serializer;
  private final SinkWriter<RowData> writer;
  private final WitnessingContext context;
  private final MarkState marks;
  private final Counter records;
  private final Counter rowsOut;

  /** Whether records may be written that hold nothing but a mark. */
  private final boolean controls;

  private final boolean marking;
  private final boolean exactlyOnce;
  private final long heartbeatMs;
  private final long idleMs;
  private long lastActiveMs;
  private boolean closed;

  private final long openedNanos = System.nanoTime();

  MarkedWriter(
      TopicTable table,
      RecordSerializer serializer,
      SinkWriter<RowData> writer,
      WitnessingContext context)
      throws IOException {
    this.serializer = serializer;
    this.writer = writer;
    this.context = context;
    this.marks = serializer.marks();
    if (marks == null) {
      throw new MillraceException(
          ErrorCode.INTERNAL_ERROR, "Failed to open a writer: its serializer is not its own");
    }
    this.records = context.metricGroup().counter(FlowMetrics.RECORDS);
    this.rowsOut = context.metricGroup().counter(FlowMetrics.ROWS_OUT);
    this.marking = table.marks();
    this.exactlyOnce = table.delivery() == Delivery.EXACTLY_ONCE;
    this.controls = marking && !"rows".equalsIgnoreCase(table.relation().options().get("marks"));
    this.heartbeatMs = Math.max(1, table.heartbeat().toMillis());
    this.idleMs = table.idle().map(d -> Math.max(1, d.toMillis())).orElse(0L);
    this.lastActiveMs = now();
    closeAdmin();
    if (controls) {
      // Readers learn how many writers there are before any of them has a watermark.
      markAll();
      // What a transaction holds is seen at its commit, which has marks of its own.
      if (table.delivery() == Delivery.AT_LEAST_ONCE || idleMs > 0) {
        schedule();
      }
    }
  }

  /** Not the time of day, which may jump: idleness skips event time. */
  private long now() {
    return (System.nanoTime() - openedNanos) / 1_000_000;
  }

  private void schedule() {
    ProcessingTimeService time = context.getProcessingTimeService();
    time.registerTimer(time.getCurrentProcessingTime() + heartbeatMs, this::beat);
  }

  private void beat(long time) throws IOException, InterruptedException {
    if (closed) {
      return;
    }
    if (idleMs > 0 && !marks.isIdle() && now() - lastActiveMs >= idleMs) {
      marks.idle(true);
      markAll();
    }
    markDue();
    schedule();
  }

  private void markAll() throws IOException {
    for (int p = 0; p < marks.partitions(); p++) {
      control(p);
    }
  }

  private void markDue() throws IOException {
    for (int p = 0; p < marks.partitions(); p++) {
      if (marks.isDue(p)) {
        control(p);
      }
    }
  }

  private void control(int partition) throws IOException {
    try {
      records.inc();
      writer.write(serializer.control(partition), NO_CONTEXT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while writing a mark", e);
    }
  }

  /** A sink is not told whether its input is idle, so silence of rows and watermarks has to do. */
  private void awake() throws IOException {
    if (idleMs > 0) {
      lastActiveMs = now();
      if (marks.isIdle()) {
        marks.idle(false);
        if (controls) {
          markAll();
        }
      }
    }
  }

  @Override
  public void write(RowData row, Context rowContext) throws IOException, InterruptedException {
    awake();
    records.inc();
    writer.write(row, rowContext);
    rowsOut.inc();
  }

  @Override
  public void writeWatermark(Watermark watermark) throws IOException, InterruptedException {
    awake();
    // The end of a bounded input is no point in time: the next run goes on from here.
    if (watermark.getTimestamp() != Long.MAX_VALUE) {
      marks.advance(watermark.getTimestamp());
    }
    writer.writeWatermark(watermark);
  }

  @Override
  public void flush(boolean endOfInput) throws IOException, InterruptedException {
    if (controls && endOfInput) {
      marks.end();
      markAll();
    } else if (controls) {
      markDue();
    }
    writer.flush(endOfInput);
  }

  @Override
  @SuppressWarnings("unchecked")
  public List<KafkaWriterState> snapshotState(long checkpoint) throws IOException {
    return ((StatefulSinkWriter<RowData, KafkaWriterState>) writer).snapshotState(checkpoint);
  }

  @Override
  @SuppressWarnings("unchecked")
  public Collection<Written> prepareCommit() throws IOException, InterruptedException {
    Collection<KafkaCommittable> transactions =
        ((CommittingSinkWriter<RowData, KafkaCommittable>) writer).prepareCommit();
    Places places = context.take();
    List<Written> written = new ArrayList<>();
    for (KafkaCommittable transaction : transactions) {
      if (places.isEmpty() && places.isComplete()) {
        throw new MillraceException(
            ErrorCode.INTERNAL_ERROR, "Failed to prepare a commit: no record was acknowledged");
      }
      written.add(new Written(transaction, places));
    }
    return written;
  }

  @Override
  public void close() throws Exception {
    closed = true;
    serializer.close();
    writer.close();
  }

  /**
   * Flink's writer asks the cluster for open transactions, when it begins and never again, by a
   * client that it does not close: each start of a task would leave one behind, with a thread that
   * goes on asking for brokers.
   */
  private void closeAdmin() throws IOException {
    if (!exactlyOnce) {
      return;
    }
    try {
      Field field = writer.getClass().getDeclaredField("adminClient");
      field.setAccessible(true);
      Admin admin = (Admin) field.get(writer);
      if (admin != null) {
        admin.close(Duration.ZERO);
        field.set(writer, null);
      }
    } catch (ReflectiveOperationException e) {
      throw new IOException("Failed to close a client of Flink's writer", e);
    }
  }
}
