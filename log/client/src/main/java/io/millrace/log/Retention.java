package io.millrace.log;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Units;
import java.time.Duration;
import java.util.Map;

/** How long a topic keeps its records. */
public sealed interface Retention {
  /** Records go some time after this age, counted by their timestamp. */
  record Time(Duration duration) implements Retention {
    public Time {
      if (duration.toMillis() <= 0) {
        throw new MillraceException(
                ErrorCode.INVALID_OPTION, "Invalid retention: " + Units.text(duration))
            .hint("Write a time above zero, or 'forever'.");
      }
    }
  }

  /** Every record stays. */
  record Forever() implements Retention {}

  /** The newest record of each key stays: a table. */
  record Compacted() implements Retention {}

  /** The topic settings that make it so. */
  default Map<String, String> topicSettings() {
    if (this instanceof Time time) {
      return Map.of(
          "cleanup.policy",
          "delete",
          "retention.ms",
          Long.toString(time.duration().toMillis()),
          "retention.bytes",
          "-1");
    }
    if (this instanceof Forever) {
      return Map.of("cleanup.policy", "delete", "retention.ms", "-1", "retention.bytes", "-1");
    }
    return Map.of("cleanup.policy", "compact");
  }
}
