package io.millrace.testserver.snowflake;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A piece of a statement.
 *
 * @param text a word as written, the inside of quotes with escapes resolved, or the symbol
 */
record Token(Kind kind, String text) {
  enum Kind {
    /** An unquoted identifier, keyword or number. */
    WORD,
    /** An identifier in double quotes. */
    QUOTED,
    /** A text in single quotes. */
    STRING,
    /** {@code @stage/path}, without the sign. */
    STAGE,
    SYMBOL
  }

  /** Splits a statement; comments are left out. */
  static List<Token> read(String sql) throws SnowflakeException {
    List<Token> tokens = new ArrayList<>();
    int at = 0;
    while (at < sql.length()) {
      char c = sql.charAt(at);
      int end;
      if (Character.isWhitespace(c)) {
        at++;
        continue;
      } else if (sql.startsWith("--", at)) {
        end = sql.indexOf('\n', at);
        at = end < 0 ? sql.length() : end;
        continue;
      } else if (sql.startsWith("/*", at)) {
        end = sql.indexOf("*/", at);
        at = end < 0 ? sql.length() : end + 2;
        continue;
      } else if (c == '\'') {
        end = string(sql, at, tokens);
      } else if (c == '"') {
        end = quoted(sql, at, tokens);
      } else if (c == '@') {
        end = at + 1;
        while (end < sql.length() && " \t\r\n);,".indexOf(sql.charAt(end)) < 0) {
          end++;
        }
        tokens.add(new Token(Kind.STAGE, sql.substring(at + 1, end)));
      } else if (isWord(c)) {
        boolean number = Character.isDigit(c);
        end = at + 1;
        while (end < sql.length()
            && (isWord(sql.charAt(end)) || number && sql.charAt(end) == '.')) {
          end++;
        }
        tokens.add(new Token(Kind.WORD, sql.substring(at, end)));
      } else {
        end = at + length(sql, at);
        tokens.add(new Token(Kind.SYMBOL, sql.substring(at, end)));
      }
      at = end;
    }
    return tokens;
  }

  private static boolean isWord(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '$';
  }

  private static int length(String sql, int at) {
    for (String two : List.of("::", "=>", "<=", ">=", "<>", "!=", "||")) {
      if (sql.startsWith(two, at)) {
        return 2;
      }
    }
    return 1;
  }

  /** A backslash escapes in Snowflake's string constants ("String constants"), as does ''. */
  private static int string(String sql, int start, List<Token> tokens) throws SnowflakeException {
    StringBuilder text = new StringBuilder();
    for (int at = start + 1; at < sql.length(); at++) {
      char c = sql.charAt(at);
      if (c == '\\' && at + 1 < sql.length()) {
        at++;
        char escaped = sql.charAt(at);
        text.append(
            switch (escaped) {
              case 'n' -> '\n';
              case 't' -> '\t';
              case 'r' -> '\r';
              case '0' -> '\0';
              default -> escaped;
            });
      } else if (c == '\'' && at + 1 < sql.length() && sql.charAt(at + 1) == '\'') {
        text.append('\'');
        at++;
      } else if (c == '\'') {
        tokens.add(new Token(Kind.STRING, text.toString()));
        return at + 1;
      } else {
        text.append(c);
      }
    }
    throw SnowflakeException.syntax("a string constant has no end");
  }

  private static int quoted(String sql, int start, List<Token> tokens) throws SnowflakeException {
    StringBuilder text = new StringBuilder();
    for (int at = start + 1; at < sql.length(); at++) {
      if (sql.charAt(at) != '"') {
        text.append(sql.charAt(at));
      } else if (at + 1 < sql.length() && sql.charAt(at + 1) == '"') {
        text.append('"');
        at++;
      } else {
        tokens.add(new Token(Kind.QUOTED, text.toString()));
        return at + 1;
      }
    }
    throw SnowflakeException.syntax("an identifier has no end");
  }

  boolean is(String wordOrSymbol) {
    return (kind == Kind.WORD || kind == Kind.SYMBOL) && text.equalsIgnoreCase(wordOrSymbol);
  }

  boolean isIdentifier() {
    return kind == Kind.WORD || kind == Kind.QUOTED;
  }

  /** As Snowflake stores an identifier: upper case unless it was quoted. */
  String folded() {
    return kind == Kind.WORD ? text.toUpperCase(Locale.ROOT) : text;
  }
}
