package io.millrace.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * Finds where statements end: at a semicolon outside strings, quoted names and comments. Strings
 * are {@code '...'}, {@code E'...'} with backslash escapes, and {@code $$...$$}.
 */
final class Scripts {
  /** The statements of a text, and what is left behind the last semicolon. */
  record Split(List<String> statements, String rest) {}

  private Scripts() {}

  /** Statements without their semicolons; those of nothing but comments are left out. */
  static Split split(String text) {
    List<String> statements = new ArrayList<>();
    int start = 0;
    int at = 0;
    while (at < text.length()) {
      int end = end(text, at);
      if (text.charAt(at) == ';') {
        String statement = text.substring(start, at);
        if (!isBlank(statement)) {
          statements.add(statement.strip());
        }
        start = end;
      }
      at = end;
    }
    return new Split(statements, text.substring(start));
  }

  /** The statements of a script, whose last one needs no semicolon. */
  static List<String> statements(String script) {
    Split split = split(script);
    List<String> statements = new ArrayList<>(split.statements());
    if (!isBlank(split.rest())) {
      statements.add(split.rest().strip());
    }
    return statements;
  }

  /** Whether there is nothing but white space and closed comments. */
  static boolean isBlank(String text) {
    int at = 0;
    while (at < text.length()) {
      int end = end(text, at);
      boolean comment =
          text.startsWith("--", at)
              || (text.startsWith("/*", at) && end >= at + 4 && text.startsWith("*/", end - 2));
      char c = text.charAt(at);
      if (!comment && !Character.isWhitespace(c) && c != '\uFEFF') {
        return false;
      }
      at = end;
    }
    return true;
  }

  /** Where the piece that begins here ends: a string, a name, a comment or one character. */
  private static int end(String text, int at) {
    char c = text.charAt(at);
    if (c == '\'' || c == '"' || c == '`') {
      return behind(text, String.valueOf(c), at + 1);
    }
    if (text.startsWith("--", at)) {
      int newline = text.indexOf('\n', at);
      return newline < 0 ? text.length() : newline;
    }
    if (text.startsWith("/*", at)) {
      return behind(text, "*/", at + 2);
    }
    if (text.startsWith("$$", at)) {
      return behind(text, "$$", at + 2);
    }
    return Character.isLetter(c) || c == '_' ? word(text, at) : at + 1;
  }

  private static int behind(String text, String closing, int from) {
    int end = text.indexOf(closing, from);
    return end < 0 ? text.length() : end + closing.length();
  }

  /** Names are taken whole: {@code a$$b} opens no string, {@code E'} does. */
  private static int word(String text, int at) {
    int end = at;
    while (end < text.length() && isNamePart(text.charAt(end))) {
      end++;
    }
    boolean escapes = end == at + 1 && Character.toUpperCase(text.charAt(at)) == 'E';
    return escapes && text.startsWith("'", end) ? escapeString(text, end + 1) : end;
  }

  static boolean isNamePart(char c) {
    return Character.isLetterOrDigit(c) || Character.isSurrogate(c) || c == '_' || c == '$';
  }

  private static int escapeString(String text, int from) {
    int at = from;
    while (at < text.length() && text.charAt(at) != '\'') {
      at += text.charAt(at) == '\\' ? 2 : 1;
    }
    return Math.min(text.length(), at + 1);
  }
}
