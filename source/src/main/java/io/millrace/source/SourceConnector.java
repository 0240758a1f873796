package io.millrace.source;

import io.millrace.model.Setting;
import java.util.List;

/** One kind of system that changes come from. Thread-safe. */
public interface SourceConnector {
  /** Its word in {@code CREATE SOURCE ... FROM}, in lower case. */
  String type();

  /** The keys of the WITH clause that it understands. */
  List<Setting<?>> settings();

  /** Those of them whose values are secrets: a statement, which is kept, only refers to them. */
  default List<Setting<?>> secrets() {
    return List.of();
  }

  /** A source of these options. INVALID_OPTION where they are not whole; nothing is reached yet. */
  Source open(SourceDefinition definition);
}
