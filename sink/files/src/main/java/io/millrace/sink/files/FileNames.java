package io.millrace.sink.files;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** Any text as part of a file name, with the percent signs of Hive. */
final class FileNames {
  private static final String SPECIAL = "\"#%'*/:=?\\{[]^";

  /** In a POSIX locale the JVM cannot name a file beyond ASCII. */
  private static final boolean UNICODE = isUnicode(System.getProperty("sun.jnu.encoding", ""));

  private FileNames() {}

  static boolean isUnicode(String encoding) {
    return Charset.isSupported(encoding)
        && Charset.forName(encoding).equals(StandardCharsets.UTF_8);
  }

  /** The text with {@code %XX} for what a file name or Hive cannot bear. */
  static String escape(String text) {
    return escape(text, UNICODE);
  }

  /**
   * Letters beyond ASCII are kept as Hive and Spark keep them where files can be named so; else
   * they are the percent signs of their UTF-8 bytes, which DuckDB reads back.
   */
  static String escape(String text, boolean unicode) {
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              boolean special = c < ' ' || c == 0x7F || SPECIAL.indexOf(c) >= 0;
              if (special || c > 0x7F && !unicode) {
                for (byte b : Character.toString(c).getBytes(StandardCharsets.UTF_8)) {
                  escaped.append(String.format("%%%02X", b));
                }
              } else {
                escaped.appendCodePoint(c);
              }
            });
    if (escaped.length() > 0 && escaped.charAt(0) == '.') {
      escaped.replace(0, 1, "%2E"); // neither hidden nor a step up
    }
    return escaped.toString();
  }

  /** In bytes, as file systems count. */
  static int length(String name) {
    return name.getBytes(StandardCharsets.UTF_8).length;
  }
}
