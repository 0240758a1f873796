package io.millrace.format.debezium;

import java.util.Map;
import java.util.Optional;

/**
 * A schema that a record carries or names, in the terms of Kafka Connect, whose converters write
 * both JSON and Avro. Immutable.
 *
 * @param name the schema's name, which says what its values mean; empty where it has none
 * @param precision of a decimal, 0 where it is not told
 * @param scale of a decimal
 * @param fields of a struct, in order
 * @param item of an array, value of a map; null otherwise
 */
record Told(Kind kind, String name, int precision, int scale, Map<String, Told> fields, Told item) {
  static final String VARIABLE_SCALE_DECIMAL = "io.debezium.data.VariableScaleDecimal";

  enum Kind {
    BOOLEAN,
    INT,
    LONG,
    FLOAT,
    DOUBLE,
    STRING,
    BYTES,
    STRUCT,
    ARRAY,
    MAP,
    /** Nothing that Debezium writes. */
    OTHER
  }

  /** The name of the field that is a column of that name, compared without case at last. */
  Optional<String> fieldOf(String column) {
    return fields.containsKey(column)
        ? Optional.of(column)
        : fields.keySet().stream().filter(column::equalsIgnoreCase).findFirst();
  }
}
