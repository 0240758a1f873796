package io.millrace.interop.spark;

import io.millrace.format.DecodeException;
import io.millrace.format.Formats;
import io.millrace.format.RecordDecoder;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.spark.sql.connector.metric.CustomTaskMetric;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/**
 * Decodes the records of one range into columns, batch by batch. Of a table it gives the changes in
 * their order, or the current rows: then it goes over the range twice, first to learn which record
 * is the last of its key. Used by one thread.
 */
final class RangeReader implements PartitionReader<ColumnarBatch> {
  private static final int BATCH_ROWS = 4096;

  private final ReadPlan plan;
  private final Connections connections;
  private final RecordDecoder values;
  private final RecordDecoder keys;
  private final int[] valueTargets;
  private final int[] keyTargets;
  private final ColumnarRows rows;
  private final Map<ByteBuffer, Long> lastOffsets;
  private final RecordRange records;
  private long given;
  private long malformed;

  RangeReader(ReadPlan plan, PartitionRange range) {
    this.plan = plan;
    this.connections = Connections.of(plan.warehouse());
    Relation relation = plan.relation();
    RowSchema schema = relation.schema();
    int[] keyIndexes = relation.isTable() ? schema.keyIndexes() : new int[0];
    // A table's key columns are read from the record's key: a foreign value may lack them.
    this.valueTargets = targets(column -> column >= 0 && !contains(keyIndexes, column));
    this.keyTargets = targets(column -> contains(keyIndexes, column));
    Formats formats = new Formats(connections.contracts());
    this.values =
        formats.decoder(
            "avro", Map.of(), schema, contractColumns(valueTargets), relation.valueSchemaId());
    this.keys = relation.isTable() ? formats.keyDecoder(schema, contractColumns(keyTargets)) : null;
    this.rows = new ColumnarRows(plan.types(), BATCH_ROWS);
    this.lastOffsets = plan.currentRows() ? lastOffsets(range) : null;
    this.records = new RecordRange(connections, range);
  }

  /** The columns of the answer whose contract column is one of these. */
  private int[] targets(java.util.function.IntPredicate which) {
    return IntStream.range(0, plan.columns().length)
        .filter(i -> which.test(plan.columns()[i]))
        .toArray();
  }

  private int[] contractColumns(int[] targets) {
    return Arrays.stream(targets).map(i -> plan.columns()[i]).toArray();
  }

  private static boolean contains(int[] all, int one) {
    return Arrays.stream(all).anyMatch(each -> each == one);
  }

  private Map<ByteBuffer, Long> lastOffsets(PartitionRange range) {
    Map<ByteBuffer, Long> last = new HashMap<>();
    try (RecordRange all = new RecordRange(connections, range)) {
      for (var record = all.next(); record != null; record = all.next()) {
        ByteBuffer key = ByteBuffer.wrap(record.key());
        if (record.value() == null) {
          last.remove(key);
        } else {
          last.put(key, record.offset());
        }
      }
    }
    return last;
  }

  @Override
  public boolean next() {
    rows.clear();
    while (!rows.isFull()) {
      ConsumerRecord<byte[], byte[]> record = records.next();
      if (record == null) {
        if (rows.rows() == 0) {
          requireAllRows();
        }
        break;
      }
      if (isWanted(record)) {
        accept(record);
      }
    }
    return rows.rows() > 0;
  }

  private boolean isWanted(ConsumerRecord<byte[], byte[]> record) {
    if (lastOffsets == null) {
      return true;
    }
    if (record.value() == null) {
      return false;
    }
    Long last = lastOffsets.get(ByteBuffer.wrap(record.key()));
    return last != null && last == record.offset();
  }

  /** A row whose record was compacted away between the two passes has a newer one since. */
  private void requireAllRows() {
    if (lastOffsets != null && given != lastOffsets.size()) {
      throw new MillraceException(
              ErrorCode.DATA_EXPIRED,
              "Cannot read "
                  + plan.relation().what()
                  + ": compaction removed "
                  + (lastOffsets.size() - given)
                  + " rows that were replaced while it was read")
          .hint("Read it again.");
    }
  }

  private void accept(ConsumerRecord<byte[], byte[]> record) {
    given++;
    try {
      decode(record);
    } catch (DecodeException | ArithmeticException e) {
      rows.wholeRow();
      rows.abandonRow();
      if (!plan.dropMalformed()) {
        throw new MillraceException(
                ErrorCode.DECODE_FAILED,
                "Cannot read topic "
                    + record.topic()
                    + " partition "
                    + record.partition()
                    + " offset "
                    + record.offset()
                    + ": "
                    + e.getMessage())
            .hint("Option 'mode' = 'DROPMALFORMED' leaves such records out and counts them.");
      }
      malformed++;
    }
  }

  private void decode(ConsumerRecord<byte[], byte[]> record) throws DecodeException {
    byte[] value = record.value();
    byte[] key = record.key();
    if (keys == null && value == null) {
      throw new DecodeException("a record of a stream has no value", -1);
    }
    if (keys != null && key == null) {
      throw new DecodeException("a record of a table has no key", -1);
    }
    rows.beginRow();
    if (keyTargets.length > 0) {
      rows.part(keyTargets);
      keys.decode(key, 0, key.length, rows);
    }
    if (value != null && valueTargets.length > 0) {
      rows.part(valueTargets);
      values.decode(value, 0, value.length, rows);
    }
    rows.wholeRow();
    for (int i = 0; i < plan.metadata().length; i++) {
      if (plan.metadata()[i] != null) {
        plan.metadata()[i].write(record, i, rows);
      }
    }
    rows.endRow();
  }

  @Override
  public ColumnarBatch get() {
    return rows.batch();
  }

  @Override
  public CustomTaskMetric[] currentMetricsValues() {
    return new CustomTaskMetric[] {RowsLeftOut.of(malformed)};
  }

  @Override
  public void close() {
    records.close();
    rows.close();
  }
}
