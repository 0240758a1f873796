/**
 * Where topics become tables that answer at once: DuckDB, filled exactly once by tails of the log,
 * runs pull queries.
 */
package io.millrace.serving;
