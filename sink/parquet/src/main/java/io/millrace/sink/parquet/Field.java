package io.millrace.sink.parquet;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import java.util.Arrays;
import java.util.List;

/** A type with what checking and replaying its values needs, made once per file or log. */
final class Field {
  private static final String ELEMENT = "element";
  private static final String KEY = "key";
  private static final String VALUE = "value";

  /** The widest decimal whose unscaled value always fits a long. */
  static final int COMPACT_PRECISION = 18;

  final String name;
  final DataType type;
  final boolean required;

  /** Fields of a row, the element of a list, or the key and value of a map. */
  final Field[] children;

  /** How many of the children are required. */
  final int requiredChildren;

  /** Whether some value of this type may be refused. */
  final boolean checked;

  /** Where a decimal wider than a long is put together; null for all else. */
  final byte[] fixed;

  private Field(String name, DataType type) {
    this.name = name;
    this.type = type;
    this.required = !type.nullable();
    this.children = children(type);
    this.requiredChildren = (int) Arrays.stream(children).filter(c -> c.required).count();
    this.checked =
        type.kind() == DataType.Kind.DECIMAL
            || type.kind() == DataType.Kind.TIME
            || Arrays.stream(children).anyMatch(c -> c.required || c.checked);
    boolean wide = type instanceof DataType.Decimal d && d.precision() > COMPACT_PRECISION;
    this.fixed = wide ? new byte[ParquetSchemas.decimalLength((DataType.Decimal) type)] : null;
  }

  /** The row itself, as a field that is always there. */
  static Field row(RowSchema schema) {
    return new Field("row", new DataType.Row(schema.columns(), false));
  }

  private static Field[] children(DataType type) {
    return switch (type.kind()) {
      case ROW -> of(((DataType.Row) type).fields());
      case ARRAY -> new Field[] {new Field(ELEMENT, ((DataType.Array) type).element())};
      case MAP ->
          new Field[] {
            new Field(KEY, DataType.STRING.withNullable(false)),
            new Field(VALUE, ((DataType.Map) type).value())
          };
      case BOOLEAN,
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
          TIMESTAMP_LTZ ->
          new Field[0];
    };
  }

  private static Field[] of(List<Column> columns) {
    return columns.stream().map(c -> new Field(c.name(), c.type())).toArray(Field[]::new);
  }
}
