package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * An error as the server tells it. Line and column count from 1, in code points; 0 where it names
 * no place.
 */
record ServerError(String code, String message, String hint, int line, int column, int length) {
  static ServerError of(JsonNode error) {
    return new ServerError(
        error.path("code").asText("INTERNAL_ERROR"),
        error.path("message").asText("Failed without a message"),
        error.path("hint").asText(""),
        error.path("line").asInt(),
        error.path("column").asInt(),
        error.path("length").asInt());
  }

  /** The message, the line it is about with a caret under the place, and the hint. */
  String render(String statement) {
    StringBuilder text = new StringBuilder("error: ").append(message).append('\n');
    String[] lines = statement.split("\r?\n", -1);
    if (line >= 1 && line <= lines.length && column >= 1) {
      pointAt(text, lines[line - 1], lines.length > 1 ? "line " + line + ": " : "  ");
    }
    if (!hint.isEmpty()) {
      text.append("hint: ").append(hint).append('\n');
    }
    return text.toString();
  }

  /** Tabs stay tabs and wide characters count twice, so that the caret stands where it should. */
  private void pointAt(StringBuilder text, String source, String label) {
    int points = source.codePointCount(0, source.length());
    int from = source.offsetByCodePoints(0, Math.min(column - 1, points));
    int left = source.codePointCount(from, source.length());
    int to = source.offsetByCodePoints(from, Math.min(Math.max(length, 1), left));
    text.append(label).append(source).append('\n').append(" ".repeat(label.length()));
    source
        .substring(0, from)
        .codePoints()
        .forEach(c -> text.append(c == '\t' ? "\t" : " ".repeat(Cells.width(c))));
    text.append("^".repeat(Math.max(1, Cells.width(source.substring(from, to))))).append('\n');
  }
}
