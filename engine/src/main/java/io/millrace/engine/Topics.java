package io.millrace.engine;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.DeadLetters;
import io.millrace.catalog.EntryKey;
import io.millrace.catalog.EntryKind;
import io.millrace.catalog.Extracts;
import io.millrace.catalog.Relation;
import io.millrace.catalog.Requests;
import io.millrace.log.Retention;
import io.millrace.log.TopicInfo;
import io.millrace.log.TopicSpec;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.model.Units;
import io.millrace.registry.AvroContracts;
import io.millrace.registry.Compatibility;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Makes and removes what lies under a stream or table: its topic, its contracts and its serving
 * copy. A relation is first put into the catalog in state {@code creating}, so that a crash
 * half-way is found at the next start and undone.
 */
final class Topics {
  /** Option under which the catalog remembers that an object is half made or half removed. */
  static final String STATE = "_state";

  static final String CREATING = "creating";
  static final String DROPPING = "dropping";

  private static final Pattern RESERVED = Pattern.compile(".*[.$](changes|history|v\\d+)");

  private final Parts parts;
  private final EngineSettings settings;

  Topics(Parts parts, EngineSettings settings) {
    this.parts = parts;
    this.settings = settings;
  }

  static boolean isHalfDone(Relation relation) {
    return relation.options().containsKey(STATE);
  }

  static void checkNew(CatalogImage image, Name name) {
    if (name.isInternal() || RESERVED.matcher(name.object().toLowerCase(Locale.ROOT)).matches()) {
      throw new MillraceException(ErrorCode.INVALID_NAME, "Invalid name: " + name + " is reserved")
          .hint("The prefix _millrace_ and the suffixes .changes, .history and .v<n> are kept.");
    }
    requireSchema(image, name);
    requireReadable(image, new EntryKey(EntryKind.RELATION, name));
    if (image.relation(name).isPresent() || image.view(name).isPresent()) {
      String kind = image.view(name).isPresent() ? "a view" : "a stream or table";
      throw new MillraceException(
              ErrorCode.ALREADY_EXISTS,
              "Cannot create " + name + ": " + kind + " of that name exists")
          .hint("Write IF NOT EXISTS, or DROP it first.");
    }
  }

  /** What cannot be read is still there: nothing else may take its name. */
  static void requireReadable(CatalogImage image, EntryKey key) {
    String reason = image.unreadable().get(key);
    if (reason != null) {
      throw new MillraceException(
              ErrorCode.ALREADY_EXISTS, "Cannot create " + key.name() + ": there is one. " + reason)
          .hint("Start the version that wrote it, or DROP it first.");
    }
  }

  static void requireSchema(CatalogImage image, Name name) {
    if (!image.hasSchema(name.schema())) {
      throw new MillraceException(ErrorCode.NOT_FOUND, "Cannot find schema " + name.schema())
          .hint("CREATE SCHEMA " + name.schema() + ";");
    }
  }

  /**
   * Makes topic and contracts of a new relation and answers it with their ids, in state creating.
   * {@code defaultPartitions} holds where the WITH clause names none. On failure everything made so
   * far is removed again.
   */
  Relation create(Relation wanted, RelationOptions options, int defaultPartitions) {
    boolean table = wanted.kind() == Relation.Kind.TABLE;
    Optional<TopicInfo> existing = parts.log().find(wanted.topic());
    Relation relation = state(wanted.withForeign(existing.isPresent()), CREATING);
    parts.catalog().apply(new CatalogDelta(List.of(relation), List.of()));
    try {
      if (existing.isPresent()) {
        checkFits(relation, existing.get(), options);
      } else {
        parts.log().create(spec(relation, options, table, defaultPartitions));
      }
      return options.isAvro() ? register(relation, options) : relation;
    } catch (RuntimeException e) {
      discard(relation);
      throw e;
    }
  }

  /** A relation over a topic of others, which is neither made nor altered, in state creating. */
  Relation bind(Relation wanted) {
    Relation relation = state(wanted.withForeign(true), CREATING);
    parts.catalog().apply(new CatalogDelta(List.of(relation), List.of()));
    return relation;
  }

  private TopicSpec spec(
      Relation relation, RelationOptions options, boolean table, int defaultPartitions) {
    Retention retention =
        table
            ? new Retention.Compacted()
            : new Retention.Time(
                options.settings().find(RelationOptions.RETENTION).orElse(settings.retention()));
    return new TopicSpec(
        relation.topic(),
        options.settings().find(RelationOptions.PARTITIONS).orElse(defaultPartitions),
        options
            .settings()
            .find(RelationOptions.REPLICATION)
            .map(Integer::shortValue)
            .orElse(settings.replication()),
        retention,
        Map.of());
  }

  private void checkFits(Relation relation, TopicInfo topic, RelationOptions options) {
    boolean table = relation.kind() == Relation.Kind.TABLE;
    if (table != topic.compacted()) {
      throw new MillraceException(
              ErrorCode.TOPIC_MISMATCH,
              "Cannot create "
                  + relation.name()
                  + ": topic "
                  + topic.topic()
                  + (table ? " is not compacted" : " is compacted"))
          .hint(
              table
                  ? "Create a stream on it, or set cleanup.policy=compact on the topic."
                  : "Create a table on it, with its PRIMARY KEY.");
    }
    int partitions = options.settings().find(RelationOptions.PARTITIONS).orElse(topic.partitions());
    if (partitions != topic.partitions()) {
      throw new MillraceException(
              ErrorCode.TOPIC_MISMATCH,
              "Cannot create "
                  + relation.name()
                  + ": topic "
                  + topic.topic()
                  + " has "
                  + topic.partitions()
                  + " partitions, not "
                  + partitions)
          .hint("Leave 'partitions' out to take the topic as it is; it is never altered.");
    }
  }

  private Relation register(Relation relation, RelationOptions options) {
    String topic = relation.topic();
    Compatibility level = options.settings().get(RelationOptions.COMPATIBILITY);
    if (parts.contracts().latest(topic + "-value").isEmpty()) {
      parts.contracts().setCompatibility(topic + "-value", level);
    }
    int value =
        parts
            .contracts()
            .register(
                topic + "-value",
                AvroContracts.valueSchema(relation.name(), relation.schema(), relation.comment()));
    int key = -1;
    if (relation.schema().isKeyed()) {
      key = parts.contracts().register(topic + "-key", AvroContracts.keySchema(relation.schema()));
    }
    return relation.withSchemaIds(key, value);
  }

  /** Removes topic, contracts, serving copy and catalog entry of a relation that is no more. */
  void discard(Relation relation) {
    parts.serving().forget(relation.name());
    if (!relation.foreign()) {
      parts.log().delete(relation.topic());
      parts.contracts().deleteSubject(relation.topic() + "-value", true);
      parts.contracts().deleteSubject(relation.topic() + "-key", true);
    }
    parts.catalog().apply(new CatalogDelta(List.of(), List.of(relation.key())));
  }

  /** For how long a topic keeps its records, in words. */
  static String keeps(TopicInfo topic) {
    if (topic.compacted()) {
      return "latest row per key";
    }
    return topic.retentionMs().isPresent()
        ? Units.text(Duration.ofMillis(topic.retentionMs().getAsLong()))
        : "for ever";
  }

  /** Starts the serving copy of a finished relation that wants one. */
  void serve(Relation relation) {
    if (!isHalfDone(relation) && isServed(relation)) {
      parts.serving().follow(relation);
    }
  }

  /** At the start: copies of what is no more go, those of all else are filled on. */
  void serveAll() {
    List<Relation> served =
        parts.catalog().image().relations().stream()
            .filter(relation -> isServed(relation) && !isHalfDone(relation))
            .toList();
    Stream<Name> unreadable =
        parts.catalog().image().unreadable().keySet().stream().map(EntryKey::name);
    parts.serving().retain(Stream.concat(served.stream().map(Relation::name), unreadable).toList());
    parts.serving().followAll(served);
  }

  static boolean isServed(Relation relation) {
    return !relation.options().getOrDefault(RelationOptions.SERVING.key(), "on").equals("off");
  }

  /** What Millrace itself tells exists from the first start on. */
  void ensureInternal() {
    parts.log().ensure(TopicSpec.of(DeadLetters.REPLAYS, 1, new Retention.Forever()));
    ensureInternal(
        DeadLetters.NAME,
        Relation.Kind.TABLE,
        DeadLetters.SCHEMA,
        "Records that were refused, with their bytes, position and reason.",
        Map.of());
    ensureInternal(
        Extracts.NAME,
        Relation.Kind.STREAM,
        Extracts.SCHEMA,
        "Each run of each scheduled extract, what it changed, or why it failed.",
        Map.of());
    ensureInternal(
        Requests.NAME,
        Relation.Kind.STREAM,
        Requests.SCHEMA,
        "Requests that bore an Idempotency-Key and were written.",
        Map.of(RelationOptions.RETENTION.key(), Units.text(Requests.REMEMBERED)));
  }

  private void ensureInternal(
      Name name, Relation.Kind kind, RowSchema schema, String comment, Map<String, String> with) {
    if (parts.catalog().image().relation(name).isPresent()) {
      return;
    }
    Relation wanted =
        new Relation(
            name,
            kind,
            name.topic(),
            "avro",
            schema,
            List.of(),
            List.of(),
            schema.columns().stream().map(c -> c.name()).toList(),
            Optional.empty(),
            Relation.EventTime.NONE,
            Optional.of(comment),
            with,
            -1,
            -1,
            Optional.empty(),
            false,
            "",
            Instant.now());
    RelationOptions options =
        RelationOptions.of(name.toString(), kind == Relation.Kind.TABLE, false, with);
    Relation made = create(wanted, options, 1);
    parts.catalog().apply(new CatalogDelta(List.of(finished(made)), List.of()));
  }

  static Relation finished(Relation relation) {
    Map<String, String> options = new HashMap<>(relation.options());
    options.remove(STATE);
    return relation.withOptions(options);
  }

  /** After a change the statement is told anew from what the relation is now. */
  static Relation altered(Relation relation) {
    return relation.filledBy().isPresent()
        ? relation
        : relation.withStatement(RelationText.generated(relation));
  }

  static Relation dropping(Relation relation) {
    return state(relation, DROPPING);
  }

  private static Relation state(Relation relation, String state) {
    Map<String, String> options = new HashMap<>(relation.options());
    options.put(STATE, state);
    return relation.withOptions(options);
  }
}
