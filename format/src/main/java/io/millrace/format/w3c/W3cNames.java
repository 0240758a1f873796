package io.millrace.format.w3c;

import java.util.Locale;

/** How names of W3C fields and of columns meet. */
final class W3cNames {
  private W3cNames() {}

  /**
   * Lower case, every run of characters other than letters and digits as one underscore, leading
   * and trailing ones dropped: {@code cs(User-Agent)} becomes {@code cs_user_agent}.
   */
  static String folded(String name) {
    return name.toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{Nd}]+", "_")
        .replaceAll("^_|_$", "");
  }
}
