package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;

/** An error as the server tells it; line and column count from 1, 0 where it names no place. */
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
    String[] lines = statement.split("\n", -1);
    if (line >= 1 && line <= lines.length && column >= 1) {
      String source = lines[line - 1];
      String label = lines.length > 1 ? "line " + line + ": " : "  ";
      int at = Math.min(column - 1, source.length());
      int marks = Math.max(1, Math.min(length, source.length() - at));
      text.append(label).append(source).append('\n');
      text.append(" ".repeat(label.length()));
      for (int i = 0; i < at; i++) {
        text.append(source.charAt(i) == '\t' ? '\t' : ' ');
      }
      text.append("^".repeat(marks)).append('\n');
    }
    if (!hint.isEmpty()) {
      text.append("hint: ").append(hint).append('\n');
    }
    return text.toString();
  }
}
