package io.millrace.source;

import io.millrace.model.Name;
import java.util.Map;

/**
 * What CREATE SOURCE says.
 *
 * @param options as written: references to secrets are resolved when they are read
 */
public record SourceDefinition(Name name, Map<String, String> options) {
  public SourceDefinition {
    options = Map.copyOf(options);
  }
}
