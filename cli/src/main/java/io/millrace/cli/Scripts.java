package io.millrace.cli;

import java.util.ArrayList;
import java.util.List;

/** Finds where statements end: at a semicolon outside strings, quoted names and comments. */
final class Scripts {
  /** The statements of a text, and what is left behind the last semicolon. */
  record Split(List<String> statements, String rest) {}

  private Scripts() {}

  static Split split(String text) {
    List<String> statements = new ArrayList<>();
    int start = 0;
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '\'' || c == '"' || c == '`') {
        at = closing(text, at, c);
      } else if (text.startsWith("--", at)) {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
      } else if (text.startsWith("/*", at)) {
        int end = text.indexOf("*/", at + 2);
        at = end < 0 ? text.length() : end + 2;
      } else if (c == ';') {
        if (!isBlank(text.substring(start, at))) {
          statements.add(text.substring(start, at).strip());
        }
        start = ++at;
      } else {
        at++;
      }
    }
    return new Split(statements, text.substring(start));
  }

  private static int closing(String text, int open, char quote) {
    int end = text.indexOf(quote, open + 1);
    return end < 0 ? text.length() : end + 1;
  }

  /** Whether there is nothing but white space and comments. */
  static boolean isBlank(String text) {
    return text.replaceAll("(?s)/\\*.*?\\*/", " ").replaceAll("--[^\n]*", " ").isBlank();
  }
}
