package io.millrace.sql;

import io.millrace.model.Name;
import java.util.Map;
import java.util.Optional;

/**
 * CREATE SINK [IF NOT EXISTS] name FROM relation | AS query INTO type [WITH]. Exactly one of {@code
 * from} and {@code query} is there; the type is in lower case.
 */
public record CreateSink(
    Name name,
    boolean ifNotExists,
    Optional<Name> from,
    Optional<QueryText> query,
    String type,
    Map<String, String> options)
    implements Statement {
  public CreateSink {
    options = Options.copyOf(options);
  }
}
