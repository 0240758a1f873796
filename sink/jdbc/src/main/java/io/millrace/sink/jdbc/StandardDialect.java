package io.millrace.sink.jdbc;

import io.millrace.model.DataType;
import io.millrace.sink.documents.Utf8Buffer;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * Any other database whose driver is on the class path: standard SQL alone. A row is set by
 * deleting its key and inserting it, within one transaction.
 */
record StandardDialect() implements Dialect {
  @Override
  public String type(DataType type, boolean key) {
    return switch (type.kind()) {
      case BOOLEAN -> "BOOLEAN";
      case INT -> "INTEGER";
      case BIGINT -> "BIGINT";
      case FLOAT -> "REAL";
      case DOUBLE -> "DOUBLE PRECISION";
      case DECIMAL -> type.bareText();
      case STRING, ARRAY, MAP, ROW -> key ? shortText(255) : "VARCHAR";
      case BYTES -> bytesType();
      case DATE -> "DATE";
      case TIME -> "TIME";
      case TIMESTAMP -> "TIMESTAMP(" + ((DataType.Temporal) type).precision() + ")";
      case TIMESTAMP_LTZ -> "TIMESTAMP WITH TIME ZONE";
    };
  }

  @Override
  public String shortText(int length) {
    return "VARCHAR(" + length + ")";
  }

  @Override
  public String bytesType() {
    return "BLOB";
  }

  @Override
  public boolean holdsZeroCharacter() {
    return true;
  }

  @Override
  public boolean holdsNotANumber() {
    return true;
  }

  @Override
  public boolean knowsTimeZones() {
    return true;
  }

  @Override
  public void upsert(Connection connection, Target target, Utf8Buffer rows)
      throws SQLException, IOException {
    BatchStatements.run(
        connection,
        this,
        BatchStatements.delete(this, target),
        target.columns(),
        target.keys(),
        rows.array(),
        rows.size());
    append(connection, target, target.columns(), rows.array(), rows.size());
  }
}
