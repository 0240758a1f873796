package io.millrace.model;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads and prints durations and sizes with their units. */
public final class Units {
  private static final Pattern QUANTITY = Pattern.compile("(\\d{1,18})\\s*([a-zA-Z]*)");

  private Units() {}

  /**
   * {@code 200 ms}, {@code 30 s}, {@code 30 seconds}, {@code 5 min}, {@code 2 h}, {@code 7 days}.
   */
  public static Duration duration(String text) {
    Matcher m = quantity(text);
    long n = Long.parseLong(m.group(1));
    return switch (m.group(2).toLowerCase(Locale.ROOT)) {
      case "ms", "milli", "millis", "millisecond", "milliseconds" -> Duration.ofMillis(n);
      case "s", "sec", "second", "seconds" -> Duration.ofSeconds(n);
      case "m", "min", "minute", "minutes" -> Duration.ofMinutes(n);
      case "h", "hour", "hours" -> Duration.ofHours(n);
      case "d", "day", "days" -> Duration.ofDays(n);
      default -> throw new IllegalArgumentException("write a number and ms, s, min, h or days");
    };
  }

  /** {@code 100}, {@code 64 KB}, {@code 128 MB}, {@code 2 GB}; units count by 1024. */
  public static long bytes(String text) {
    Matcher m = quantity(text);
    long n = Long.parseLong(m.group(1));
    return switch (m.group(2).toLowerCase(Locale.ROOT)) {
      case "", "b", "bytes" -> n;
      case "k", "kb", "kib" -> n << 10;
      case "m", "mb", "mib" -> n << 20;
      case "g", "gb", "gib" -> n << 30;
      default -> throw new IllegalArgumentException("write a number and B, KB, MB or GB");
    };
  }

  private static Matcher quantity(String text) {
    Matcher m = QUANTITY.matcher(text.strip());
    if (!m.matches()) {
      throw new IllegalArgumentException("write a whole number and its unit");
    }
    return m;
  }

  /** The shortest exact text: {@code 30 s}, {@code 7 days}. */
  public static String text(Duration d) {
    if (d.toMillis() % 1000 != 0) {
      return d.toMillis() + " ms";
    }
    long s = d.toSeconds();
    if (s != 0 && s % 86400 == 0) {
      return s / 86400 + (s == 86400 ? " day" : " days");
    }
    if (s != 0 && s % 3600 == 0) {
      return s / 3600 + " h";
    }
    return s != 0 && s % 60 == 0 ? s / 60 + " min" : s + " s";
  }
}
