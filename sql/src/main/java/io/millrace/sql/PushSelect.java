package io.millrace.sql;

import java.util.Map;
import java.util.OptionalLong;

/** A push query: {@code query EMIT CHANGES [LIMIT n] [WITH (...)]}. */
public record PushSelect(QueryText query, OptionalLong limit, Map<String, String> options)
    implements Statement {
  public PushSelect {
    options = Options.copyOf(options);
  }
}
