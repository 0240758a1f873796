package io.millrace.engine;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Relation;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.sql.Statement;

/** ALTER in its forms: planned first, so that EXPLAIN can tell the plan, then done or refused. */
abstract class AlterHandler<S extends Statement> implements StatementHandler<S> {
  /** What the statement would do. It changes nothing. */
  abstract Alteration plan(S statement);

  @Override
  public final boolean changesCatalog() {
    return true;
  }

  @Override
  public final Result execute(S statement, StatementRequest request, String text) {
    return plan(statement).apply();
  }

  /** The relation, if it is of the kind that the statement names. */
  static Relation require(CatalogImage image, Name name, boolean table) {
    Relation relation = image.requireRelation(name);
    if (table != relation.isTable()) {
      throw new MillraceException(
              ErrorCode.NOT_FOUND,
              "Cannot alter " + (table ? "table " : "stream ") + name + ": there is none")
          .hint(name + " is a " + (table ? "stream." : "table."));
    }
    return relation;
  }
}
