package io.millrace.log;

import java.util.Map;

/**
 * What a topic shall be. {@code partitions} and {@code replication} may be -1: the cluster's
 * default when the topic is made, and whatever it has when it exists. {@code extra} are topic
 * settings by their Kafka names; they win over those of the retention. Immutable.
 */
public record TopicSpec(
    String topic,
    int partitions,
    short replication,
    Retention retention,
    Map<String, String> extra) {
  public TopicSpec {
    extra = Map.copyOf(extra);
  }

  /** A topic of the cluster's default replication without extra settings. */
  public static TopicSpec of(String topic, int partitions, Retention retention) {
    return new TopicSpec(topic, partitions, (short) -1, retention, Map.of());
  }
}
