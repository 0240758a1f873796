package io.millrace.testserver.snowflake;

import java.util.List;

/**
 * A column's type in Snowflake's own spelling, and what stands for it in DuckDB.
 *
 * @param name as DESCRIBE prints it, such as {@code NUMBER(38,0)}
 * @param duck the type in DuckDB
 * @param length the most characters or bytes, or 0
 */
record ColumnType(String name, String duck, long length) {
  private static final long LONGEST_TEXT = 16_777_216;
  private static final long LONGEST_BINARY = 8_388_608;

  /** Reads a type with its parameters; synonyms as in "Summary of data types". */
  static ColumnType read(Cursor cursor) throws SnowflakeException {
    String word = cursor.next().folded();
    cursor.take("PRECISION");
    List<Token> parameters = cursor.peek().is("(") ? cursor.parentheses() : List.of();
    return switch (word) {
      case "NUMBER", "DECIMAL", "NUMERIC" ->
          number(
              parameter(parameters, 0, 38), parameters.isEmpty() ? 0 : parameter(parameters, 2, 0));
      case "INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "BYTEINT" -> number(38, 0);
      case "FLOAT", "DOUBLE", "REAL", "FLOAT4", "FLOAT8" -> new ColumnType("FLOAT", "DOUBLE", 0);
      case "BOOLEAN" -> new ColumnType("BOOLEAN", "BOOLEAN", 0);
      case "VARCHAR", "STRING", "TEXT", "CHAR" -> {
        long length = parameter(parameters, 0, LONGEST_TEXT);
        yield new ColumnType("VARCHAR(" + length + ")", "VARCHAR", length);
      }
      case "BINARY", "VARBINARY" -> {
        long length = parameter(parameters, 0, LONGEST_BINARY);
        yield new ColumnType("BINARY(" + length + ")", "BLOB", length);
      }
      case "DATE" -> new ColumnType("DATE", "DATE", 0);
      case "TIME" -> new ColumnType("TIME(" + parameter(parameters, 0, 9) + ")", "TIME", 0);
      case "TIMESTAMP_NTZ", "TIMESTAMP", "DATETIME" ->
          new ColumnType("TIMESTAMP_NTZ(" + parameter(parameters, 0, 9) + ")", "TIMESTAMP", 0);
      case "TIMESTAMP_LTZ" ->
          new ColumnType("TIMESTAMP_LTZ(" + parameter(parameters, 0, 9) + ")", "TIMESTAMPTZ", 0);
      case "VARIANT", "OBJECT", "ARRAY" -> new ColumnType(word, "JSON", 0);
      default -> throw SnowflakeException.syntax("Unsupported data type '" + word + "'.");
    };
  }

  private static ColumnType number(long precision, long scale) {
    return new ColumnType(
        "NUMBER(" + precision + "," + scale + ")", "DECIMAL(" + precision + "," + scale + ")", 0);
  }

  private static long parameter(List<Token> parameters, int index, long otherwise) {
    return index < parameters.size() ? Long.parseLong(parameters.get(index).text()) : otherwise;
  }

  static ColumnType parse(String name) throws SnowflakeException {
    return read(new Cursor(Token.read(name)));
  }

  /** Refuses what is too long, as Snowflake does ("String is too long and would be truncated"). */
  String check(String column) {
    String quoted = Dialect.quote(column);
    return switch (duck) {
      case "VARCHAR" -> " CHECK (length(" + quoted + ") <= " + length + ")";
      case "BLOB" -> " CHECK (octet_length(" + quoted + ") <= " + length + ")";
      default -> "";
    };
  }
}
