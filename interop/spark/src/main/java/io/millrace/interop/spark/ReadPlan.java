package io.millrace.interop.spark;

import io.millrace.model.DataType;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * What is read of a stream or table. Immutable; sent to the tasks that read.
 *
 * @param columns for each column of the answer its index in the contract, or -1
 * @param metadata for each column of the answer what it says of the record, or null
 * @param currentRows whether a table's rows are asked for rather than its changes
 */
record ReadPlan(
    Warehouse warehouse,
    Relation relation,
    int[] columns,
    Metadata[] metadata,
    boolean currentRows,
    boolean dropMalformed)
    implements Serializable {

  /** The plan for columns as Spark asks for them, in its order. */
  static ReadPlan of(
      Warehouse warehouse,
      Relation relation,
      StructType asked,
      boolean currentRows,
      boolean dropMalformed) {
    int[] columns = new int[asked.size()];
    Metadata[] metadata = new Metadata[asked.size()];
    for (int i = 0; i < columns.length; i++) {
      StructField field = asked.fields()[i];
      columns[i] = relation.schema().indexOf(field.name());
      if (columns[i] < 0) {
        metadata[i] = Metadata.of(field.name()).orElseThrow();
      }
    }
    return new ReadPlan(warehouse, relation, columns, metadata, currentRows, dropMalformed);
  }

  /** The types of the answer's columns. */
  List<DataType> types() {
    List<DataType> types = new ArrayList<>();
    for (int i = 0; i < columns.length; i++) {
      types.add(columns[i] < 0 ? metadata[i].type() : relation.schema().column(columns[i]).type());
    }
    return types;
  }
}
