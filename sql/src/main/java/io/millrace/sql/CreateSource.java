package io.millrace.sql;

import io.millrace.model.Name;
import java.util.Map;
import java.util.Optional;

/**
 * CREATE SOURCE [IF NOT EXISTS] name FROM type INTO relation | INTO PREFIX prefix [WITH]. Exactly
 * one of {@code into} and {@code prefix} is there; the type is in lower case.
 */
public record CreateSource(
    Name name,
    boolean ifNotExists,
    String type,
    Optional<Name> into,
    Optional<String> prefix,
    Map<String, String> options)
    implements Statement {
  public CreateSource {
    options = Options.copyOf(options);
  }
}
