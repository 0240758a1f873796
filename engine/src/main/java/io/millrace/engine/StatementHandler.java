package io.millrace.engine;

import io.millrace.sql.Statement;

/**
 * Executes the statements of one kind. Handlers of statements that change the catalog run one at a
 * time; the others run side by side.
 */
interface StatementHandler<S extends Statement> {
  Class<S> kind();

  /** Whether the statement changes what exists. */
  default boolean changesCatalog() {
    return false;
  }

  /** Whether the statement adds to the log: refused while its disk is nearly full. */
  default boolean addsToLog() {
    return changesCatalog();
  }

  Result execute(S statement, StatementRequest request, String text);
}
