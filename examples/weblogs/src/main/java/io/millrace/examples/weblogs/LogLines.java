package io.millrace.examples.weblogs;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.SplittableRandom;

/**
 * Writes W3C log lines with 17 fields: hosts are skewed, the load follows a daily curve, and one in
 * a thousand is malformed. The same seed and start give the same lines. Not thread-safe.
 */
final class LogLines {
  static final int FIELDS = 17;
  private static final int HOSTS = 10_000;
  private static final int SITES = 5;
  private static final String[] METHODS = {"GET", "GET", "GET", "GET", "POST", "HEAD"};
  private static final int[] STATUSES = {200, 200, 200, 200, 200, 304, 301, 404, 500, 503};
  private static final String[] AGENTS = {
    "Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64)+AppleWebKit/537.36",
    "Mozilla/5.0+(X11;+Linux+x86_64;+rv:128.0)+Gecko/20100101+Firefox/128.0",
    "Googlebot/2.1+(+http://www.google.com/bot.html)",
    "curl/8.5.0"
  };
  private static final DateTimeFormatter DATE_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

  private final SplittableRandom random;
  private final boolean someMalformed;
  private boolean malformed;
  private String host;
  private String site;
  private int status;
  private int timeTaken;

  LogLines(long seed) {
    this(seed, true);
  }

  private LogLines(long seed, boolean someMalformed) {
    this.random = new SplittableRandom(seed);
    this.someMalformed = someMalformed;
  }

  /** Lines of which none is malformed. */
  static LogLines wellFormed(long seed) {
    return new LogLines(seed, false);
  }

  /** Lines a second at this event time, as a share of the mean: busy by day, quiet by night. */
  static double load(Instant eventTime) {
    double hour =
        LocalDateTime.ofInstant(eventTime, ZoneOffset.UTC).toLocalTime().toSecondOfDay() / 3600.0;
    return 1 + 0.5 * Math.sin((hour - 9) / 24 * 2 * Math.PI);
  }

  /** The next line; {@link #isMalformed} and the other getters then speak of it. */
  String next(Instant eventTime) {
    site = "W3SVC" + (1 + (int) (SITES * square(random.nextDouble())));
    status = STATUSES[random.nextInt(STATUSES.length)];
    timeTaken = 1 + (int) (3000 * Math.pow(random.nextDouble(), 4));
    malformed = someMalformed && random.nextInt(1000) == 0;
    host = "host" + (int) (HOSTS * square(random.nextDouble())) + ".example.com";
    String time = DATE_TIME.format(LocalDateTime.ofInstant(eventTime, ZoneOffset.UTC));
    String line =
        time
            + (" 10." + random.nextInt(256) + "." + random.nextInt(256) + ".0")
            + (random.nextInt(10) == 0 ? " user" + random.nextInt(1000) : " -")
            + (" " + site + " WEB" + random.nextInt(8) + " 192.168.0." + random.nextInt(16))
            + (random.nextInt(4) == 0 ? " 80 " : " 443 ")
            + METHODS[random.nextInt(METHODS.length)]
            + (" /page/" + random.nextInt(500))
            + (random.nextInt(3) == 0 ? " id=" + random.nextInt(100_000) : " -")
            + (" " + status + " " + timeTaken + " HTTP/1.1")
            + (" " + host + " ")
            + AGENTS[random.nextInt(AGENTS.length)]
            + (random.nextInt(2) == 0
                ? " -"
                : " https://www.example.com/ref/" + random.nextInt(50));
    return malformed ? spoil(line) : line;
  }

  private static double square(double x) {
    return x * x;
  }

  private String spoil(String line) {
    return switch (random.nextInt(4)) {
      case 0 -> line.replace(" HTTP/1.1", "x HTTP/1.1"); // time_taken is no number
      case 1 -> line.substring(0, line.lastIndexOf(' ')); // a field is missing
      case 2 -> line + " more"; // a field too many
      default -> line.replace(" 443 ", " 99999999999 ").replace(" 80 ", " 99999999999 ");
    };
  }

  boolean isMalformed() {
    return malformed;
  }

  String host() {
    return host;
  }

  String site() {
    return site;
  }

  int status() {
    return status;
  }

  int timeTaken() {
    return timeTaken;
  }
}
