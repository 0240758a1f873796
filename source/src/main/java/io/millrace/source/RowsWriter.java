package io.millrace.source;

import io.millrace.catalog.Relation;
import io.millrace.format.FileDecoder;
import io.millrace.format.Formats;
import io.millrace.format.ObjectRow;
import io.millrace.log.LogClient;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Positions;
import io.millrace.model.RowKind;
import io.millrace.model.RowSchema;
import io.millrace.registry.Contracts;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Writes rows into streams and tables for the rows endpoint, {@code load}, INSERT VALUES, UPDATE
 * and DELETE. Each call is one Kafka transaction, streamed: memory does not grow with the request,
 * and readers of committed records see all of it or nothing. Rows are written in the relation's own
 * format; rows of a table go to the partition that Kafka's murmur2 of their serialized key names,
 * rows of a stream around the partitions in chunks. What is written to a table with history goes
 * into its stream of changes, under the table's key. Thread-safe; calls run side by side.
 */
public final class RowsWriter implements AutoCloseable {
  private final LogClient log;
  private final Contracts contracts;
  private final Formats formats;
  private final ProducerPool pool;
  private final KnownRequests requests;
  private final AtomicInteger turn = new AtomicInteger();
  private final ChangeClock clock = new ChangeClock();

  /**
   * A writer whose transactions bear the ids {@code <prefix>-<n>}. What an earlier process of that
   * prefix left open is aborted, so a prefix belongs to one server at a time.
   */
  public RowsWriter(
      LogClient log, Contracts contracts, Formats formats, String transactionalIdPrefix) {
    this.log = log;
    this.contracts = contracts;
    this.formats = formats;
    this.pool = new ProducerPool(log, transactionalIdPrefix);
    this.requests = new KnownRequests(log, contracts, formats);
  }

  /**
   * The fate of a request.
   *
   * @param accepted rows written; 0 where the request was rejected
   * @param refused the first thousand refused rows
   * @param refusedCount how many were refused
   * @param positions of each partition written to, the offset after the last row
   * @param repeated whether it was written before, under the same key; the refused rows are not
   *     listed then
   */
  public record WriteResult(
      long accepted,
      List<Refused> refused,
      long refusedCount,
      Positions positions,
      boolean repeated) {
    public WriteResult {
      refused = List.copyOf(refused);
    }
  }

  /**
   * One refused row.
   *
   * @param row its line or number, from 1
   * @param field the column, with dots into nested fields; empty where the whole row is at fault
   * @param reason why, in words
   * @param text the row's first thousand bytes as text; empty where they are not known
   */
  public record Refused(long row, String field, String reason, String text) {}

  /**
   * Writes the rows of a file or request body. With REJECT any refused row rejects the request:
   * nothing is written, and the result lists what is wrong with every row. INVALID_REQUEST where
   * the body cannot be read to its end; nothing is written then either.
   */
  public WriteResult write(
      Relation target, FileDecoder decoder, InputStream body, OnError onError) {
    RowRecords records = records(target);
    try (Transaction transaction = begin(target, records)) {
      Request request = new Request(target, records, transaction, onError);
      decoder.decode(body, request, request);
      return request.finish(result -> {});
    } catch (IOException e) {
      throw unread(target, e);
    }
  }

  /**
   * As above, once for each {@code key}: a request of a key that was written within the last day is
   * answered as it was then and not written again. INVALID_REQUEST where that one had other rows,
   * IN_USE while it is under way. What was refused as a whole may be sent again.
   */
  public WriteResult write(
      Relation target, FileDecoder decoder, InputStream body, OnError onError, String key) {
    MessageDigest digest = KnownRequests.digest();
    RowRecords records = records(target);
    try (KnownRequests.Attempt attempt = requests.enter(records.topic(), key);
        DigestInputStream rows = new DigestInputStream(body, digest)) {
      if (attempt.isKnown()) {
        rows.transferTo(OutputStream.nullOutputStream());
        KnownRequests.Known known = attempt.known(digest.digest()).orElseThrow();
        return new WriteResult(
            known.accepted(), List.of(), known.refused(), known.positions(), true);
      }
      try (Transaction transaction = begin(target, records)) {
        Request request = new Request(target, records, transaction, onError);
        decoder.decode(rows, request, request);
        rows.transferTo(OutputStream.nullOutputStream());
        WriteResult written =
            request.finish(result -> attempt.note(transaction, digest.digest(), result));
        attempt.committed();
        return written;
      }
    } catch (IOException e) {
      throw unread(target, e);
    }
  }

  private static MillraceException unread(Relation target, IOException e) {
    return new MillraceException(
            ErrorCode.INVALID_REQUEST,
            "Cannot write to " + target.name() + ": the rows could not be read: " + e.getMessage(),
            e)
        .hint("Nothing was written: send them again.");
  }

  /**
   * Writes rows given as values, numbered from 1. A refused row rejects them all, as with REJECT
   * above. NOT_SUPPORTED for a DELETE where there is no primary key.
   */
  public WriteResult writeRows(Relation target, Iterable<RowChange> rows) {
    RowRecords records = records(target);
    try (Transaction transaction = begin(target, records)) {
      Request request = new Request(target, records, transaction, OnError.REJECT);
      ObjectRow typed = new ObjectRow(target.schema());
      long number = 0;
      for (RowChange row : rows) {
        number++;
        if (row.kind() == RowKind.DELETE && !target.schema().isKeyed()) {
          throw new MillraceException(
                  ErrorCode.NOT_SUPPORTED,
                  "Cannot delete from " + target.name() + ": it is a stream")
              .hint("Only rows of tables can be deleted, by their primary key.");
        }
        try {
          typed.set(values(target.schema(), row));
        } catch (MillraceException e) {
          request.refuse(number, culprit(target.schema(), row), e.getMessage(), "");
          continue;
        }
        request.take(row.kind(), typed);
        request.accepted(number);
      }
      return request.finish(result -> {});
    }
  }

  /** Of a row to delete, the key alone. */
  private static Object[] values(RowSchema schema, RowChange row) {
    if (row.kind() == RowKind.UPSERT || row.values().length != schema.size()) {
      return row.values();
    }
    Object[] key = new Object[schema.size()];
    for (int column : schema.keyIndexes()) {
      key[column] = row.values()[column];
    }
    return key;
  }

  /** The first column that refuses its value; found only when one has. */
  private static String culprit(RowSchema schema, RowChange row) {
    Object[] values = values(schema, row);
    for (int column = 0; column < Math.min(values.length, schema.size()); column++) {
      try {
        new ObjectRow(schema.project(new int[] {column})).set(values[column]);
      } catch (MillraceException e) {
        return schema.column(column).name();
      }
    }
    return "";
  }

  private RowRecords records(Relation target) {
    log.disk().require("write to " + target.name());
    RowRecords records =
        new RowRecords(
            target,
            log,
            contracts,
            formats,
            partitions -> Math.floorMod(turn.getAndIncrement(), partitions));
    records.begin(clock.next());
    return records;
  }

  private Transaction begin(Relation target, RowRecords records) {
    return new Transaction(
        log, pool, records.topic(), records.partitions(), "write to " + target.name());
  }

  /** Gives up its connections; calls that are under way end first or fail. */
  @Override
  public void close() {
    pool.close();
  }
}
