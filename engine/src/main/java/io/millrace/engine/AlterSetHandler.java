package io.millrace.engine;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Entry;
import io.millrace.catalog.EntryKey;
import io.millrace.catalog.Expiry;
import io.millrace.catalog.History;
import io.millrace.catalog.Query;
import io.millrace.catalog.Relation;
import io.millrace.engine.Effect.Kind;
import io.millrace.format.Formats;
import io.millrace.log.Retention;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Setting;
import io.millrace.model.Settings;
import io.millrace.model.Units;
import io.millrace.registry.Compatibility;
import io.millrace.sql.AlterSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** ALTER ... SET: options that can change while rows flow. */
final class AlterSetHandler extends AlterHandler<AlterSet> {
  private static final List<Setting<?>> CHANGEABLE =
      List.of(
          RelationOptions.RETENTION,
          RelationOptions.EXPIRE,
          RelationOptions.COMPATIBILITY,
          RelationOptions.SERVING,
          RelationOptions.TOKEN,
          RelationOptions.OWNER);

  private final Parts parts;
  private final Topics topics;
  private final Statements statements;

  AlterSetHandler(Parts parts, Topics topics, Statements statements) {
    this.parts = parts;
    this.topics = topics;
    this.statements = statements;
  }

  @Override
  public Class<AlterSet> kind() {
    return AlterSet.class;
  }

  @Override
  Alteration plan(AlterSet statement) {
    CatalogImage image = parts.catalog().image();
    Relation relation = require(image, statement.name(), statement.table());
    Settings settings = Settings.of(relation.name().toString(), statement.options(), CHANGEABLE);
    Settings.requireReferences(settings.asWritten(), RelationOptions.SECRETS);
    Map<String, String> options = new TreeMap<>(relation.options());
    options.putAll(settings.asWritten());
    Relation altered = Topics.altered(relation.withOptions(options));
    List<Effect> effects = new ArrayList<>();
    if (settings.isSet(RelationOptions.RETENTION)) {
      effects.add(retention(relation, settings.get(RelationOptions.RETENTION)));
    }
    if (settings.isSet(RelationOptions.EXPIRE)) {
      effects.add(expire(image, relation, altered));
    }
    if (settings.isSet(RelationOptions.COMPATIBILITY)) {
      effects.add(compatibility(relation, settings.get(RelationOptions.COMPATIBILITY)));
    }
    if (Topics.isServed(altered) != Topics.isServed(relation)) {
      effects.add(
          new Effect(
              "serving copy of " + relation.name(),
              Kind.CHANGED,
              Topics.isServed(altered) ? "filled from the topic" : "dropped"));
    }
    effects.addAll(Effects.none(image, relation));
    return new Alteration(
        relation,
        ErrorCode.IN_USE,
        "Altered " + relation.name() + ".",
        effects,
        () -> apply(settings, relation, altered));
  }

  private static void refuseOthersContract(Relation relation) {
    if (Formats.isDebezium(relation.format())) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot alter "
                  + relation.name()
                  + ": the contracts of topic "
                  + relation.topic()
                  + " belong to those who write it")
          .hint("Change their compatibility in the registry.");
    }
  }

  private Effect retention(Relation relation, Duration retention) {
    if (relation.isTable()) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION,
              "Cannot alter " + relation.name() + ": a table keeps the latest row per key")
          .hint("'retention' belongs to streams.");
    }
    if (relation.foreign()) {
      throw new MillraceException(
              ErrorCode.TOPIC_MISMATCH,
              "Cannot alter "
                  + relation.name()
                  + ": topic "
                  + relation.topic()
                  + " was not made by Millrace")
          .hint("Change its retention where the topic is kept.");
    }
    return new Effect(
        "topic " + relation.topic(),
        Kind.CHANGED,
        "keeps rows for "
            + Units.text(retention)
            + parts
                .log()
                .find(relation.topic())
                .map(topic -> ", before: " + Topics.keeps(topic))
                .orElse(""));
  }

  private static Effect expire(CatalogImage image, Relation relation, Relation altered) {
    if (!relation.isTable()) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION,
              "Cannot alter " + relation.name() + ": the rows of a stream have no key")
          .hint("'expire' belongs to tables; a stream has 'retention'.");
    }
    Expiries.check(image, altered);
    return new Effect(
        "rows of " + relation.name(),
        Kind.CHANGED,
        expires(altered) + " from now on, before: " + expires(relation));
  }

  private static String expires(Relation relation) {
    return Expiry.of(relation.options())
        .map(expire -> "deleted once nobody has set them for " + Units.text(expire))
        .orElse("kept");
  }

  private Effect compatibility(Relation relation, Compatibility level) {
    refuseOthersContract(relation);
    String subject = Evolution.subject(relation);
    Compatibility before = parts.contracts().compatibility(subject);
    return before == level
        ? new Effect("contract " + subject, Kind.UNCHANGED, "")
        : new Effect(
            "contract " + subject,
            Kind.CHANGED,
            "its next versions are judged by " + level + " instead of " + before);
  }

  private void apply(Settings settings, Relation relation, Relation altered) {
    if (settings.isSet(RelationOptions.COMPATIBILITY)) {
      parts
          .contracts()
          .setCompatibility(
              Evolution.subject(altered), settings.get(RelationOptions.COMPATIBILITY));
    }
    if (settings.isSet(RelationOptions.RETENTION)) {
      parts
          .log()
          .setRetention(
              altered.topic(), new Retention.Time(settings.get(RelationOptions.RETENTION)));
    }
    boolean sameExpiry = Expiry.of(altered.options()).equals(Expiry.of(relation.options()));
    Optional<Query> deleting = parts.catalog().image().query(Expiry.query(altered.name()));
    List<Entry> entries = new ArrayList<>(List.of(altered));
    List<EntryKey> gone = new ArrayList<>();
    if (!sameExpiry) {
      expiry(altered, deleting)
          .ifPresentOrElse(entries::add, () -> deleting.map(Query::key).ifPresent(gone::add));
    }
    parts.catalog().apply(new CatalogDelta(entries, gone));
    if (!sameExpiry) {
      restartExpiry(altered, deleting);
    }
    if (Topics.isServed(altered)) {
      topics.serve(altered);
    } else {
      parts.serving().forget(altered.name());
    }
  }

  /** The query that deletes the table's rows from now on, where there is to be one. */
  private static Optional<Query> expiry(Relation altered, Optional<Query> before) {
    return Expiries.query(altered)
        .map(wanted -> before.map(query -> query.withOptions(wanted.options())).orElse(wanted));
  }

  /** After the catalog has it; {@code before}: the query that deleted its rows until now. */
  private void restartExpiry(Relation altered, Optional<Query> before) {
    if (History.isKeptOf(altered)) {
      statements.restartQuery(altered.name());
      return;
    }
    Optional<Query> after = parts.catalog().image().query(Expiry.query(altered.name()));
    if (after.isEmpty()) {
      before.ifPresent(statements::forget);
    } else if (before.isEmpty()) {
      statements.startNew(after.get());
    } else {
      statements.restartQuery(after.get().name());
    }
  }
}
