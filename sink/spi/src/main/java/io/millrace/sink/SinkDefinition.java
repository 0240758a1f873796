package io.millrace.sink;

import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;

/**
 * One sink as it was declared.
 *
 * @param table whether its rows are changes of a table
 * @param options the WITH clause as written; {@code ${env:...}} and {@code ${file:...}} unresolved
 */
public record SinkDefinition(
    Name name, RowSchema schema, boolean table, Map<String, String> options)
    implements Serializable {
  public SinkDefinition {
    options = new TreeMap<>(options);
  }
}
