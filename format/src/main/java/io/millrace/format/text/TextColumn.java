package io.millrace.format.text;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import java.util.List;

/** A column of a flat text format: its place in the target, and its type. Immutable. */
public record TextColumn(String name, DataType type, int target) {

  /** A column of the schema per field of a line, in column order; target -1 where not asked for. */
  public static TextColumn[] of(String format, RowSchema schema, int[] projection) {
    TextColumn[] columns = new TextColumn[schema.size()];
    for (int i = 0; i < columns.length; i++) {
      Column column = schema.column(i);
      requireFlat(format, column);
      columns[i] = new TextColumn(column.name(), column.type(), -1);
    }
    for (int i = 0; i < projection.length; i++) {
      TextColumn column = columns[projection[i]];
      columns[projection[i]] = new TextColumn(column.name, column.type, i);
    }
    return columns;
  }

  private static void requireFlat(String format, Column column) {
    switch (column.type().kind()) {
      case ARRAY, MAP, ROW ->
          throw new MillraceException(
                  ErrorCode.INVALID_TYPE,
                  "Cannot use format "
                      + format
                      + " for column "
                      + column.name()
                      + " of type "
                      + column.type().bareText())
              .hint("Lines hold plain values only; use avro or json.");
      default -> {}
    }
  }

  /** As {@link #of(String, RowSchema, int[])} for all columns. */
  public static List<TextColumn> all(String format, RowSchema schema) {
    return List.of(of(format, schema, allOf(schema)));
  }

  /** The projection that asks for every column in its place. */
  public static int[] allOf(RowSchema schema) {
    int[] all = new int[schema.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = i;
    }
    return all;
  }
}
