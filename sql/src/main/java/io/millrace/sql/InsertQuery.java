package io.millrace.sql;

import io.millrace.model.Name;
import java.util.List;

/** INSERT INTO target [(columns)] query: bounded at the offsets of the moment. */
public record InsertQuery(Name target, List<String> columns, QueryText query) implements Statement {
  public InsertQuery {
    columns = List.copyOf(columns);
  }
}
