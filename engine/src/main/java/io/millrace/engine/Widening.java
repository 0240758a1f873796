package io.millrace.engine;

import io.millrace.model.DataType;

/**
 * Which type may follow another in a column: one that holds every value of the first, whose rows in
 * the first type are read as they lie in the topic, by us and by any other reader of Avro.
 */
final class Widening {
  static final String ALLOWED =
      "A column can become wider: INT to BIGINT or DOUBLE, FLOAT to DOUBLE, DECIMAL to one of more"
          + " digits and the same scale. Any other changed type is a new version: DROP and CREATE.";

  private Widening() {}

  static boolean holds(DataType from, DataType to) {
    return switch (from.kind()) {
      case INT -> to.kind() == DataType.Kind.BIGINT || to.kind() == DataType.Kind.DOUBLE;
      case FLOAT -> to.kind() == DataType.Kind.DOUBLE;
      case DECIMAL ->
          to instanceof DataType.Decimal wider
              && wider.scale() == ((DataType.Decimal) from).scale()
              && wider.precision() > ((DataType.Decimal) from).precision();
      case BOOLEAN,
          BIGINT,
          DOUBLE,
          STRING,
          BYTES,
          DATE,
          TIME,
          TIMESTAMP,
          TIMESTAMP_LTZ,
          ARRAY,
          MAP,
          ROW ->
          false;
    };
  }
}
