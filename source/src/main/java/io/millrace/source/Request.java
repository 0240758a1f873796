package io.millrace.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.catalog.Relation;
import io.millrace.format.DecodeException;
import io.millrace.format.FileDecoder;
import io.millrace.format.RowBuffer;
import io.millrace.model.Positions;
import io.millrace.model.RowKind;
import io.millrace.model.RowReader;
import io.millrace.source.RowsWriter.Refused;
import io.millrace.source.RowsWriter.WriteResult;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The rows of one request on their way into one transaction: checked, encoded, sent. A decoder
 * pushes each row in and tells its fate; a row that the contract refuses is noticed at its end and
 * refused when its number is told. Not thread-safe.
 */
final class Request extends RowBuffer implements FileDecoder.FileRows {
  private static final int LISTED = 1000;
  private static final int TEXT = 1000;

  private final RowRecords records;
  private final Transaction transaction;
  private final OnError onError;
  private final List<Refused> refused = new ArrayList<>();

  /** Why the row that ended last was refused; null where it was not. */
  private Unfit unfit;

  private long accepted;
  private long refusedCount;

  Request(Relation target, RowRecords records, Transaction transaction, OnError onError) {
    super(target.schema());
    this.records = records;
    this.transaction = transaction;
    this.onError = onError;
  }

  @Override
  public void endRow() {
    super.endRow();
    take(RowKind.UPSERT, row());
  }

  /** Checks, encodes and sends a row; whether it was refused shows when its number is told. */
  void take(RowKind kind, RowReader row) {
    unfit = records.make(kind, row).orElse(null);
    if (unfit == null && !isDoomed()) {
      byte[] key = records.key();
      transaction.send(records.partition(key), key, records.value());
    }
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
