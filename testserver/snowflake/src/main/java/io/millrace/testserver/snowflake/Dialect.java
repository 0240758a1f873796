package io.millrace.testserver.snowflake;

import java.util.List;
import java.util.Set;

/** Rewrites what differs between Snowflake's SQL and DuckDB's. */
final class Dialect {
  /** Functions that Snowflake has and DuckDB spells otherwise, as macros of each session. */
  static final List<String> MACROS =
      List.of(
          "to_timestamp_ntz(n, scale) AS CASE WHEN scale = 3 THEN make_timestamp(n::BIGINT * 1000)"
              + " ELSE make_timestamp(n::BIGINT) END",
          "to_timestamp_ltz(n, scale) AS CASE WHEN scale = 3 THEN make_timestamptz(n::BIGINT * 1000)"
              + " ELSE make_timestamptz(n::BIGINT) END",
          "to_time(t) AS CAST(t AS TIME)",
          "parse_json(t) AS CAST(t AS JSON)",
          "to_json(v) AS CAST(v AS VARCHAR)",
          "current_version() AS '9.30.0'");

  private static final Set<String> TYPES =
      Set.of(
          "NUMBER",
          "NUMERIC",
          "FLOAT",
          "STRING",
          "TEXT",
          "VARCHAR",
          "BINARY",
          "VARBINARY",
          "TIMESTAMP_NTZ",
          "TIMESTAMP_LTZ",
          "VARIANT",
          "OBJECT",
          "ARRAY");

  private final Stages stages;
  private final Session session;

  Dialect(Stages stages, Session session) {
    this.stages = stages;
    this.session = session;
  }

  static String quote(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  /** A query or a statement that changes rows, as DuckDB understands it. */
  String translate(List<Token> tokens) throws SnowflakeException {
    StringBuilder sql = new StringBuilder();
    Cursor cursor = new Cursor(tokens);
    while (!cursor.isAtEnd()) {
      Token token = cursor.peek();
      if (token.kind() == Token.Kind.STAGE) {
        cursor.next();
        sql.append(files(token, cursor));
      } else if (token.is("$1") && cursor.peek(1).is(":")) {
        cursor.next();
        cursor.next();
        sql.append(quote(cursor.next().text()));
      } else if (cursor.take("CURRENT_TRANSACTION", "(", ")")) {
        sql.append("CAST(").append(session.transaction()).append(" AS VARCHAR)");
      } else if (token.kind() == Token.Kind.WORD && isType(cursor)) {
        sql.append(ColumnType.read(cursor).duck());
      } else {
        cursor.next();
        sql.append(
            switch (token.kind()) {
              case QUOTED -> quote(token.text());
              case STRING -> literal(token.text());
              default -> token.text();
            });
      }
      sql.append(' ');
    }
    return sql.toString();
  }

  /** A type where one is written: the column of that name would be quoted. */
  private static boolean isType(Cursor cursor) {
    return TYPES.contains(cursor.peek().folded())
        && !cursor.peek(1).is(".")
        && !cursor.peek(1).is("=");
  }

  /** {@code @stage/path (FILE_FORMAT => 'f')} as a table of the files' columns. */
  private String files(Token stage, Cursor cursor) throws SnowflakeException {
    if (cursor.peek().is("(") && cursor.peek(1).is("FILE_FORMAT")) {
      List<Token> options = cursor.parentheses();
      stages.requireFormat(options.get(options.size() - 1).text(), session);
    }
    List<String> files =
        stages.files(stage.text(), session).stream().map(f -> literal(f.toString())).toList();
    if (files.isEmpty()) {
      // Snowflake answers no rows; which columns there would be only a file can tell.
      throw SnowflakeException.missing("File", stage.text());
    }
    return "read_parquet([" + String.join(", ", files) + "], union_by_name = true)";
  }
}
