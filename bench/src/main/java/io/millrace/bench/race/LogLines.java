package io.millrace.bench.race;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.SplittableRandom;

/**
 * W3C log lines of 17 fields and about 240 bytes, in order of event time, a thousand a second. The
 * same seed gives the same lines. Not thread-safe.
 */
final class LogLines {
  private static final Instant START = Instant.parse("2026-01-31T00:00:00Z");
  private static final int LINES_PER_SECOND = 1000;
  private static final int HOSTS = 10_000;
  private static final DateTimeFormatter DATE_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");
  private static final String[] METHODS = {"GET", "GET", "GET", "GET", "POST", "HEAD"};
  private static final int[] STATUSES = {200, 200, 200, 200, 200, 304, 301, 404, 500, 503};
  private static final String[] AGENTS = {
    "Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64)+AppleWebKit/537.36+(KHTML,+like+Gecko)",
    "Mozilla/5.0+(X11;+Linux+x86_64;+rv:128.0)+Gecko/20100101+Firefox/128.0",
    "Mozilla/5.0+(Macintosh;+Intel+Mac+OS+X+14_5)+AppleWebKit/605.1.15",
    "Mozilla/5.0+(compatible;+Googlebot/2.1;++http://www.google.com/bot.html)"
  };

  private final SplittableRandom random;
  private long made;
  private String second = "";

  LogLines(long seed) {
    this.random = new SplittableRandom(seed);
  }

  String next() {
    if (made % LINES_PER_SECOND == 0) {
      Instant time = START.plusSeconds(made / LINES_PER_SECOND);
      second = DATE_TIME.format(LocalDateTime.ofInstant(time, ZoneOffset.UTC));
    }
    made++;
    return second
        + (" 10." + random.nextInt(256) + "." + random.nextInt(256) + "." + random.nextInt(256))
        + (random.nextInt(10) == 0 ? " user" + random.nextInt(1000) : " -")
        + (" W3SVC" + random.nextInt(5) + " WEB" + random.nextInt(8))
        + (" 192.168.0." + random.nextInt(16))
        + (random.nextInt(4) == 0 ? " 80 " : " 443 ")
        + pick(METHODS)
        + (" /articles/" + random.nextInt(500) + "/index.html")
        + (random.nextInt(3) == 0 ? " id=" + random.nextInt(100_000) : " -")
        + (" " + STATUSES[random.nextInt(STATUSES.length)] + " " + (1 + random.nextInt(3000)))
        + (" HTTP/1.1 host" + skewed(HOSTS) + ".example.com ")
        + pick(AGENTS)
        + (random.nextInt(4) == 0
            ? " -"
            : " https://www.example.com/articles/" + random.nextInt(500) + "/index.html");
  }

  private int skewed(int bound) {
    double drawn = random.nextDouble();
    return (int) (bound * drawn * drawn);
  }

  private String pick(String[] from) {
    return from[random.nextInt(from.length)];
  }
}
