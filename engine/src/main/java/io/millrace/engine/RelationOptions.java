package io.millrace.engine;

import io.millrace.catalog.Expiry;
import io.millrace.catalog.History;
import io.millrace.catalog.Relation;
import io.millrace.flow.job.JobOptions;
import io.millrace.format.Formats;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Setting;
import io.millrace.model.Settings;
import io.millrace.registry.Compatibility;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The WITH clause of a stream or table, checked. */
final class RelationOptions {
  static final Setting<String> TOPIC =
      Setting.text("topic", null, "The topic that holds the rows; the name unless said.");
  static final Setting<String> FORMAT =
      Setting.text(
          "format",
          "avro",
          "How a record is written: avro, json, delimited, w3c, raw; debezium, of a table.");
  static final Setting<Integer> PARTITIONS =
      Setting.integer("partitions", null, "Partitions of the topic.");
  static final Setting<Integer> REPLICATION =
      Setting.integer("replication", null, "Copies of each partition.");
  static final Setting<Duration> RETENTION =
      Setting.duration("retention", null, "How long a stream keeps its rows.");
  static final Setting<String> EXPIRE =
      new Setting<>(
          Expiry.OPTION,
          String.class,
          Expiry.NEVER,
          "How long a table keeps a row that nobody sets again: a duration, or never.",
          RelationOptions::checkExpire);
  static final Setting<Compatibility> COMPATIBILITY =
      Setting.oneOf(
          "compatibility",
          Compatibility.class,
          "backward-transitive",
          "Which changes of the contract the registry allows.");
  static final Setting<Boolean> SERVING =
      Setting.onOff("serving", "on", "Whether pull queries may read it.");
  static final Setting<String> OWNER = Setting.text("owner", null, "Who answers for the data.");
  static final Setting<String> MARKS =
      Setting.oneOfText(
          "marks", "all", "Whether control records may carry watermarks.", "all", "rows");
  static final Setting<String> TOKEN =
      Setting.text(
          "token",
          null,
          "The bearer token that POST .../rows must bring: '${env:NAME}' or '${file:PATH}'.");
  static final Setting<Duration> IDLE =
      Setting.duration(
          "idle", null, "After how long without rows a partition no longer holds time back.");

  static final Setting<String> HISTORY =
      Setting.oneOfText(
          History.OPTION, null, "Keeps every version of a table's rows, beside it.", History.SCD2);
  static final Setting<String> HISTORY_COLUMNS =
      Setting.text(
          History.TRACKED,
          null,
          "With history: the columns whose change makes a version, by comma; all unless said.");

  private static final List<Setting<?>> COMMON =
      List.of(
          TOPIC,
          FORMAT,
          PARTITIONS,
          REPLICATION,
          RETENTION,
          EXPIRE,
          COMPATIBILITY,
          SERVING,
          OWNER,
          MARKS,
          IDLE,
          TOKEN,
          HISTORY,
          HISTORY_COLUMNS);

  /** Those whose values are not written into a statement. */
  static final List<Setting<?>> SECRETS = List.of(TOKEN);

  private static final Set<String> FOR_DECLARED = Set.of(TOKEN.key());
  private static final Set<String> FOR_STREAMS = Set.of(RETENTION.key());
  private static final Set<String> FOR_TABLES =
      Set.of(EXPIRE.key(), HISTORY.key(), HISTORY_COLUMNS.key());

  private final Settings settings;
  private final Map<String, String> formatOptions;

  private RelationOptions(Settings settings, Map<String, String> formatOptions) {
    this.settings = settings;
    this.formatOptions = formatOptions;
  }

  private static String checkExpire(String text) {
    Expiry.duration(text);
    return text;
  }

  static RelationOptions of(String what, boolean table, boolean derived, Map<String, String> with) {
    String format =
        with.entrySet().stream()
            .filter(e -> e.getKey().equalsIgnoreCase(FORMAT.key()))
            .map(e -> e.getValue().toLowerCase(Locale.ROOT))
            .findFirst()
            .orElse(FORMAT.defaultText());
    List<Setting<?>> formatKeys = Formats.options(format);
    List<Setting<?>> known = new ArrayList<>(COMMON);
    known.removeIf(
        s ->
            (derived && FOR_DECLARED.contains(s.key()))
                || (table && FOR_STREAMS.contains(s.key()))
                || (!table && FOR_TABLES.contains(s.key())));
    known.addAll(formatKeys);
    if (derived) {
      known.addAll(JobOptions.ofQueries());
    } else if (table) {
      // Its history, or what deletes its rows in time.
      known.add(JobOptions.STATE_BACKEND);
    }
    Settings settings = Settings.of(what, with, known);
    Settings.requireReferences(settings.asWritten(), SECRETS);
    if (Formats.isDebezium(format) && (derived || !table)) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot create "
                  + what
                  + ": format debezium is of tables with declared columns, over changes that others"
                  + " write")
          .hint(
              "CREATE TABLE name (columns, PRIMARY KEY (...)) WITH ('topic' = '...', 'format' ="
                  + " 'debezium'); its changes are the stream \"name$changes\".");
    }
    if (table && !format.equals(FORMAT.defaultText()) && !Formats.isDebezium(format)) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED, "Cannot create " + what + ": a table's format is avro")
          .hint("Leave 'format' out, or create a stream and derive the table from it.");
    }
    Map<String, String> formatOptions = new TreeMap<>();
    formatKeys.forEach(
        key -> {
          if (settings.isSet(key)) {
            formatOptions.put(key.key(), settings.asWritten().get(key.key()));
          }
        });
    return new RelationOptions(settings, formatOptions);
  }

  /** The token that a request with rows for this relation must bring. */
  static Optional<String> token(Relation relation) {
    return Optional.ofNullable(relation.options().get(TOKEN.key()))
        .flatMap(
            reference ->
                Settings.of(
                        relation.name().toString(), Map.of(TOKEN.key(), reference), List.of(TOKEN))
                    .find(TOKEN));
  }

  Settings settings() {
    return settings;
  }

  String format() {
    return settings.get(FORMAT).toLowerCase(Locale.ROOT);
  }

  /** Whether it is bound to changes that others write. */
  boolean isDebezium() {
    return Formats.isDebezium(format());
  }

  /** Those of a table that are about itself, and not about the changes that others write. */
  RelationOptions withoutBinding(String what) {
    Map<String, String> own = new TreeMap<>(asWritten());
    own.remove(TOPIC.key());
    own.remove(FORMAT.key());
    formatOptions.keySet().forEach(own::remove);
    return of(what, true, false, own);
  }

  /** The options that a query is stored with: as written, else the defaults. */
  static Map<String, String> ofQuery(Settings settings) {
    Map<String, String> options = new TreeMap<>();
    JobOptions.ofQueries()
        .forEach(
            key ->
                options.put(
                    key.key(), settings.asWritten().getOrDefault(key.key(), key.defaultText())));
    return options;
  }

  /** Of a job without SQL, which is made for the table with these options. */
  static Map<String, String> ofJob(Map<String, String> table) {
    String key = JobOptions.STATE_BACKEND.key();
    return table.containsKey(key) ? Map.of(key, table.get(key)) : Map.of();
  }

  boolean isAvro() {
    return format().equals(FORMAT.defaultText());
  }

  Map<String, String> formatOptions() {
    return formatOptions;
  }

  Map<String, String> asWritten() {
    return settings.asWritten();
  }
}
