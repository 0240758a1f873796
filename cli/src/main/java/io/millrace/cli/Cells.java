package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jline.utils.WCWidth;

/** A value as the text of a cell. */
final class Cells {
  private static final Pattern CONTROL_IN_LINES = Pattern.compile("[\\p{Cc}&&[^\\n\\t]]");

  private Cells() {}

  static String text(Answer.Column column, JsonNode value, String whenNull) {
    if (value.isNull()) {
      return whenNull;
    }
    if (value.isBigDecimal()) {
      return column.isDecimal()
          ? value.decimalValue().toPlainString()
          : Double.toString(value.doubleValue());
    }
    return value.isValueNode() ? value.asText() : value.toString();
  }

  /** Control characters as escapes: a value must not move the cursor or break the table. */
  static String printable(String text) {
    if (text.chars().noneMatch(Character::isISOControl)) {
      return text;
    }
    StringBuilder printable = new StringBuilder(text.length() + 8);
    text.chars()
        .forEach(
            c -> {
              switch (c) {
                case '\n' -> printable.append("\\n");
                case '\r' -> printable.append("\\r");
                case '\t' -> printable.append("\\t");
                default -> {
                  if (Character.isISOControl(c)) {
                    printable.append(String.format("\\x%02X", c));
                  } else {
                    printable.append((char) c);
                  }
                }
              }
            });
    return printable.toString();
  }

  /** As {@link #printable}, but new lines and tabs stay. */
  static String printableLines(String text) {
    return CONTROL_IN_LINES
        .matcher(text)
        .replaceAll(c -> Matcher.quoteReplacement(printable(c.group())));
  }

  /** Columns that the text takes on a terminal. */
  static int width(String text) {
    return text.codePoints().map(Cells::width).sum();
  }

  /** 2 for a wide character, 0 for one that joins the character before. */
  static int width(int codePoint) {
    return Math.max(0, WCWidth.wcwidth(codePoint));
  }
}
