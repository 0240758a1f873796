package io.millrace.format.debezium;

import io.millrace.format.json.JsonFields;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import java.util.List;

/**
 * A column, field or element as it is declared, and how records of one schema tell its values. Not
 * thread-safe.
 */
final class Slot {
  final String name;
  final DataType type;

  /** Its column in the row or struct; 0 in a list, 1 in a map. */
  final int target;

  final Meaning meaning;

  /** Of a decimal that is told as bytes. */
  final int scale;

  /** Whether it counts from midnight. */
  final boolean ofDay;

  /** Of a ROW; else null. */
  final Fields fields;

  /** Of a ROW that is read from Avro: its fields in the order in which they are written. */
  Slot[] written = {};

  /** Of such a ROW: a field that is NOT NULL and not written; null where there is none. */
  Slot missing;

  /** The element of an ARRAY or value of a MAP; else null. */
  final Slot item;

  /** The fields of a struct by name. */
  static final class Fields {
    final JsonFields names;
    final Slot[] slots;

    /** {@code told} is null where nothing is. */
    Fields(List<Column> columns, Told told) {
      names = new JsonFields(columns, null);
      slots = new Slot[columns.size()];
      for (int i = 0; i < slots.length; i++) {
        Column column = columns.get(i);
        Told field =
            told == null ? null : told.fieldOf(column.name()).map(told.fields()::get).orElse(null);
        slots[i] = new Slot(column.name(), column.type(), i, field);
      }
    }
  }

  Slot(String name, DataType type, int target, Told told) {
    this.name = name;
    this.type = type;
    this.target = target;
    meaning = told == null ? Meaning.UNTOLD : Meaning.of(told);
    scale = told == null ? 0 : told.scale();
    ofDay = told != null && told.name().endsWith("Time");
    fields = type instanceof DataType.Row row ? new Fields(row.fields(), told) : null;
    Told of = told == null ? null : told.item();
    if (type instanceof DataType.Array array) {
      item = new Slot(name, array.element(), 0, of);
    } else {
      item = type instanceof DataType.Map map ? new Slot(name, map.value(), 1, of) : null;
    }
  }
}
