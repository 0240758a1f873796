package io.millrace.interop.spark;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Nearest;
import io.millrace.model.Setting;
import io.millrace.model.Settings;
import io.millrace.sink.SinkConnector;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** The options of {@code format("millrace-sink")}; all others are the sink's own. Immutable. */
public final class SinkOptions {
  static final Setting<String> SINK =
      Setting.text("sink", null, "The kind of sink: `snowflake`, `parquet`, `s3`, `jdbc` ...");
  static final Setting<String> NAME =
      Setting.text(
          "name",
          null,
          "Under which name the sink keeps its ledger; the query's name unless said. No two"
              + " queries that write to one place may share it.");
  static final Setting<String> PRIMARY_KEY =
      Setting.text(
          "primaryKey",
          null,
          "The columns, `a, b`, by which rows are set and, where `_op` is `delete`, deleted."
              + " Without it rows are added.");

  private static final List<Setting<?>> ALL = List.of(SINK, NAME, PRIMARY_KEY, SourceOptions.MODE);

  private final Settings settings;
  private final SinkConnector connector;
  private final Map<String, String> sinkOptions = new TreeMap<>();
  private final String checkpoint;
  private final String queryName;

  private SinkOptions(Map<String, String> options) {
    Map<String, String> folded = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    folded.putAll(options);
    checkpoint = folded.get("checkpointLocation");
    queryName = folded.get("queryName");
    Map<String, String> own = new LinkedHashMap<>();
    folded.forEach(
        (key, value) -> {
          if (ALL.stream().anyMatch(setting -> setting.key().equalsIgnoreCase(key))) {
            own.put(key, value);
          }
        });
    settings = Settings.of("format millrace-sink", own, ALL);
    connector = connector(settings.get(SINK));
    folded.keySet().removeAll(own.keySet());
    // Spark's own, unless the sink knows the word too, as Parquet's does 'path'.
    folded
        .keySet()
        .removeIf(
            key ->
                SourceOptions.OF_SPARK.contains(key.toLowerCase(Locale.ROOT))
                    && connector.settings().stream().noneMatch(s -> s.key().equals(key)));
    sinkOptions.putAll(folded);
  }

  static SinkOptions of(Map<String, String> options) {
    return new SinkOptions(options);
  }

  /** Every option; the reference page is printed from it. */
  public static List<Setting<?>> all() {
    return ALL;
  }

  private static SinkConnector connector(String type) {
    Map<String, SinkConnector> found = new TreeMap<>();
    ServiceLoader.load(SinkConnector.class, Thread.currentThread().getContextClassLoader())
        .forEach(connector -> found.put(connector.type(), connector));
    SinkConnector connector = found.get(type.toLowerCase(Locale.ROOT));
    if (connector == null) {
      throw new MillraceException(
              ErrorCode.NOT_FOUND,
              "Cannot write into " + type + ": no such sink is on the class path")
          .hint(
              Nearest.to(type, found.keySet())
                  .map(near -> "Did you mean " + near + "?")
                  .orElse(
                      "There are "
                          + found.keySet()
                          + "; others come with their jars, millrace-sink-<family>."));
    }
    return connector;
  }

  SinkConnector connector() {
    return connector;
  }

  Map<String, String> sinkOptions() {
    return sinkOptions;
  }

  boolean dropsRefused() {
    return settings.get(SourceOptions.MODE).equals("dropmalformed");
  }

  String name(String queryId) {
    return settings.find(NAME).orElseGet(() -> queryName == null ? "spark_" + queryId : queryName);
  }

  List<String> primaryKey() {
    return settings.find(PRIMARY_KEY).stream()
        .flatMap(names -> List.of(names.split(",")).stream())
        .map(String::strip)
        .toList();
  }

  /** The query's checkpoint folder; INVALID_OPTION where it is not among the options. */
  String checkpoint() {
    if (checkpoint == null) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION,
              "Cannot write exactly once: option 'checkpointLocation' is not set")
          .hint(
              "Set it on writeStream; a session's default does not reach the sink, and what was"
                  + " staged is kept there.");
    }
    return checkpoint;
  }
}
