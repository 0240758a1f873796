package io.millrace.interop.streams;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** How rows of one schema become rows of another: column by column, by name. Stateless. */
final class RowPlan {
  private RowPlan() {}

  /**
   * The row's values in the order of the schema; ROW_REFUSED for a column that it does not have.
   */
  static Object[] values(Row row, RowSchema schema) {
    if (row.schema() == schema || row.schema().equals(schema)) {
      return row.values();
    }
    Object[] values = new Object[schema.size()];
    for (Column column : row.schema().columns()) {
      if (schema.indexOf(column.name()) < 0) {
        throw new MillraceException(
                ErrorCode.ROW_REFUSED, "Cannot write column " + column.name() + ": unknown")
            .hint(hint(schema));
      }
    }
    for (int i = 0; i < values.length; i++) {
      int from = row.schema().indexOf(schema.column(i).name());
      values[i] = from < 0 ? null : row.at(from);
    }
    return values;
  }

  /**
   * INCOMPATIBLE_CONTRACT, naming each column, where rows of these columns cannot be written to the
   * target: unknown, of another type, NULL where the contract has NOT NULL, or missing there.
   */
  static void require(RowSchema rows, TopicRows target) {
    List<String> problems = new ArrayList<>();
    for (Column column : rows.columns()) {
      int index = target.schema().indexOf(column.name());
      if (index < 0) {
        problems.add("column " + column.name() + " is not in the contract");
        continue;
      }
      DataType type = target.schema().column(index).type();
      boolean sameType = column.type().withNullable(true).equals(type.withNullable(true));
      if (!sameType || column.type().nullable() && !type.nullable()) {
        problems.add(
            "column " + column.name() + " is " + column.type() + ", the contract has " + type);
      }
    }
    for (Column column : target.schema().columns()) {
      if (!column.type().nullable() && rows.indexOf(column.name()) < 0) {
        problems.add("column " + column.name() + " " + column.type() + " is missing");
      }
    }
    if (!problems.isEmpty()) {
      throw new MillraceException(
              ErrorCode.INCOMPATIBLE_CONTRACT,
              "Cannot write to " + target + ": " + String.join("; ", problems))
          .hint(hint(target.schema()));
    }
  }

  private static String hint(RowSchema schema) {
    return "The columns are "
        + schema.columns().stream()
            .map(column -> column.name() + " " + column.type())
            .collect(Collectors.joining(", "))
        + ".";
  }
}
