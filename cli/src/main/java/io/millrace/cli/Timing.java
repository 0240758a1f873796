package io.millrace.cli;

import java.time.Duration;
import java.util.Locale;

/** How long a statement took, in psql's words. */
final class Timing {
  private Timing() {}

  /** Milliseconds, and from one second on minutes and seconds beside them. */
  static String text(Duration took) {
    String milliseconds = String.format(Locale.ROOT, "Time: %.3f ms", took.toNanos() / 1e6);
    if (took.toSeconds() < 1) {
      return milliseconds;
    }
    String hours = took.toHours() == 0 ? "" : String.format(Locale.ROOT, "%02d:", took.toHours());
    return milliseconds
        + String.format(
            Locale.ROOT,
            " (%s%02d:%02d.%03d)",
            hours,
            took.toMinutesPart(),
            took.toSecondsPart(),
            took.toMillisPart());
  }
}
