package io.millrace.flow.job;

import io.millrace.catalog.Relation;
import io.millrace.flow.topic.Delivery;
import io.millrace.flow.topic.Start;
import io.millrace.log.LogClient;
import io.millrace.model.Setting;
import io.millrace.model.Settings;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The WITH keys of a continuous query or a sink that say how its job runs. Immutable. */
public final class JobOptions {
  public static final Setting<String> START =
      new Setting<>(
          "start",
          String.class,
          "earliest",
          "Where reading begins: earliest, latest or an instant such as 2026-01-31T00:00:00Z.",
          JobOptions::checkStart);
  private static final Setting<Delivery> DELIVERY =
      Setting.oneOf(
          "delivery",
          Delivery.class,
          "exactly-once",
          "What is promised about rows after a failure: exactly-once or at-least-once.");
  public static final Setting<StateBackend> STATE_BACKEND =
      Setting.oneOf(
          "state.backend",
          StateBackend.class,
          "hashmap",
          "Where state is kept: hashmap, on the heap, or rocksdb, on disk.");
  private static final Setting<Duration> TRIGGER =
      Setting.duration("trigger", null, "How often a sink commits what it was given.");

  private final Settings values;

  private JobOptions(Settings values) {
    this.values = values;
  }

  /** Keys of a continuous query. */
  public static List<Setting<?>> ofQueries() {
    return List.of(START, DELIVERY, STATE_BACKEND);
  }

  /** Keys of every sink, beside those of its connector. */
  public static List<Setting<?>> ofSinks() {
    return List.of(START, TRIGGER);
  }

  /** Reads the keys it knows and leaves the others, which belong to a relation or a connector. */
  static JobOptions of(String what, Map<String, String> options) {
    List<Setting<?>> known = List.of(START, DELIVERY, STATE_BACKEND, TRIGGER);
    Map<String, String> ours =
        options.entrySet().stream()
            .filter(e -> isKnown(known, e.getKey()))
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    return new JobOptions(Settings.of(what, ours, known));
  }

  private static boolean isKnown(List<Setting<?>> known, String key) {
    return known.stream().anyMatch(s -> s.key().equals(key.toLowerCase(Locale.ROOT)));
  }

  private static String checkStart(String text) {
    if (!text.equalsIgnoreCase("earliest") && !text.equalsIgnoreCase("latest")) {
      instant(text);
    }
    return text;
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(
          "use earliest, latest or an instant such as 2026-01-31T00:00:00Z", e);
    }
  }

  /** Where a relation is read from when there is no checkpoint. */
  Start start(Relation relation, LogClient log) {
    String start = values.get(START).toLowerCase(Locale.ROOT);
    return switch (start) {
      case "earliest" -> Start.EARLIEST;
      case "latest" -> Start.LATEST;
      default -> new Start.At(log.at(relation.topic(), instant(start.toUpperCase(Locale.ROOT))));
    };
  }

  Delivery delivery() {
    return values.get(DELIVERY);
  }

  StateBackend stateBackend() {
    return values.get(STATE_BACKEND);
  }

  Optional<Duration> trigger() {
    return values.find(TRIGGER);
  }
}
