package io.millrace.sql;

import io.millrace.model.Name;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * CREATE [OR REPLACE] STREAM|TABLE [IF NOT EXISTS] name [(columns)] [COMMENT] [WITH] [AS query].
 * The primary key is that of the PRIMARY KEY clause or of the one column marked so.
 */
public record CreateRelation(
    Name name,
    boolean table,
    boolean orReplace,
    boolean ifNotExists,
    List<ColumnDefinition> columns,
    Optional<WatermarkDefinition> watermark,
    List<String> primaryKey,
    Optional<String> comment,
    Map<String, String> options,
    Optional<QueryText> query)
    implements Statement {
  public CreateRelation {
    columns = List.copyOf(columns);
    primaryKey = List.copyOf(primaryKey);
    options = Options.copyOf(options);
  }
}
