package io.millrace.sql;

import io.millrace.model.MillraceException;
import io.millrace.model.MillraceException.Place;
import java.util.List;

/** Shows a place in a statement: the line, and carets under the words meant. */
public final class Carets {
  private Carets() {}

  /**
   * The line of {@code text} at {@code place} with its number, carets under it, then each message
   * on a line of its own. A place outside the text is shown at its nearest end. No line break at
   * the end.
   */
  public static String render(String text, Place place, String... messages) {
    List<String> lines = text.isEmpty() ? List.of("") : text.lines().toList();
    int number = Math.min(Math.max(place.line(), 1), lines.size());
    int[] line = lines.get(number - 1).codePoints().toArray();
    int column = Math.min(Math.max(place.column(), 1), line.length + 1);
    int length = Math.max(1, Math.min(place.length(), line.length + 1 - column));
    String margin = String.valueOf(number);
    StringBuilder shown = new StringBuilder();
    shown.append(margin).append(" | ").append(lines.get(number - 1)).append('\n');
    shown.append(" ".repeat(margin.length())).append(" | ");
    for (int i = 0; i < column - 1; i++) {
      // a tab under a tab keeps the carets in place, however wide it is shown
      shown.append(line[i] == '\t' ? '\t' : ' ');
    }
    shown.append("^".repeat(length));
    for (String message : messages) {
      shown.append('\n').append(message);
    }
    return shown.toString();
  }

  /** The place, where the error has one, then its message and its hint. */
  public static String render(String text, MillraceException error) {
    String message = error.getMessage() + error.hint().map(hint -> "\nHint: " + hint).orElse("");
    return error.place().map(place -> render(text, place, message)).orElse(message);
  }
}
