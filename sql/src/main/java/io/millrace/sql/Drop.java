package io.millrace.sql;

import io.millrace.model.Name;

/**
 * DROP kind [IF EXISTS] name [CASCADE]. For a schema the object part of the name is the schema's
 * name.
 */
public record Drop(Kind kind, Name name, boolean ifExists, boolean cascade) implements Statement {
  /** What is dropped. */
  public enum Kind {
    SCHEMA,
    STREAM,
    TABLE,
    VIEW,
    QUERY,
    SOURCE,
    SINK,
    ALERT
  }
}
