package io.millrace.source.cdc;

import io.millrace.catalog.Relation;
import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.source.KnownRows;
import io.millrace.source.SourceRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;

/** A table that is followed, and how its records are read. Not thread-safe. */
final class CapturedTable {
  private final String id;
  private final ColumnTypes types;
  private final SourceRun run;
  private Relation relation;
  private Schema key;
  private Schema schema;
  private Field[] fields;

  /** What it held before it was read whole, while it is. */
  private KnownRows known;

  CapturedTable(String id, Relation relation, ColumnTypes types, SourceRun run) {
    this.id = id;
    this.relation = relation;
    this.types = types;
    this.run = run;
  }

  String id() {
    return id;
  }

  Relation relation() {
    return relation;
  }

  /**
   * Fits the table to what changes of these schemas hold: columns that are new are added.
   * INCOMPATIBLE_CONTRACT where the table cannot hold them.
   *
   * @param newKey null where the table has no key any more
   */
  void prepare(Schema newKey, Schema newSchema) throws InterruptedException {
    if (newSchema.equals(schema) && newKey != null && newKey.equals(key)) {
      return;
    }
    checkKey(newKey);
    for (Field field : newSchema.fields()) {
      int column = relation.schema().indexOf(field.name());
      if (column >= 0) {
        types.check(relation.schema().column(column), field.schema());
      }
    }
    key = newKey;
    read(newSchema);
  }

  /** As above, but leaves it to each value whether it fits. */
  void read(Schema newSchema) throws InterruptedException {
    if (newSchema.equals(schema)) {
      return;
    }
    List<Column> added = new ArrayList<>();
    for (Field field : newSchema.fields()) {
      if (relation.schema().indexOf(field.name()) < 0) {
        added.add(types.column(field.name(), field.schema()));
      }
    }
    if (!added.isEmpty()) {
      relation = run.addColumns(id, added);
    }
    fields = new Field[relation.schema().size()];
    for (Field field : newSchema.fields()) {
      fields[relation.schema().indexOf(field.name())] = field;
    }
    schema = newSchema;
  }

  private void checkKey(Schema newKey) {
    List<String> was =
        relation.schema().primaryKey().stream().map(n -> n.toLowerCase(Locale.ROOT)).toList();
    List<String> is =
        newKey == null
            ? List.of()
            : newKey.fields().stream().map(f -> f.name().toLowerCase(Locale.ROOT)).toList();
    if (is.size() != was.size() || !is.containsAll(was)) {
      throw new MillraceException(
              ErrorCode.INCOMPATIBLE_CONTRACT,
              (is.isEmpty()
                      ? "it has no PRIMARY KEY any more"
                      : "its PRIMARY KEY became (" + String.join(", ", is) + ")")
                  + " in the source, but is ("
                  + String.join(", ", was)
                  + ") here")
          .hint("Change it back, or drop the source and its table and create both anew.");
    }
  }

  /** One value per column; null for no row. ROW_REFUSED where a value is none of its column's. */
  Object[] values(Struct row) {
    if (row == null) {
      return null;
    }
    Object[] values = new Object[fields.length];
    for (int column = 0; column < fields.length; column++) {
      values[column] = value(row, column);
    }
    return values;
  }

  /** As above for what a row was: what does not fit its column is null, as what is not known. */
  Object[] before(Struct row) {
    if (row == null) {
      return null;
    }
    Object[] values = new Object[fields.length];
    for (int column = 0; column < fields.length; column++) {
      try {
        values[column] = value(row, column);
      } catch (MillraceException e) {
        if (e.code() != ErrorCode.ROW_REFUSED) {
          throw e;
        }
      }
    }
    return values;
  }

  private Object value(Struct row, int column) {
    return fields[column] == null
        ? null
        : types.value(
            relation.schema().column(column),
            fields[column].schema(),
            row.getWithoutDefault(fields[column].name()));
  }

  /** To compare what is read whole with; looked up when it is first asked for. */
  KnownRows known() {
    if (known == null) {
      known = run.writer().known(relation);
    }
    return known;
  }

  void forgetKnown() {
    known = null;
  }
}
