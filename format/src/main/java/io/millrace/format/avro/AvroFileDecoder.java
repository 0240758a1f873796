package io.millrace.format.avro;

import io.millrace.format.DecodeException;
import io.millrace.format.FileDecoder;
import io.millrace.format.text.TextColumn;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.IntFunction;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.generic.GenericDatumReader;

/**
 * Reads Avro object container files, which bring their own schema, and bodies that are one record
 * in Confluent's wire format.
 */
public final class AvroFileDecoder implements FileDecoder {
  private static final int MAX_RECORD = 64 << 20;
  private static final int MAX_EMPTY_ROWS = 1 << 20;

  private final IntFunction<Schema> schemas;
  private final RowSchema schema;

  public AvroFileDecoder(IntFunction<Schema> schemas, RowSchema schema) {
    this.schemas = schemas;
    this.schema = schema;
  }

  @Override
  public void decode(InputStream in, RowWriter target, FileRows rows) throws IOException {
    PushbackInputStream peeked = new PushbackInputStream(in);
    int first = peeked.read();
    if (first < 0) {
      return;
    }
    peeked.unread(first);
    if (first == 0) {
      record(peeked, target, rows);
    } else if (first == 'O') {
      container(peeked, target, rows);
    } else {
      throw new MillraceException(ErrorCode.ROW_REFUSED, "Cannot read the file as avro")
          .hint("Send an Avro object container file, or one record with its schema id before it.");
    }
  }

  private void record(InputStream in, RowWriter target, FileRows rows) throws IOException {
    byte[] bytes = in.readNBytes(MAX_RECORD);
    int[] all = TextColumn.allOf(schema);
    try {
      new AvroRecordDecoder(schemas, schema.columns(), all, null)
          .decode(bytes, 0, bytes.length, target);
    } catch (DecodeException e) {
      rows.refused(1, bytes, e);
      return;
    }
    rows.accepted(1);
  }

  private void container(InputStream in, RowWriter target, FileRows rows) throws IOException {
    try (DataFileStream<Object> file = open(in)) {
      Rows block = new Rows(file.getSchema(), target, rows);
      for (ByteBuffer bytes = next(file); bytes != null; bytes = next(file)) {
        block.read(
            bytes.array(),
            bytes.arrayOffset() + bytes.position(),
            bytes.arrayOffset() + bytes.limit(),
            file.getBlockCount());
      }
    }
  }

  private static DataFileStream<Object> open(InputStream in) {
    try {
      return new DataFileStream<>(new ContainerGuard(in), new GenericDatumReader<>());
    } catch (IOException | RuntimeException | LinkageError e) {
      throw unreadable(e);
    }
  }

  /** The bytes of the next block, decompressed; null at the end. */
  private static ByteBuffer next(DataFileStream<?> file) {
    try {
      return file.hasNext() ? file.nextBlock() : null;
    } catch (IOException | RuntimeException | LinkageError e) {
      throw unreadable(e);
    }
  }

  /** Of broken files Avro throws almost anything. */
  private static MillraceException unreadable(Throwable e) {
    if (e instanceof LinkageError) {
      return new MillraceException(
              ErrorCode.ROW_REFUSED, "Cannot read the Avro file: no library for its codec", e)
          .hint("Write it with the codec deflate, or with none.");
    }
    return new MillraceException(
        ErrorCode.ROW_REFUSED, "Failed to read the Avro file: " + e.getMessage(), e);
  }

  /** The rows of blocks, one after the other without anything between them. */
  private final class Rows {
    private final ReadStep plan;
    private final ReadStep skip;
    private final int leastSize;
    private final RowWriter target;
    private final FileRows rows;
    private final AvroReader in = new AvroReader();
    private long row;

    Rows(Schema writer, RowWriter target, FileRows rows) {
      plan = ReadPlanner.plan(writer, schema.columns(), TextColumn.allOf(schema), null);
      skip = ReadPlanner.skipPlan(writer);
      leastSize = ReadPlanner.leastSizeOf(writer);
      this.target = target;
      this.rows = rows;
    }

    void read(byte[] bytes, int from, int to, long count) {
      // Rows that take no bytes are limited over the whole file.
      if (count > (leastSize == 0 ? MAX_EMPTY_ROWS - row : (to - from) / leastSize)) {
        refuseRest(count);
        return;
      }
      int at = from;
      for (long i = 0; i < count; i++) {
        row++;
        in.start(bytes, at, to, at);
        target.beginRow();
        try {
          in.row(plan, target);
        } catch (DecodeException e) {
          target.abandonRow();
          int next = next(bytes, at, to);
          rows.refused(row, Arrays.copyOfRange(bytes, at, next < 0 ? to : next), e);
          if (next < 0) {
            refuseRest(count - i - 1);
            return;
          }
          at = next;
          continue;
        }
        at = in.position();
        target.endRow();
        rows.accepted(row);
      }
      if (at != to) {
        rows.refused(
            row,
            Arrays.copyOfRange(bytes, at, to),
            new DecodeException("bytes left over behind the rows of a block", -1));
      }
    }

    /** Where the row after a refused one starts; -1 where that cannot be found. */
    private int next(byte[] bytes, int at, int to) {
      in.start(bytes, at, to, at);
      try {
        in.skip(skip);
      } catch (DecodeException e) {
        return -1;
      }
      return in.position();
    }

    private void refuseRest(long count) {
      if (count > 0) {
        row += count;
        rows.refused(
            row,
            new byte[0],
            new DecodeException(count + " rows of a block cannot be found among its bytes", -1));
      }
    }
  }
}
