package io.millrace.format.debezium;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;

/** The columns of a table whose change events have contracts in the registry. Stateless. */
public final class DebeziumContract {
  private static final int MAX_DIGITS = 38;

  private DebeziumContract() {}

  /**
   * The columns of the rows inside envelopes of this contract, all nullable: a source may lose a
   * column. INVALID_TYPE where it is no envelope.
   */
  public static List<Column> columns(Schema envelope) {
    Schema bare = AvroSchema.bare(envelope);
    Schema.Field after =
        bare != null && bare.getType() == Schema.Type.RECORD && bare.getField("op") != null
            ? bare.getField(Envelope.AFTER)
            : null;
    Schema row = after == null ? null : AvroSchema.bare(after.schema());
    if (row == null || row.getType() != Schema.Type.RECORD) {
      throw new MillraceException(
              ErrorCode.INVALID_TYPE,
              "Cannot read the columns from contract "
                  + envelope.getFullName()
                  + ": it is no envelope of Debezium's, with op and a record after")
          .hint("Declare the columns, if the records are envelopes in JSON.");
    }
    List<Column> columns = new ArrayList<>();
    AvroSchema.told(row)
        .fields()
        .forEach((name, told) -> columns.add(new Column(name, type(name, told))));
    return columns;
  }

  /** The names of the key's columns. INVALID_TYPE where the contract is no record. */
  public static List<String> keyColumns(Schema key) {
    if (key.getType() != Schema.Type.RECORD) {
      throw new MillraceException(
              ErrorCode.INVALID_TYPE,
              "Cannot read the primary key from a contract of type " + key.getType().getName())
          .hint("Name it: PRIMARY KEY (column, ...).");
    }
    return List.copyOf(AvroSchema.told(key).fields().keySet());
  }

  private static DataType type(String field, Told told) {
    return switch (told.kind()) {
      case BOOLEAN -> DataType.BOOLEAN;
      case FLOAT -> DataType.FLOAT;
      case DOUBLE -> DataType.DOUBLE;
      case STRING -> text(told);
      case INT, LONG -> number(told);
      case BYTES -> Meaning.of(told) == Meaning.DECIMAL ? decimal(told) : DataType.BYTES;
      case ARRAY -> new DataType.Array(type(field, told.item()), true);
      case MAP -> new DataType.Map(type(field, told.item()), true);
      case STRUCT -> {
        if (told.name().equals(Told.VARIABLE_SCALE_DECIMAL)) {
          yield DataType.STRING;
        }
        List<Column> fields = new ArrayList<>();
        told.fields().forEach((name, of) -> fields.add(new Column(name, type(name, of))));
        yield new DataType.Row(fields, true);
      }
      case OTHER ->
          throw new MillraceException(
                  ErrorCode.INVALID_TYPE,
                  "Cannot read field " + field + " as a column: Debezium writes no such type")
              .hint("Declare the columns, without it.");
    };
  }

  private static DataType text(Told told) {
    return switch (told.name()) {
      case "io.debezium.time.ZonedTimestamp" -> DataType.timestampLtz(6);
      case "io.debezium.time.IsoTimestamp" -> DataType.timestamp(6);
      case "io.debezium.time.IsoDate" -> DataType.DATE;
      default -> DataType.STRING;
    };
  }

  /** A time of day in microseconds is a text, for a table with history would cut it. */
  private static DataType number(Told told) {
    boolean ofDay = told.name().endsWith("Time");
    return switch (Meaning.of(told)) {
      case DAYS -> DataType.DATE;
      case MILLIS -> ofDay ? DataType.time(3) : DataType.timestamp(3);
      case MICROS, NANOS -> ofDay ? DataType.STRING : DataType.timestamp(6);
      default -> told.kind() == Told.Kind.INT ? DataType.INT : DataType.BIGINT;
    };
  }

  /** Where the number of digits is not told, or more than can be, as many as there are. */
  private static DataType decimal(Told told) {
    int precision =
        told.precision() > 0 && told.precision() <= MAX_DIGITS ? told.precision() : MAX_DIGITS;
    return told.scale() < 0 || told.scale() > precision
        ? DataType.STRING
        : DataType.decimal(precision, told.scale());
  }
}
