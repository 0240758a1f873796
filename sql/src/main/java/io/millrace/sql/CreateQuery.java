package io.millrace.sql;

import io.millrace.model.Name;
import java.util.List;
import java.util.Map;

/**
 * CREATE QUERY [IF NOT EXISTS] name [WITH] AS INSERT INTO target [(columns)] query. No target
 * columns: all of them, in order.
 */
public record CreateQuery(
    Name name,
    boolean ifNotExists,
    Name target,
    List<String> targetColumns,
    QueryText query,
    Map<String, String> options)
    implements Statement {
  public CreateQuery {
    targetColumns = List.copyOf(targetColumns);
    options = Options.copyOf(options);
  }
}
