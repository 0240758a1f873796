package io.millrace.flow.plan;

import java.util.Optional;

/**
 * The column that carries a row's partition from scan to sink in row-by-row queries, without
 * anybody seeing it: while such a query is compiled, its input shows this metadata column, every
 * SELECT in its text selects it too, and its target takes it. The compiled plan is kept only if it
 * still goes row by row.
 */
final class HiddenPartition {
  static final String COLUMN = "$millrace_partition";
  static final String METADATA_KEY = "partition";

  private HiddenPartition() {}

  /** The query with the column added to each of its SELECT lists; empty where there is none. */
  static Optional<String> selectIn(String query) {
    StringBuilder out = new StringBuilder();
    boolean found = false;
    int i = 0;
    while (i < query.length()) {
      int end = tokenEnd(query, i);
      String token = query.substring(i, end);
      out.append(token);
      i = end;
      if (token.equalsIgnoreCase("SELECT")) {
        found = true;
        out.append(" `").append(COLUMN).append("`,");
      }
    }
    return found ? Optional.of(out.toString()) : Optional.empty();
  }

  /** Words, quoted text and comments are one token each; anything else is one character. */
  private static int tokenEnd(String text, int start) {
    char c = text.charAt(start);
    if (c == '\'' || c == '`' || c == '"') {
      return quotedEnd(text, start, c);
    }
    if (text.startsWith("--", start)) {
      int end = text.indexOf('\n', start);
      return end < 0 ? text.length() : end;
    }
    if (text.startsWith("/*", start)) {
      int end = text.indexOf("*/", start + 2);
      return end < 0 ? text.length() : end + 2;
    }
    int end = start;
    while (end < text.length() && isWord(text.charAt(end))) {
      end++;
    }
    return Math.max(end, start + 1);
  }

  private static boolean isWord(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '$';
  }

  private static int quotedEnd(String text, int start, char quote) {
    int i = start + 1;
    while (i < text.length()) {
      if (text.charAt(i) == quote) {
        if (i + 1 < text.length() && text.charAt(i + 1) == quote) {
          i++;
        } else {
          return i + 1;
        }
      }
      i++;
    }
    return text.length();
  }
}
