package io.millrace.sink.parquet;

import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import io.millrace.sink.RowRefusedException;
import java.math.BigInteger;

/**
 * Refuses a row that a Parquet file would take but not give back as it was: Parquet's column
 * writers check neither a missing value of a required field nor a number that its type is too
 * narrow for. Nothing is allocated for a row that passes, but for decimals within a digit of the
 * widest.
 */
final class RowCheck {
  private static final long[] POWERS_OF_TEN = new long[Field.COMPACT_PRECISION + 1];

  static {
    POWERS_OF_TEN[0] = 1;
    for (int i = 1; i < POWERS_OF_TEN.length; i++) {
      POWERS_OF_TEN[i] = POWERS_OF_TEN[i - 1] * 10;
    }
  }

  private final Field root;
  private String column;

  RowCheck(RowSchema schema) {
    this.root = Field.row(schema);
  }

  /** Throws {@link RowRefusedException} naming the column of the row at fault. */
  void check(RowLog row) {
    if (root.checked) {
      column = null;
      fields(row, 0, root);
    }
  }

  /** Answers where the entry behind the fields is. */
  private int fields(RowLog row, int start, Field parent) {
    boolean top = parent == root;
    int present = 0;
    int at = start;
    while (at < row.size() && row.operation(at) != RowLog.Operation.END_STRUCT) {
      Field field = parent.children[row.column(at)];
      if (top) {
        column = field.name;
      }
      if (field.required && row.operation(at) != RowLog.Operation.NULL) {
        present++;
      }
      at = value(row, at, field);
    }
    if (present < parent.requiredChildren) {
      throw missing(firstMissing(row, start, at, parent), top);
    }
    return at;
  }

  private int value(RowLog row, int at, Field field) {
    switch (row.operation(at)) {
      case NULL:
        return at + 2;
      case BEGIN_STRUCT:
        return fields(row, at + 2, field) + 2;
      case BEGIN_LIST:
        return list(row, at + 2, field.children[0]);
      case BEGIN_MAP:
        return map(row, at + 2, field);
      default:
        scalar(row, at, field);
        return at + 2;
    }
  }

  private int list(RowLog row, int start, Field element) {
    int at = start;
    while (row.operation(at) != RowLog.Operation.END_LIST) {
      at = member(row, at, element);
    }
    return at + 2;
  }

  private int map(RowLog row, int start, Field map) {
    int at = start;
    while (row.operation(at) != RowLog.Operation.END_MAP) {
      at = member(row, at, map.children[0]);
      at = member(row, at, map.children[1]);
    }
    return at + 2;
  }

  private int member(RowLog row, int at, Field field) {
    if (field.required && row.operation(at) == RowLog.Operation.NULL) {
      throw missing(field.name, false);
    }
    return value(row, at, field);
  }

  private void scalar(RowLog row, int at, Field field) {
    if (!field.checked) {
      return;
    }
    boolean fits =
        field.type.kind() == DataType.Kind.TIME
            ? isTimeOfDay(row.value(at), (DataType.Temporal) field.type)
            : isWithin((DataType.Decimal) field.type, row, at);
    if (!fits) {
      throw new RowRefusedException(
          column,
          "Cannot write column "
              + column
              + ": a value is out of range of "
              + field.type.bareText());
    }
  }

  private static boolean isTimeOfDay(long value, DataType.Temporal type) {
    return value >= 0 && value < (type.precision() == 3 ? 86_400_000L : 86_400_000_000L);
  }

  private static boolean isWithin(DataType.Decimal type, RowLog row, int at) {
    boolean compact = type.precision() <= Field.COMPACT_PRECISION;
    if (row.operation(at) == RowLog.Operation.DECIMAL) {
      return !compact || isBelow(row.value(at), POWERS_OF_TEN[type.precision()]);
    }
    int from = (int) row.value(at);
    int end = from + row.length(at);
    while (from + 1 < end && isOnlySign(row.array()[from], row.array()[from + 1])) {
      from++;
    }
    if (compact) {
      return end - from <= Long.BYTES && isBelow(row.unscaled(at), POWERS_OF_TEN[type.precision()]);
    }
    if (end - from < ParquetSchemas.decimalLength(type)) {
      return true;
    }
    return new BigInteger(row.array(), from, end - from)
            .abs()
            .compareTo(BigInteger.TEN.pow(type.precision()))
        < 0;
  }

  private static boolean isOnlySign(byte first, byte second) {
    return first == 0 && second >= 0 || first == -1 && second < 0;
  }

  private static boolean isBelow(long unscaled, long limit) {
    return unscaled > -limit && unscaled < limit;
  }

  /** Finds the name of the first required field that has no value; off the path of good rows. */
  private static String firstMissing(RowLog row, int start, int end, Field parent) {
    boolean[] present = new boolean[parent.children.length];
    int depth = 0;
    for (int at = start; at < end; at += 2) {
      RowLog.Operation operation = row.operation(at);
      if (operation.name().startsWith("END_")) {
        depth--;
      } else if (depth == 0) {
        present[row.column(at)] |= operation != RowLog.Operation.NULL;
      }
      if (operation.name().startsWith("BEGIN_")) {
        depth++;
      }
    }
    int first = 0;
    while (present[first] || !parent.children[first].required) {
      first++;
    }
    return parent.children[first].name;
  }

  private RowRefusedException missing(String field, boolean top) {
    String at = top ? field : column;
    return new RowRefusedException(
        at,
        top
            ? "Cannot write column " + at + ": it is NOT NULL and the row has no value for it"
            : "Cannot write column " + at + ": " + field + " is NOT NULL and has no value");
  }
}
