package io.millrace.interop.spark;

import io.millrace.log.LogSettings;
import io.millrace.model.Setting;
import io.millrace.model.Settings;
import io.millrace.registry.RegistrySettings;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The options of {@code format("millrace")} and of the catalog. Immutable. */
public final class SourceOptions {
  static final Setting<String> TABLE =
      Setting.text("table", null, "The stream or table: `[schema.]name`; or what `load` is given.");
  static final Setting<String> KAFKA =
      Setting.text("kafka", null, "Kafka's bootstrap servers: `host:port[,host:port...]`.");
  static final Setting<String> REGISTRY =
      Setting.text("registry", null, "The schema registry's URL.");
  static final Setting<String> REGISTRY_USER =
      Setting.text("registry.user", null, "`user:password` for the registry.");
  static final Setting<String> REGISTRY_TOKEN =
      Setting.text("registry.token", null, "Bearer token for the registry.");
  static final Setting<String> URL =
      Setting.text(
          "url",
          null,
          "The server's HTTP door, asked for the topic of a name and the key column of a table."
              + " Contracts tell both where no query was replaced and no other column can be it.");
  static final Setting<String> KEY =
      Setting.text(
          "key", null, "The column that a table's key is, where neither contract nor server tell.");
  static final Setting<String> COLUMNS =
      Setting.text(
          "columns",
          null,
          "Read: the columns decoded, `a, b`; all unless said. Batches need it not: Spark says what"
              + " it uses.");
  static final Setting<Boolean> CHANGES =
      Setting.onOff(
          "changes",
          "off",
          "Batch read of a table: its changes in their order instead of its current rows. A stream"
              + " reads changes always.");
  static final Setting<String> MODE =
      Setting.oneOfText(
          "mode",
          "failfast",
          "Read: what a record that cannot be decoded does: `FAILFAST` fails the query,"
              + " `DROPMALFORMED` leaves it out and counts it. Sink: the same for a row that the"
              + " sink refuses.",
          "failfast",
          "dropmalformed");
  static final Setting<String> STARTING_OFFSETS =
      Setting.text(
          "startingOffsets",
          null,
          "Read: `earliest` (a batch's default), `latest` (a new query's default) or"
              + " `{\"topic\":{\"0\":23,\"1\":-2}}`, -2 for earliest and -1 for latest.");
  static final Setting<String> STARTING_TIMESTAMP =
      Setting.text(
          "startingTimestamp",
          null,
          "Read: from the first record of each partition that was written then or later; in"
              + " milliseconds since 1970, or as `2026-01-31T10:00:00Z`.");
  static final Setting<String> ENDING_OFFSETS =
      Setting.text(
          "endingOffsets", null, "Batch read: `latest` (default) or offsets as above, exclusive.");
  static final Setting<String> ENDING_TIMESTAMP =
      Setting.text(
          "endingTimestamp",
          null,
          "Batch read: up to the first record of each partition that was written then or later.");
  static final Setting<Long> MAX_OFFSETS_PER_TRIGGER =
      Setting.number(
          "maxOffsetsPerTrigger",
          null,
          "Stream read: how many offsets an epoch takes at most, over all partitions.");
  static final Setting<Boolean> SKIP_EXPIRED =
      Setting.onOff(
          "skipExpired",
          "off",
          "Read: go on behind what retention has removed, with a warning that names the range,"
              + " instead of failing with `DATA_EXPIRED`.");
  static final Setting<Duration> TRANSACTION_TIMEOUT =
      Setting.duration(
          "transactionTimeout",
          "10 min",
          "Write: after how long the brokers give up the open transaction of a task that died. An"
              + " epoch may not take longer.");

  private static final List<Setting<?>> ALL =
      List.of(
          TABLE,
          KAFKA,
          REGISTRY,
          REGISTRY_USER,
          REGISTRY_TOKEN,
          URL,
          KEY,
          COLUMNS,
          CHANGES,
          MODE,
          STARTING_OFFSETS,
          STARTING_TIMESTAMP,
          ENDING_OFFSETS,
          ENDING_TIMESTAMP,
          MAX_OFFSETS_PER_TRIGGER,
          SKIP_EXPIRED,
          TRANSACTION_TIMEOUT);

  private static final String KAFKA_PREFIX = "kafka.";
  private static final String PATIENCE_MS = "60000";

  /** What Spark itself puts beside a format's options. */
  static final Set<String> OF_SPARK = Set.of("path", "checkpointlocation", "queryname");

  private final Settings settings;
  private final Map<String, String> kafkaProperties = new TreeMap<>();

  private SourceOptions(Map<String, String> options) {
    Map<String, String> own = new LinkedHashMap<>();
    options.forEach(
        (key, value) -> {
          String folded = key.toLowerCase(Locale.ROOT);
          if (folded.startsWith(KAFKA_PREFIX)) {
            kafkaProperties.put(key.substring(KAFKA_PREFIX.length()), value);
          } else if (!OF_SPARK.contains(folded)) {
            own.put(key, value);
          } else if (folded.equals("path")) {
            own.putIfAbsent(TABLE.key(), value);
          }
        });
    // Longer than a shell waits: a task that fails costs more than one that is late.
    kafkaProperties.putIfAbsent("default.api.timeout.ms", PATIENCE_MS);
    settings = Settings.of("format millrace", own, ALL);
  }

  /** Options as Spark hands them over; an unknown one is refused with the nearest known. */
  static SourceOptions of(Map<String, String> options) {
    return new SourceOptions(options);
  }

  /** Every option; the reference page is printed from it. */
  public static List<Setting<?>> all() {
    return ALL;
  }

  <T> T get(Setting<T> setting) {
    return settings.get(setting);
  }

  <T> Optional<T> find(Setting<T> setting) {
    return settings.find(setting);
  }

  boolean dropsMalformed() {
    return settings.get(MODE).equals("dropmalformed");
  }

  Warehouse warehouse() {
    return new Warehouse(
        new LogSettings(settings.get(KAFKA), kafkaProperties),
        new RegistrySettings(
            settings.get(REGISTRY),
            settings.find(REGISTRY_USER),
            settings.find(REGISTRY_TOKEN),
            Map.of()));
  }
}
