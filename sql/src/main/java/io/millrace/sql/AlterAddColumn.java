package io.millrace.sql;

import io.millrace.model.Name;
import java.util.List;

/** ALTER STREAM|TABLE name ADD COLUMN [IF NOT EXISTS] column, or ADD (columns). */
public record AlterAddColumn(
    Name name, boolean table, boolean ifNotExists, List<ColumnDefinition.Physical> columns)
    implements Statement {
  public AlterAddColumn {
    columns = List.copyOf(columns);
  }
}
