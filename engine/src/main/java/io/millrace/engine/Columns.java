package io.millrace.engine;

import io.millrace.catalog.Relation.ComputedColumn;
import io.millrace.catalog.Relation.MetadataColumn;
import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import io.millrace.sql.ColumnDefinition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** A column list of a CREATE statement, sorted by what the columns are. */
record Columns(
    List<Column> physical,
    List<ComputedColumn> computed,
    List<MetadataColumn> metadata,
    List<String> order) {

  static Columns of(List<ColumnDefinition> definitions) {
    List<Column> physical = new ArrayList<>();
    List<ComputedColumn> computed = new ArrayList<>();
    List<MetadataColumn> metadata = new ArrayList<>();
    List<String> order = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (ColumnDefinition definition : definitions) {
      if (!seen.add(definition.name().toLowerCase(Locale.ROOT))) {
        throw new MillraceException(
            ErrorCode.INVALID_NAME, "Invalid columns: " + definition.name() + " is named twice");
      }
      order.add(definition.name());
      if (definition instanceof ColumnDefinition.Physical p) {
        physical.add(new Column(p.name(), p.type(), p.comment()));
      } else if (definition instanceof ColumnDefinition.Computed c) {
        computed.add(new ComputedColumn(c.name(), c.expression(), c.comment()));
      } else if (definition instanceof ColumnDefinition.Metadata m) {
        metadata.add(new MetadataColumn(m.name(), m.type(), m.from().orElse(m.name())));
      }
    }
    return new Columns(physical, computed, metadata, order);
  }

  /** The physical columns with the key's never null, as a table needs them. */
  RowSchema schema(List<String> primaryKey) {
    return keyed(physical, primaryKey);
  }

  static RowSchema keyed(List<Column> columns, List<String> primaryKey) {
    List<Column> tightened =
        columns.stream()
            .map(
                c ->
                    primaryKey.stream().anyMatch(k -> k.equalsIgnoreCase(c.name()))
                        ? new Column(c.name(), c.type().withNullable(false), c.comment())
                        : c)
            .toList();
    return new RowSchema(
        tightened,
        primaryKey.stream()
            .map(
                k ->
                    columns.stream()
                        .map(Column::name)
                        .filter(k::equalsIgnoreCase)
                        .findFirst()
                        .orElse(k))
            .toList());
  }
}
