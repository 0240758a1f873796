package io.millrace.engine;

import io.millrace.model.Setting;
import io.millrace.model.Settings;
import java.time.Duration;
import java.util.List;

/** What new streams and tables get unless their WITH clause says otherwise. */
public record EngineSettings(int partitions, short replication, Duration retention) {
  public static final Setting<Integer> PARTITIONS =
      Setting.integer("default.partitions", "4", "Partitions of a new stream or table.");
  public static final Setting<Integer> REPLICATION =
      Setting.integer("default.replication", "1", "Copies of each partition of a new topic.");
  public static final Setting<Duration> RETENTION =
      Setting.duration("default.retention", "7 days", "How long a new stream keeps its rows.");

  public static List<Setting<?>> known() {
    return List.of(PARTITIONS, REPLICATION, RETENTION);
  }

  public static EngineSettings from(Settings settings) {
    return new EngineSettings(
        settings.get(PARTITIONS), settings.get(REPLICATION).shortValue(), settings.get(RETENTION));
  }
}
