package io.millrace.sql;

import io.millrace.model.DataType;
import java.util.Optional;

/**
 * A column as a CREATE statement declares it: held in the record, computed from it, or read from
 * what Kafka says of it.
 */
public sealed interface ColumnDefinition {
  String name();

  Optional<String> comment();

  /** A field of the contract. */
  record Physical(String name, DataType type, Optional<String> comment)
      implements ColumnDefinition {}

  /** {@code name AS expression}; the expression is Flink SQL, word for word. */
  record Computed(String name, String expression, Optional<String> comment)
      implements ColumnDefinition {}

  /**
   * {@code name type METADATA [FROM 'key'] [VIRTUAL]}; without FROM the key is the column's name.
   */
  record Metadata(
      String name, DataType type, Optional<String> from, boolean virtual, Optional<String> comment)
      implements ColumnDefinition {}
}
