package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import org.jline.utils.WCWidth;

/** A value as the text of a cell. */
final class Cells {
  private Cells() {}

  static String text(JsonNode value, String whenNull) {
    if (value.isNull()) {
      return whenNull;
    }
    if (value.isBigDecimal()) {
      return value.decimalValue().toPlainString();
    }
    return value.isValueNode() ? value.asText() : value.toString();
  }

  /** Columns that the text takes on a terminal: wide characters take two. */
  static int width(String text) {
    return text.codePoints().map(c -> Math.max(0, WCWidth.wcwidth(c))).sum();
  }
}
