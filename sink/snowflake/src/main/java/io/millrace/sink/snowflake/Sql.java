package io.millrace.sink.snowflake;

import java.util.Locale;
import java.util.regex.Pattern;

/** Names and constants in Snowflake's spelling. */
final class Sql {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z_][A-Za-z0-9_$]*");

  private Sql() {}

  /** A string constant; a backslash escapes there, as a doubled quote does. */
  static String literal(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
  }

  static String quote(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  /** The name that Snowflake gives to what somebody writes without quotes, if that can be. */
  static String fold(String name) {
    return PLAIN.matcher(name).matches() ? name.toUpperCase(Locale.ROOT) : name;
  }

  /** As it is within quotes, and folded without. */
  static String unquote(String part) {
    return part.length() > 1 && part.startsWith("\"") && part.endsWith("\"")
        ? part.substring(1, part.length() - 1).replace("\"\"", "\"")
        : fold(part);
  }
}
