package io.millrace.flow.delivery;

import io.millrace.flow.topic.DeadLetterWriter;
import io.millrace.flow.topic.FlowMetrics;
import io.millrace.flow.topic.RawRecord;
import io.millrace.flow.topic.TopicTable;
import io.millrace.format.DecodeException;
import io.millrace.format.Formats;
import io.millrace.format.RecordDecoder;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Positions;
import io.millrace.model.RowKind;
import io.millrace.model.RowSchema;
import io.millrace.registry.Contracts;
import io.millrace.sink.RowRefusedException;
import io.millrace.sink.SinkWriter;
import io.millrace.sink.WriterContext;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decodes records into a sink's writer. A record that cannot be read is a dead letter of stage
 * {@code decode}, a row that the sink refuses one of stage {@code sink}; both are flushed before
 * each checkpoint. Used by one thread. Nothing is allocated per row.
 */
abstract class DeliveryWriter<W extends SinkWriter>
    implements org.apache.flink.api.connector.sink2.SinkWriter<RawRecord> {
  private static final Logger LOG = LoggerFactory.getLogger(DeliveryWriter.class);
  private static final long UNREAD = -1;

  private final W writer;
  private final TopicTable topic;
  private final boolean table;
  private final Contracts contracts;
  private final RecordDecoder values;
  private final RecordDecoder keys;
  private final Counter rowsOut;
  private final Counter bytesOut;
  private DeadLetterWriter deadLetters;
  private long[] next = new long[0];

  DeliveryWriter(W writer, TopicTable topic, WriterInitContext context) {
    this.writer = writer;
    this.topic = topic;
    this.table = topic.relation().isTable();
    this.contracts = new Contracts(topic.registry());
    Formats formats = new Formats(contracts);
    RowSchema schema = topic.relation().schema();
    int[] all = IntStream.range(0, schema.size()).toArray();
    this.values =
        formats.decoder(topic.relation().format(), topic.relation().options(), schema, all);
    this.keys = table ? formats.keyDecoder(schema, all) : null;
    this.rowsOut = context.metricGroup().counter(FlowMetrics.ROWS_OUT);
    this.bytesOut = context.metricGroup().counter(FlowMetrics.BYTES_OUT);
  }

  static WriterContext context(WriterInitContext context, TopicTable table) {
    return new WriterContext(
        context.getTaskInfo().getIndexOfThisSubtask(),
        context.getTaskInfo().getNumberOfParallelSubtasks(),
        table.epoch());
  }

  /** A sink that asks for a person is not started again and again. */
  static RuntimeException failing(MillraceException e) {
    return e.code() == ErrorCode.SINK_FAILED ? new SuppressRestartsException(e) : e;
  }

  final W writer() {
    return writer;
  }

  @Override
  public void write(RawRecord record, Context context) throws IOException {
    seen(record);
    try {
      if (record.value() == null && !table && values.skipsEmpty()) {
        return;
      }
      if (record.value() == null) {
        rowsOut.inc(delete(record));
        bytesOut.inc(record.key().length);
      } else {
        rowsOut.inc(upsert(record));
        bytesOut.inc(record.value().length);
      }
    } catch (DecodeException e) {
      deadLetters()
          .write(refused(record, "decode"), ErrorCode.DECODE_FAILED, e.getMessage(), e.field());
    } catch (RowRefusedException e) {
      deadLetters()
          .write(refused(record, "sink"), ErrorCode.ROW_REFUSED, e.getMessage(), e.column());
    } catch (MillraceException e) {
      throw failing(e);
    }
  }

  /** Most deliveries never refuse a row, so a producer is opened for the first that does. */
  private DeadLetterWriter deadLetters() {
    if (deadLetters == null) {
      deadLetters = new DeadLetterWriter(topic.log(), topic.registry(), topic.statement());
    }
    return deadLetters;
  }

  private DeadLetterWriter.Refused refused(RawRecord record, String stage) {
    return new DeadLetterWriter.Refused(
        stage,
        topic.relation().topic(),
        record.partition(),
        record.offset(),
        record.timestamp(),
        record.key(),
        record.value(),
        record.headers());
  }

  private int upsert(RawRecord record) throws DecodeException {
    writer.next(record.partition(), record.offset(), RowKind.UPSERT);
    values.at(record.offset());
    return values.decode(record.value(), 0, record.value().length, writer.rows());
  }

  private int delete(RawRecord record) throws DecodeException {
    if (!table || record.key() == null) {
      throw new DecodeException("the record has no value", -1);
    }
    writer.next(record.partition(), record.offset(), RowKind.DELETE);
    return keys.decode(record.key(), 0, record.key().length, writer.rows());
  }

  private void seen(RawRecord record) {
    int partition = record.partition();
    if (partition >= next.length) {
      int before = next.length;
      next = Arrays.copyOf(next, partition + 1);
      Arrays.fill(next, before, next.length, UNREAD);
    }
    // A replayed record lies before what was read already.
    next[partition] = Math.max(next[partition], record.offset() + 1);
  }

  /** For each partition read so far, the offset of the next record. */
  final Positions positions() {
    Map<Integer, Long> positions = new TreeMap<>();
    for (int partition = 0; partition < next.length; partition++) {
      if (next[partition] != UNREAD) {
        positions.put(partition, next[partition]);
      }
    }
    return Positions.of(positions);
  }

  @Override
  public void flush(boolean endOfInput) throws IOException {
    if (deadLetters != null) {
      deadLetters.flush();
    }
  }

  /**
   * What fails here loses nothing: rows that no checkpoint has are read again. It is only logged,
   * since Flink stops the whole process where a task that fails cannot be closed.
   */
  @Override
  public final void close() {
    for (AutoCloseable part : Arrays.asList(writer, deadLetters, contracts)) {
      try {
        if (part != null) {
          part.close();
        }
      } catch (Exception e) {
        LOG.warn("Failed to close a part of {}", topic.statement(), e);
      }
    }
  }
}
