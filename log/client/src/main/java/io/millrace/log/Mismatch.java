package io.millrace.log;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Units;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Compares a topic that exists with what is asked for, in words. */
final class Mismatch {
  private Mismatch() {}

  /** TOPIC_MISMATCH naming every difference between the topic and {@code spec}, if any. */
  static void check(
      TopicSpec spec, Map<String, String> wanted, TopicInfo info, Map<String, String> settings) {
    List<String> differences = new ArrayList<>();
    if (spec.partitions() > 0 && spec.partitions() != info.partitions()) {
      differences.add(
          "it has " + count(info.partitions(), "partition") + ", not " + spec.partitions());
    }
    if (spec.replication() > 0 && spec.replication() != info.replication()) {
      differences.add(
          "it has " + count(info.replication(), "replica") + ", not " + spec.replication());
    }
    wanted.forEach(
        (key, value) -> {
          String actual = settings.getOrDefault(key, "");
          if (!same(key, value, actual)) {
            differences.add(words(key, value, actual));
          }
        });
    if (!differences.isEmpty()) {
      throw new MillraceException(
              ErrorCode.TOPIC_MISMATCH,
              "Cannot use topic " + spec.topic() + " as it is: " + String.join("; ", differences))
          .hint(
              "An existing topic is never altered: ask for what it has, choose another by 'topic',"
                  + " or change it with Kafka's own tools.");
    }
  }

  private static boolean same(String key, String wanted, String actual) {
    return key.equals("cleanup.policy")
        ? Set.of(wanted.split(",")).equals(Set.of(actual.split(",")))
        : wanted.equals(actual);
  }

  private static String words(String key, String wanted, String actual) {
    return switch (key) {
      case "cleanup.policy" -> "its cleanup.policy is " + actual + ", not " + wanted;
      case "retention.ms" -> "its retention is " + time(actual) + ", not " + time(wanted);
      default ->
          "its " + key + " is " + (actual.isEmpty() ? "not set" : actual) + ", not " + wanted;
    };
  }

  private static String time(String ms) {
    return ms.equals("-1") ? "forever" : Units.text(Duration.ofMillis(Long.parseLong(ms)));
  }

  private static String count(int n, String noun) {
    return n + " " + noun + (n == 1 ? "" : "s");
  }
}
