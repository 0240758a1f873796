package io.millrace.model;

import java.io.Serializable;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The type of a column. A closed family: each type is a record here, {@link Kind} names them for
 * exhaustive switches. {@link #toString()} is the type as SQL text; {@link TypeParser} reads it
 * back. Immutable.
 */
public sealed interface DataType extends Serializable {
  /** Names each type of the family. */
  enum Kind {
    BOOLEAN,
    INT,
    BIGINT,
    FLOAT,
    DOUBLE,
    DECIMAL,
    STRING,
    BYTES,
    DATE,
    TIME,
    TIMESTAMP,
    TIMESTAMP_LTZ,
    ARRAY,
    MAP,
    ROW
  }

  Kind kind();

  boolean nullable();

  /** The same type, nullable or not. */
  DataType withNullable(boolean nullable);

  /** The type's text without {@code NOT NULL}. */
  String bareText();

  private static String text(DataType type) {
    return type.nullable() ? type.bareText() : type.bareText() + " NOT NULL";
  }

  /** A type without parameters: BOOLEAN, INT, BIGINT, FLOAT, DOUBLE, STRING, BYTES or DATE. */
  record Scalar(Kind kind, boolean nullable) implements DataType {
    public Scalar {
      if (kind.ordinal() >= Kind.TIME.ordinal() || kind == Kind.DECIMAL) {
        throw new IllegalArgumentException(kind + " has parameters");
      }
    }

    @Override
    public DataType withNullable(boolean nullable) {
      return new Scalar(kind, nullable);
    }

    @Override
    public String bareText() {
      return kind.name();
    }

    @Override
    public String toString() {
      return text(this);
    }
  }

  /** DECIMAL(precision, scale), precision 1 to 38. */
  record Decimal(int precision, int scale, boolean nullable) implements DataType {
    public Decimal {
      if (precision < 1 || precision > 38 || scale < 0 || scale > precision) {
        throw new MillraceException(
                ErrorCode.INVALID_TYPE, "Invalid type: DECIMAL(" + precision + ", " + scale + ")")
            .hint("The precision is 1 to 38 and the scale 0 to the precision.");
      }
    }

    @Override
    public Kind kind() {
      return Kind.DECIMAL;
    }

    @Override
    public DataType withNullable(boolean nullable) {
      return new Decimal(precision, scale, nullable);
    }

    @Override
    public String bareText() {
      return "DECIMAL(" + precision + ", " + scale + ")";
    }

    @Override
    public String toString() {
      return text(this);
    }
  }

  /**
   * TIME, TIMESTAMP or TIMESTAMP_LTZ with a precision of 3 (milliseconds) or 6 (microseconds); any
   * precision from 0 to 6 is rounded up to one of them. Values travel as a long in that unit: since
   * midnight for TIME, since 1970-01-01T00:00 (UTC for TIMESTAMP_LTZ) for the others.
   */
  record Temporal(Kind kind, int precision, boolean nullable) implements DataType {
    public Temporal {
      if (kind != Kind.TIME && kind != Kind.TIMESTAMP && kind != Kind.TIMESTAMP_LTZ) {
        throw new IllegalArgumentException(kind + " is not TIME, TIMESTAMP or TIMESTAMP_LTZ");
      }
      if (precision < 0 || precision > 6) {
        throw new MillraceException(
                ErrorCode.INVALID_TYPE, "Invalid type: " + kind + "(" + precision + ")")
            .hint("Use a precision of at most 6 (microseconds).");
      }
      precision = precision <= 3 ? 3 : 6;
    }

    @Override
    public DataType withNullable(boolean nullable) {
      return new Temporal(kind, precision, nullable);
    }

    @Override
    public String bareText() {
      return kind + "(" + precision + ")";
    }

    @Override
    public String toString() {
      return text(this);
    }
  }

  /** ARRAY&lt;element&gt;. */
  record Array(DataType element, boolean nullable) implements DataType {
    @Override
    public Kind kind() {
      return Kind.ARRAY;
    }

    @Override
    public DataType withNullable(boolean nullable) {
      return new Array(element, nullable);
    }

    @Override
    public String bareText() {
      return "ARRAY<" + element + ">";
    }

    @Override
    public String toString() {
      return text(this);
    }
  }

  /** MAP&lt;STRING, value&gt;: keys are STRING, as in Avro. */
  record Map(DataType value, boolean nullable) implements DataType {
    @Override
    public Kind kind() {
      return Kind.MAP;
    }

    @Override
    public DataType withNullable(boolean nullable) {
      return new Map(value, nullable);
    }

    @Override
    public String bareText() {
      return "MAP<STRING, " + value + ">";
    }

    @Override
    public String toString() {
      return text(this);
    }
  }

  /** ROW&lt;name type, ...&gt;. */
  record Row(List<Column> fields, boolean nullable) implements DataType {
    public Row {
      fields = List.copyOf(fields);
    }

    @Override
    public Kind kind() {
      return Kind.ROW;
    }

    @Override
    public DataType withNullable(boolean nullable) {
      return new Row(fields, nullable);
    }

    @Override
    public String bareText() {
      return fields.stream()
          .map(
              f ->
                  Column.quote(f.name())
                      + " "
                      + f.type()
                      + f.comment().map(c -> " '" + c.replace("'", "''") + "'").orElse(""))
          .collect(Collectors.joining(", ", "ROW<", ">"));
    }

    @Override
    public String toString() {
      return text(this);
    }
  }

  DataType BOOLEAN = new Scalar(Kind.BOOLEAN, true);
  DataType INT = new Scalar(Kind.INT, true);
  DataType BIGINT = new Scalar(Kind.BIGINT, true);
  DataType FLOAT = new Scalar(Kind.FLOAT, true);
  DataType DOUBLE = new Scalar(Kind.DOUBLE, true);
  DataType STRING = new Scalar(Kind.STRING, true);
  DataType BYTES = new Scalar(Kind.BYTES, true);
  DataType DATE = new Scalar(Kind.DATE, true);

  static DataType decimal(int precision, int scale) {
    return new Decimal(precision, scale, true);
  }

  static DataType time(int precision) {
    return new Temporal(Kind.TIME, precision, true);
  }

  static DataType timestamp(int precision) {
    return new Temporal(Kind.TIMESTAMP, precision, true);
  }

  static DataType timestampLtz(int precision) {
    return new Temporal(Kind.TIMESTAMP_LTZ, precision, true);
  }
}
