package io.millrace.format.testkit;

import io.millrace.format.DecimalValue;
import io.millrace.model.BytesView;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowReader;
import io.millrace.model.RowSchema;
import java.util.List;

/**
 * A number of 64 bits for the values of a row: equal rows have equal ones, other rows another with
 * all but certainty. Not thread-safe.
 */
public final class RowDigest {
  private static final long PRIME = 0x9E3779B97F4A7C15L;
  private static final long NULL = 0x5bd1e995L;

  private final List<DataType> types;
  private final boolean joinsWords;
  private final DecimalValue decimal = new DecimalValue();
  private long digest;

  /**
   * Where {@code joinsWords}, blanks and control characters in texts count as the plus sign that
   * the w3c format writes for them.
   */
  public RowDigest(RowSchema schema, boolean joinsWords) {
    types = schema.columns().stream().map(Column::type).toList();
    this.joinsWords = joinsWords;
  }

  public long of(RowReader row) {
    digest = 17;
    struct(types, row);
    return digest;
  }

  private void add(long value) {
    digest = (digest ^ value) * PRIME;
    digest ^= digest >>> 29;
  }

  private void struct(List<DataType> fields, RowReader row) {
    for (int i = 0; i < fields.size(); i++) {
      value(fields.get(i), row, i);
    }
  }

  private void value(DataType type, RowReader row, int column) {
    if (row.isNull(column)) {
      add(NULL);
      return;
    }
    switch (type.kind()) {
      case BOOLEAN -> add(row.getBoolean(column) ? 1 : 2);
      case INT, DATE -> add(row.getInt(column));
      case BIGINT, TIME, TIMESTAMP, TIMESTAMP_LTZ -> add(row.getLong(column));
      case FLOAT -> add(Float.floatToIntBits(row.getFloat(column)));
      case DOUBLE -> add(Double.doubleToLongBits(row.getDouble(column)));
      case DECIMAL -> {
        decimal.set(row, column);
        add(decimal.fitsLong() ? decimal.toLong() : decimal.toBigInteger().hashCode());
      }
      case STRING -> text(row.utf8(column));
      case BYTES -> bytes(row.bytes(column));
      case ARRAY -> list(((DataType.Array) type).element(), row.getList(column));
      case MAP -> {
        list(DataType.STRING, row.getMapKeys(column));
        list(((DataType.Map) type).value(), row.getMapValues(column));
      }
      case ROW -> {
        RowReader struct = row.getStruct(column);
        List<Column> fields = ((DataType.Row) type).fields();
        for (int i = 0; i < fields.size(); i++) {
          value(fields.get(i).type(), struct, i);
        }
      }
    }
  }

  private void list(DataType element, RowReader list) {
    int size = list.size();
    add(size);
    for (int i = 0; i < size; i++) {
      value(element, list, i);
    }
  }

  private void text(BytesView view) {
    if (!joinsWords) {
      bytes(view);
      return;
    }
    add(view.length());
    for (int i = view.offset(); i < view.offset() + view.length(); i++) {
      byte b = view.array()[i];
      add(b >= 0 && b <= ' ' || b == 127 ? '+' : b);
    }
  }

  private void bytes(BytesView view) {
    add(view.length());
    for (int i = view.offset(); i < view.offset() + view.length(); i++) {
      add(view.array()[i]);
    }
  }
}
