package io.millrace.sql;

import io.millrace.model.Name;
import java.util.List;

/** UPDATE target SET column = expression, ... WHERE condition; the condition is required. */
public record Update(Name target, List<Assignment> assignments, QueryText where)
    implements Statement {
  public Update {
    assignments = List.copyOf(assignments);
  }
}
