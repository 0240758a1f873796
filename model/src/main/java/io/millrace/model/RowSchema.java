package io.millrace.model;

import java.io.Serializable;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The physical columns of a stream or table in contract order, and the primary key of a table
 * (empty for a stream). Key columns are never null. Immutable.
 */
public record RowSchema(List<Column> columns, List<String> primaryKey) implements Serializable {
  public RowSchema {
    columns = List.copyOf(columns);
    primaryKey = List.copyOf(primaryKey);
    Set<String> seen = new HashSet<>();
    for (Column column : columns) {
      if (!seen.add(column.name().toLowerCase(Locale.ROOT))) {
        throw new MillraceException(
            ErrorCode.INVALID_NAME, "Invalid columns: " + column.name() + " is named twice");
      }
    }
    for (String key : primaryKey) {
      if (!seen.contains(key.toLowerCase(Locale.ROOT))) {
        throw new MillraceException(
                ErrorCode.NOT_FOUND, "Invalid primary key: no such column: " + key)
            .hint("The columns are " + names(columns) + ".");
      }
    }
  }

  /** A stream's schema: no key. */
  public static RowSchema of(Column... columns) {
    return new RowSchema(List.of(columns), List.of());
  }

  private static String names(List<Column> columns) {
    return columns.stream().map(Column::name).collect(Collectors.joining(", "));
  }

  public int size() {
    return columns.size();
  }

  public Column column(int index) {
    return columns.get(index);
  }

  /** The index of the column of that name, compared without case; -1 where there is none. */
  public int indexOf(String name) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).name().equalsIgnoreCase(name)) {
        return i;
      }
    }
    return -1;
  }

  public boolean isKeyed() {
    return !primaryKey.isEmpty();
  }

  /** The indexes of the primary-key columns, in key order. */
  public int[] keyIndexes() {
    return primaryKey.stream().mapToInt(this::indexOf).toArray();
  }

  /** The schema of these columns alone, in the order given, without a key. */
  public RowSchema project(int[] indexes) {
    return new RowSchema(
        java.util.Arrays.stream(indexes).mapToObj(columns::get).toList(), List.of());
  }

  /** The schema of the key: the primary-key columns in key order. */
  public RowSchema keySchema() {
    return project(keyIndexes());
  }
}
