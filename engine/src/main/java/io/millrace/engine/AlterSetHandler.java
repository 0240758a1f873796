package io.millrace.engine;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Relation;
import io.millrace.format.Formats;
import io.millrace.log.Retention;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Setting;
import io.millrace.model.Settings;
import io.millrace.sql.AlterSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** ALTER ... SET: options that can change while rows flow. */
final class AlterSetHandler implements StatementHandler<AlterSet> {
  private static final List<Setting<?>> CHANGEABLE =
      List.of(
          RelationOptions.RETENTION,
          RelationOptions.COMPATIBILITY,
          RelationOptions.SERVING,
          RelationOptions.TOKEN,
          RelationOptions.OWNER);

  private final Parts parts;
  private final Topics topics;

  AlterSetHandler(Parts parts, Topics topics) {
    this.parts = parts;
    this.topics = topics;
  }

  @Override
  public Class<AlterSet> kind() {
    return AlterSet.class;
  }

  @Override
  public boolean changesCatalog() {
    return true;
  }

  /** The relation, if it is of the kind that the statement names. */
  static Relation require(CatalogImage image, Name name, boolean table) {
    Relation relation = image.requireRelation(name);
    if (table != (relation.kind() == Relation.Kind.TABLE)) {
      throw new MillraceException(
              ErrorCode.NOT_FOUND,
              "Cannot alter " + (table ? "table " : "stream ") + name + ": there is none")
          .hint(name + " is a " + (table ? "stream." : "table."));
    }
    return relation;
  }

  @Override
  public Result execute(AlterSet statement, StatementRequest request, String text) {
    Relation relation = require(parts.catalog().image(), statement.name(), statement.table());
    Settings settings = Settings.of(relation.name().toString(), statement.options(), CHANGEABLE);
    RelationOptions.requireReference(settings);
    if (settings.isSet(RelationOptions.RETENTION)) {
      if (statement.table()) {
        throw new MillraceException(
                ErrorCode.INVALID_OPTION,
                "Cannot alter " + relation.name() + ": a table keeps the latest row per key")
            .hint("'retention' belongs to streams.");
      }
      refuseForeign(relation);
      parts
          .log()
          .setRetention(
              relation.topic(), new Retention.Time(settings.get(RelationOptions.RETENTION)));
    }
    if (settings.isSet(RelationOptions.COMPATIBILITY)) {
      refuseOthersContract(relation);
      parts
          .contracts()
          .setCompatibility(
              relation.topic() + "-value", settings.get(RelationOptions.COMPATIBILITY));
    }
    Map<String, String> options = new TreeMap<>(relation.options());
    options.putAll(settings.asWritten());
    Relation altered = Topics.altered(relation.withOptions(options));
    parts.catalog().apply(new CatalogDelta(List.of(altered), List.of()));
    if (Topics.isServed(altered)) {
      topics.serve(altered);
    } else {
      parts.serving().forget(altered.name());
    }
    return new Result.Message("Altered " + relation.name() + ".");
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

  private static void refuseForeign(Relation relation) {
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
  }
}
