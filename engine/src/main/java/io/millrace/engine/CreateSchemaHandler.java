package io.millrace.engine;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.SchemaEntry;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.sql.CreateSchema;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** CREATE SCHEMA. */
final class CreateSchemaHandler implements StatementHandler<CreateSchema> {
  /** Schemas and databases that DuckDB, which answers pull queries, has itself. */
  private static final Set<String> RESERVED =
      Set.of("information_schema", "pg_catalog", "main", "system", "temp");

  private final Parts parts;

  CreateSchemaHandler(Parts parts) {
    this.parts = parts;
  }

  @Override
  public Class<CreateSchema> kind() {
    return CreateSchema.class;
  }

  @Override
  public boolean changesCatalog() {
    return true;
  }

  @Override
  public Result execute(CreateSchema statement, StatementRequest request, String text) {
    String schema = new Name(statement.schema(), "x").schema().toLowerCase(Locale.ROOT);
    if (RESERVED.contains(schema) || schema.startsWith("_millrace")) {
      throw new MillraceException(
              ErrorCode.INVALID_NAME, "Cannot create schema " + schema + ": the name is reserved")
          .hint("The prefix _millrace and " + String.join(", ", new TreeSet<>(RESERVED)) + " are.");
    }
    if (parts.catalog().image().schemas().contains(schema)) {
      if (statement.ifNotExists()) {
        return new Result.Message("Schema " + schema + " exists already.");
      }
      throw new MillraceException(
          ErrorCode.ALREADY_EXISTS, "Cannot create schema " + schema + ": it exists already");
    }
    parts.catalog().apply(new CatalogDelta(List.of(new SchemaEntry(schema)), List.of()));
    return new Result.Message("Created schema " + schema + ".");
  }
}
