package io.millrace.format.debezium;

import io.millrace.format.DecodeException;
import io.millrace.format.RecordDecoder;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.apache.avro.Schema;

/**
 * Reads Debezium's change events as rows of a stream of changes: {@code op}, {@code before}, {@code
 * after}, {@code source_time}, {@code source_position}. Whether an event is JSON, with its schema
 * or without, or Avro in the wire format of Confluent, is seen from each record.
 *
 * <p>Columns are matched with the fields of the row by name; fields that are no column are passed
 * over, columns that are no field are NULL. What a value means is told by the record's schema;
 * where there is none, by the column's type and the {@link Modes}. Messages ({@code op} = {@code
 * m}) and records without a value, which follow a delete, carry no row.
 */
public final class DebeziumRecordDecoder implements RecordDecoder {
  private static final int OP = 0;
  private static final int BEFORE = 1;
  private static final int AFTER = 2;
  private static final int TIME = 3;
  private static final int POSITION = 4;
  private static final List<String> COLUMNS =
      List.of(Envelope.OP, Envelope.BEFORE, Envelope.AFTER, "source_time", "source_position");

  private final int[] projection;
  private final boolean withRows;
  private final Envelope envelope;
  private final JsonEnvelopes json;
  private final AvroEnvelopes avro;
  private final byte[] op = new byte[1];
  private long topicOffset;
  private long skipped;

  /** INVALID_TYPE unless the schema is that of a stream of changes. */
  public DebeziumRecordDecoder(
      IntFunction<Schema> schemas, Modes modes, RowSchema schema, int[] projection) {
    if (!schema.columns().stream().map(c -> c.name()).toList().equals(COLUMNS)
        || !(schema.column(AFTER).type() instanceof DataType.Row row)) {
      throw new MillraceException(
              ErrorCode.INVALID_TYPE,
              "Cannot use format debezium: the columns are " + schema.columns())
          .hint("CREATE TABLE with the columns of the row; its changes are read in this format.");
    }
    this.projection = projection.clone();
    this.withRows = Arrays.stream(projection).anyMatch(c -> c == BEFORE || c == AFTER);
    this.envelope = new Envelope(row, modes.placeholder());
    Values values = new Values(modes);
    this.json = new JsonEnvelopes(row, withRows, values);
    this.avro = new AvroEnvelopes(schemas, row, withRows, values);
  }

  @Override
  public void at(long offset) {
    topicOffset = offset;
  }

  @Override
  public boolean skipsEmpty() {
    return true;
  }

  @Override
  public long skipped() {
    return skipped;
  }

  @Override
  public int decode(byte[] bytes, int offset, int length, RowWriter target) throws DecodeException {
    envelope.clear();
    if (length > 0 && bytes[offset] == 0) {
      avro.read(bytes, offset, length, envelope);
    } else {
      json.read(bytes, offset, length, envelope);
    }
    if (!envelope.isChange()) {
      skipped++;
      return 0;
    }
    envelope.requireWhole();
    long time = envelope.time();
    target.beginRow();
    for (int column = 0; column < projection.length; column++) {
      write(projection[column], column, time, target);
    }
    target.endRow();
    return 1;
  }

  private void write(int what, int column, long time, RowWriter target) {
    switch (what) {
      case OP -> {
        op[0] = envelope.op();
        target.setUtf8(column, op, 0, 1);
      }
      case BEFORE -> {
        if (envelope.hasBefore()) {
          envelope.writeBefore(target, column);
        } else {
          target.setNull(column);
        }
      }
      case AFTER -> {
        if (envelope.hasAfter()) {
          envelope.writeAfter(target, column);
        } else {
          target.setNull(column);
        }
      }
      case TIME -> target.setLong(column, time);
      case POSITION -> target.setLong(column, envelope.position(topicOffset));
      default -> throw new IllegalArgumentException("no column " + what);
    }
  }
}
