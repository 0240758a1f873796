package io.millrace.format.delimited;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.nio.charset.StandardCharsets;

/**
 * How fields are delimited, quoted and left out. {@code quote} is a byte, or -1 for none. The
 * arrays are not to be changed.
 */
public record Dialect(byte[] delimiter, int quote, byte[] nullText) {

  /**
   * From the options' texts. In the delimiter {@code \t}, {@code \\} and {@code \\u0001} stand for
   * characters. Throws INVALID_OPTION where they contradict each other.
   */
  public static Dialect of(String delimiter, String quote, String nullText) {
    byte[] between = unescaped(delimiter).getBytes(StandardCharsets.UTF_8);
    if (between.length == 0 || contains(between, '\n') || contains(between, '\r')) {
      throw invalid("delimiter", delimiter, "Use at least one character, and no line end.");
    }
    if (quote.length() > 1 || !quote.isEmpty() && (quote.charAt(0) > 127 || quote.isBlank())) {
      throw invalid("quote", quote, "Use one ASCII character, or '' for none.");
    }
    int quoteByte = quote.isEmpty() ? -1 : quote.charAt(0);
    if (contains(between, quoteByte)) {
      throw invalid("quote", quote, "The delimiter cannot hold the quote.");
    }
    // Also the two side by side must not hold the delimiter earlier than it stands.
    String separator = unescaped(delimiter);
    if ((nullText + separator).indexOf(separator) < nullText.length()
        || !quote.isEmpty() && nullText.contains(quote)
        || nullText.contains("\n")
        || nullText.contains("\r")) {
      throw invalid("null", nullText, "It cannot hold the delimiter, the quote or a line end.");
    }
    return new Dialect(between, quoteByte, nullText.getBytes(StandardCharsets.UTF_8));
  }

  private static MillraceException invalid(String key, String value, String hint) {
    return new MillraceException(
            ErrorCode.INVALID_OPTION, "Invalid value for '" + key + "': " + value)
        .hint(hint);
  }

  private static boolean contains(byte[] bytes, int wanted) {
    for (byte b : bytes) {
      if (b == wanted) {
        return true;
      }
    }
    return false;
  }

  private static String unescaped(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      char next = i + 1 < text.length() ? text.charAt(i + 1) : 0;
      if (c != '\\') {
        out.append(c);
      } else if (next == 't') {
        out.append('\t');
        i++;
      } else if (next == '\\') {
        out.append('\\');
        i++;
      } else if (next == 'u' && text.substring(i).matches("\\\\u[0-9a-fA-F]{4}.*")) {
        out.append((char) Integer.parseInt(text.substring(i + 2, i + 6), 16));
        i += 5;
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  boolean isDelimiter(byte[] bytes, int at, int to) {
    if (to - at < delimiter.length) {
      return false;
    }
    for (int i = 0; i < delimiter.length; i++) {
      if (bytes[at + i] != delimiter[i]) {
        return false;
      }
    }
    return true;
  }

  boolean isNull(byte[] bytes, int from, int to) {
    return java.util.Arrays.equals(bytes, from, to, nullText, 0, nullText.length);
  }
}
