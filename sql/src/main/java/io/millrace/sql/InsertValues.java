package io.millrace.sql;

import io.millrace.model.Name;
import java.util.List;

/** INSERT INTO target [(columns)] VALUES (...), (...). {@code values} is the text after VALUES. */
public record InsertValues(Name target, List<String> columns, QueryText values)
    implements Statement {
  public InsertValues {
    columns = List.copyOf(columns);
  }
}
