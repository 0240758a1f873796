package io.millrace.testserver.snowflake;

import java.util.List;

/** A place in a statement's tokens. Not thread-safe. */
final class Cursor {
  private static final Token END = new Token(Token.Kind.SYMBOL, "");

  private final List<Token> tokens;
  private int at;

  Cursor(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token peek() {
    return peek(0);
  }

  Token peek(int ahead) {
    return at + ahead < tokens.size() ? tokens.get(at + ahead) : END;
  }

  boolean isAtEnd() {
    return at >= tokens.size();
  }

  Token next() {
    Token token = peek();
    at++;
    return token;
  }

  /** Steps over these words if they all come next. */
  boolean take(String... words) {
    for (int i = 0; i < words.length; i++) {
      if (!peek(i).is(words[i])) {
        return false;
      }
    }
    at += words.length;
    return true;
  }

  void require(String... words) throws SnowflakeException {
    if (!take(words)) {
      throw SnowflakeException.syntax(
          "expected " + String.join(" ", words) + ", found '" + peek().text() + "'");
    }
  }

  /** The tokens up to the first of these words outside of parentheses, or to the end. */
  List<Token> until(String... words) {
    int start = at;
    int depth = 0;
    for (; at < tokens.size(); at++) {
      Token token = tokens.get(at);
      if (depth == 0 && java.util.Arrays.stream(words).anyMatch(token::is)) {
        break;
      }
      if (token.is("(")) {
        depth++;
      } else if (token.is(")")) {
        if (depth == 0) {
          break;
        }
        depth--;
      }
    }
    return tokens.subList(start, at);
  }

  /** The tokens within the parentheses that come next; steps over both. */
  List<Token> parentheses() throws SnowflakeException {
    require("(");
    List<Token> inside = until();
    require(")");
    return inside;
  }

  /** All that is left. */
  List<Token> rest() {
    List<Token> rest = tokens.subList(Math.min(at, tokens.size()), tokens.size());
    at = tokens.size();
    return rest;
  }
}
