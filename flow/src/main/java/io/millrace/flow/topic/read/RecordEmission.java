package io.millrace.flow.topic.read;

import io.millrace.flow.topic.DeadLetterWriter;
import io.millrace.flow.topic.FlowMetrics;
import io.millrace.flow.topic.LeftOutRows;
import io.millrace.flow.topic.Replayed;
import io.millrace.flow.topic.TopicTable;
import io.millrace.flow.topic.mark.Mark;
import io.millrace.format.DecodeException;
import io.millrace.model.ErrorCode;
import io.millrace.model.Units;
import java.time.Duration;
import java.util.Optional;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.connector.base.source.reader.RecordEmitter;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Record by record: decodes, hands rows to the query, takes marks, and turns what cannot be read or
 * computed into dead letters. Used by the task's thread.
 */
final class RecordEmission<T>
    implements RecordEmitter<ConsumerRecord<byte[], byte[]>, T, PartitionState> {
  private final TopicTable table;
  private final RecordHandler<T> handler;
  private final ExpressionFailures expressions = new ExpressionFailures();
  private final Counter records;
  private final Counter rowsIn;
  private final Counter decodeErrors;
  private final Counter expressionErrors;

  /** Null where what is refused becomes a dead letter. */
  private final LeftOutRows leftOut;

  /** Null where rows say nothing about time, or nobody wants to know. */
  private final EventTime<T> time;

  private DeadLetterWriter deadLetters;
  private SourceOutput<T> output;
  private PartitionState partition;
  private ConsumerRecord<byte[], byte[]> current;
  private RuntimeException failure;
  private volatile long lastTimestamp = -1;

  /** What the reader has told the query, for rows that belong to no partition any more. */
  private long readerWatermark = Long.MIN_VALUE;

  RecordEmission(
      TopicTable table,
      RecordHandler<T> handler,
      EventTime<T> time,
      LeftOutRows leftOut,
      MetricGroup metrics) {
    this.table = table;
    this.handler = handler;
    this.leftOut = leftOut;
    this.time = time != null && (time.declaresWatermarks() || table.deadLetters()) ? time : null;
    this.records = metrics.counter(FlowMetrics.RECORDS);
    this.rowsIn = metrics.counter(FlowMetrics.ROWS_IN);
    this.decodeErrors = metrics.counter(FlowMetrics.DECODE_ERRORS);
    this.expressionErrors = metrics.counter(FlowMetrics.EXPRESSION_ERRORS);
    handler.open(table);
  }

  @Override
  public void emitRecord(
      ConsumerRecord<byte[], byte[]> record,
      SourceOutput<T> newOutput,
      PartitionState newPartition) {
    output = newOutput;
    partition = newPartition;
    current = record;
    records.inc();
    if (newPartition.replayed) {
      replay(record);
      newPartition.passed(record.offset());
      return;
    }
    Mark mark = Mark.of(record);
    if (mark == null || !Mark.isControl(record)) {
      handle(record);
    }
    newPartition.passed(record.offset());
    if (mark != null) {
      newPartition.marks.apply(mark);
      newPartition.marked(newOutput);
    }
  }

  /** A record that was refused before is handled as if it stood in its topic again. */
  private void replay(ConsumerRecord<byte[], byte[]> replayed) {
    Replayed.original(replayed, table, table.statement(), table.created().orElseThrow())
        .ifPresent(
            original -> {
              current = original;
              handle(original);
            });
  }

  private void handle(ConsumerRecord<byte[], byte[]> record) {
    lastTimestamp = record.timestamp();
    try {
      handler.handle(record, this::emit);
    } catch (DecodeException e) {
      decodeErrors.inc();
      refuse("decode", ErrorCode.DECODE_FAILED, e.getMessage(), e.field());
    }
    if (failure != null) {
      RuntimeException fatal = failure;
      failure = null;
      throw fatal;
    }
  }

  /**
   * Never throws: what the query throws must not look like the decoder's. After a failure that is
   * not the row's own, the rest of the record is let go, since the job is about to fail.
   */
  private void emit(T row) {
    if (failure != null) {
      return;
    }
    try {
      long late = time == null ? 0 : lateness(row);
      partition.wake(output);
      output.collect(row, current.timestamp());
      rowsIn.inc();
      if (late > 0 && leftOut == null) {
        refuse("late", ErrorCode.LATE_ROW, lateText(late), "");
      }
    } catch (RuntimeException e) {
      Optional<Throwable> cause = expressions.cause(e);
      if (cause.isEmpty()) {
        failure = e;
        return;
      }
      expressionErrors.inc();
      refuse(
          "expression",
          ErrorCode.EXPRESSION_FAILED,
          ExpressionFailures.message(cause.get()),
          ExpressionFailures.column(cause.get()));
    }
  }

  /** How many milliseconds a row is behind the watermark; 0 where it is in time. */
  private long lateness(T row) {
    if (partition.replayed) {
      return behind(readerWatermark, row);
    }
    // Where rows drive the watermark, only one whose own is behind can be late itself.
    return !time.declaresWatermarks() || partition.isBehind(time.watermark(row))
        ? behind(partition.watermark(), row)
        : 0;
  }

  /** No difference before it is one: there may be no watermark yet, which is the least number. */
  private long behind(long watermark, T row) {
    long timestamp = time.timestamp(row);
    return timestamp < watermark ? watermark - timestamp : 0;
  }

  private String lateText(long late) {
    return "its event time is "
        + Units.text(Duration.ofMillis(late))
        + " behind the watermark; it went on, but windows that had closed do not count it";
  }

  /** What the query has been told. */
  void reached(long watermark) {
    readerWatermark = watermark;
  }

  private void refuse(String stage, ErrorCode code, String message, String field) {
    if (leftOut != null) {
      leftOut.add(
          "topic %s, partition %d, offset %d: %s"
              .formatted(current.topic(), current.partition(), current.offset(), message));
      return;
    }
    if (deadLetters == null) {
      deadLetters = new DeadLetterWriter(table.log(), table.registry(), table.statement());
    }
    deadLetters.write(
        new DeadLetterWriter.Refused(
            stage,
            current.topic(),
            current.partition(),
            current.offset(),
            current.timestamp(),
            current.key(),
            current.value(),
            current.headers()),
        code,
        message,
        field);
  }

  /** Timestamp of the last record, -1 before the first. Any thread. */
  long lastTimestamp() {
    return lastTimestamp;
  }

  /** Returns once every dead letter is in the log. */
  void flush() {
    if (deadLetters != null) {
      deadLetters.flush();
    }
  }

  void close() {
    handler.close();
    if (deadLetters != null) {
      deadLetters.close();
    }
  }
}
