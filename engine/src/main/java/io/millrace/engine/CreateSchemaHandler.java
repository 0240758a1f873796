package io.millrace.engine;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.SchemaEntry;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.sql.CreateSchema;
import java.util.List;
import java.util.Locale;

/** CREATE SCHEMA. */
final class CreateSchemaHandler implements StatementHandler<CreateSchema> {
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
