package io.millrace.sql;

import io.millrace.model.Name;
import java.util.Optional;

/** SHOW SCHEMAS, STREAMS, ...; {@code of} is there with VERSIONS and may be with DEAD_LETTERS. */
public record Show(Kind kind, Optional<Name> of) implements Statement {
  /** What is shown. */
  public enum Kind {
    SCHEMAS,
    STREAMS,
    TABLES,
    VIEWS,
    QUERIES,
    SOURCES,
    SINKS,
    ALERTS,
    TOPICS,
    VERSIONS,
    DEAD_LETTERS
  }
}
