package io.millrace.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.catalog.Relation;
import io.millrace.format.ByteSink;
import io.millrace.format.DecodeException;
import io.millrace.format.FileDecoder;
import io.millrace.format.RecordEncoder;
import io.millrace.format.RowBuffer;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Positions;
import io.millrace.model.RowKind;
import io.millrace.model.RowReader;
import io.millrace.model.RowSchema;
import io.millrace.source.RowsWriter.Refused;
import io.millrace.source.RowsWriter.WriteResult;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.apache.kafka.common.utils.Utils;

/**
 * The rows of one request on their way into one transaction: checked, encoded, sent. A decoder
 * pushes each row in and tells its fate; a row that the contract refuses is noticed at its end and
 * refused when its number is told. Not thread-safe.
 */
final class Request extends RowBuffer implements FileDecoder.FileRows {
  private static final int LISTED = 1000;
  private static final int TEXT = 1000;
  private static final int CHUNK = 256 << 10;

  /** What a record batch needs besides key and value, generously. */
  private static final int OVERHEAD = 512;

  private final RowSchema schema;
  private final RecordEncoder keys;
  private final RecordEncoder values;

  /** Null where a row is deleted by a record without a value. */
  private final ChangeEncoder changes;

  private final Transaction transaction;
  private final OnError onError;
  private final int partitions;
  private final int largest;
  private final IntUnaryOperator nextPartition;
  private final int[] keyColumns;
  private final int[] required;
  private final ByteSink key = new ByteSink();
  private final ByteSink value = new ByteSink();
  private final List<Refused> refused = new ArrayList<>();
  private Unfit unfit;
  private long accepted;
  private long refusedCount;
  private int partition;
  private int room;

  /** Why the contract refuses the row that ended last. */
  private record Unfit(String field, String reason) {}

  Request(
      Relation target,
      RecordEncoder keys,
      RecordEncoder values,
      ChangeEncoder changes,
      Transaction transaction,
      OnError onError,
      int partitions,
      int largest,
      IntUnaryOperator nextPartition) {
    super(target.schema());
    this.schema = target.schema();
    this.keys = keys;
    this.values = values;
    this.changes = changes;
    this.transaction = transaction;
    this.onError = onError;
    this.partitions = partitions;
    this.largest = largest;
    this.nextPartition = nextPartition;
    this.keyColumns = schema.keyIndexes();
    this.required =
        IntStream.range(0, schema.size())
            .filter(
                i ->
                    !schema.column(i).type().nullable()
                        || IntStream.of(keyColumns).anyMatch(k -> k == i))
            .toArray();
  }

  @Override
  public void endRow() {
    super.endRow();
    take(RowKind.UPSERT, row());
  }

  /** Checks, encodes and sends a row; whether it was refused shows when its number is told. */
  void take(RowKind kind, RowReader row) {
    unfit = null;
    for (int column : kind == RowKind.DELETE ? keyColumns : required) {
      if (row.isNull(column)) {
        unfit = new Unfit(schema.column(column).name(), "NULL in a NOT NULL column");
        return;
      }
    }
    key.reset();
    value.reset();
    try {
      if (keys != null) {
        keys.encode(row, key);
      }
      if (kind == RowKind.UPSERT) {
        values.encode(row, value);
      } else if (changes != null) {
        changes.encodeDelete(row, value);
      }
    } catch (MillraceException e) {
      if (e.code() != ErrorCode.ROW_REFUSED) {
        throw e;
      }
      unfit = new Unfit("", e.getMessage());
      return;
    }
    long bytes = (long) key.length() + value.length();
    if (bytes + OVERHEAD > largest) {
      unfit =
          new Unfit("", "a record of " + bytes + " bytes is more than the " + largest + " allowed");
    } else if (!isDoomed()) {
      send(kind);
    }
  }

  private void send(RowKind kind) {
    byte[] keyBytes = keys == null ? null : key.toByteArray();
    byte[] valueBytes = kind == RowKind.DELETE && changes == null ? null : value.toByteArray();
    transaction.send(partition(keyBytes), keyBytes, valueBytes);
  }

  /** Kafka's own choice for keys; rows without one go chunk by chunk around the partitions. */
  private int partition(byte[] keyBytes) {
    if (keyBytes != null) {
      return Utils.toPositive(Utils.murmur2(keyBytes)) % partitions;
    }
    if (room <= 0) {
      partition = nextPartition.applyAsInt(partitions);
      room = CHUNK;
    }
    room -= value.length();
    return partition;
  }

  @Override
  public void accepted(long row) {
    if (unfit == null) {
      accepted++;
    } else {
      refuse(row, unfit.field(), unfit.reason(), "");
      unfit = null;
    }
  }

  @Override
  public void refused(long row, byte[] bytes, DecodeException why) {
    String text = new String(bytes, 0, Math.min(bytes.length, TEXT), UTF_8);
    refuse(row, why.field(), why.reason(), text);
  }

  /** With {@link OnError#REJECT} readers are freed at once; the rest is read to be reported. */
  void refuse(long row, String field, String reason, String text) {
    refusedCount++;
    if (refused.size() < LISTED) {
      refused.add(new Refused(row, field, reason, text));
    }
    if (isDoomed()) {
      transaction.abort();
    }
  }

  private boolean isDoomed() {
    return onError == OnError.REJECT && refusedCount > 0;
  }

  /** {@code lastly} hears what is about to be committed, and may add to the transaction. */
  WriteResult finish(Consumer<WriteResult> lastly) {
    if (isDoomed()) {
      return new WriteResult(0, refused, refusedCount, Positions.NONE, false);
    }
    WriteResult result =
        new WriteResult(accepted, refused, refusedCount, transaction.positions(), false);
    lastly.accept(result);
    transaction.commit();
    return result;
  }
}
