package io.millrace.format.avro;

import io.millrace.registry.AvroContracts;
import java.util.Set;
import org.apache.avro.Schema;

/** Finds the field of an Avro record that holds a column. */
final class Fields {
  private Fields() {}

  /**
   * The field whose column bears this name; else one whose name is an alias of the reader's field;
   * else one that has the name as its alias; else the same without case; null where there is none.
   * {@code reader} is the column's field in the reader's contract, or null.
   */
  static Schema.Field find(Schema record, String column, Schema.Field reader) {
    for (Schema.Field field : record.getFields()) {
      if (AvroContracts.columnName(field).equals(column)) {
        return field;
      }
    }
    Set<String> readerAliases = reader == null ? Set.of() : reader.aliases();
    for (Schema.Field field : record.getFields()) {
      if (readerAliases.contains(field.name()) || field.aliases().contains(column)) {
        return field;
      }
    }
    for (Schema.Field field : record.getFields()) {
      if (AvroContracts.columnName(field).equalsIgnoreCase(column)) {
        return field;
      }
    }
    return null;
  }
}
