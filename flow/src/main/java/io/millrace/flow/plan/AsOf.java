package io.millrace.flow.plan;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.History;
import io.millrace.catalog.Relation;
import io.millrace.flow.topic.read.VersionHandler;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.sql.TemporalJoins;
import io.millrace.sql.WatermarkDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Tables with history in joins {@code FOR SYSTEM_TIME AS OF} an event's time. Flink joins so with a
 * "versioned table", which has a primary key and an event time; the versions of a table are one
 * when they are read as a stream: each version begins, in event time, when it began. That stream
 * exists in plans alone, under two names, for Flink wants its time to be of the same kind as the
 * event's: with a zone or without one.
 */
final class AsOf {
  private static final String ZONED = "$as_of";
  private static final String LOCAL = "$as_of_local";
  private static final String IDLE = "idle";

  /**
   * How long a reader at the end of the versions waits for one more before it is not waited for.
   */
  private static final String USUAL_IDLE = "1 s";

  private AsOf() {}

  /** The texts to try in turn: as written first, since PROCTIME() may stand behind a name. */
  static List<String> readings(CatalogImage image, String query) {
    List<String> readings = new ArrayList<>(List.of(query));
    for (String suffix : List.of(ZONED, LOCAL)) {
      String rewritten =
          TemporalJoins.rewritten(
              query,
              table ->
                  image
                      .relation(table)
                      .filter(History::hasVersions)
                      .map(r -> new Name(r.name().schema(), r.name().object() + suffix)),
              History.VALID_TO);
      if (!rewritten.equals(query)) {
        readings.add(rewritten);
      }
    }
    return readings;
  }

  /**
   * Of what was said of each reading, what is worth telling: a place counts in the text as it was
   * written, and of the two kinds of time one never fits.
   */
  static MillraceException telling(List<MillraceException> refusals) {
    MillraceException first = refusals.get(0);
    if (first.place().isPresent()) {
      return first;
    }
    List<MillraceException> others =
        refusals.stream().filter(e -> !e.getMessage().contains("same rowtime type")).toList();
    return others.isEmpty() ? first : others.get(others.size() - 1);
  }

  /** What a plan's name stands for; NOT_FOUND where for nothing. */
  static Relation require(CatalogImage image, Name name) {
    return find(image, name).orElseGet(() -> image.requireRelation(name));
  }

  static Optional<Relation> find(CatalogImage image, Name name) {
    Optional<Relation> known = image.relation(name);
    return known.isPresent() ? known : of(image, name, ZONED).or(() -> of(image, name, LOCAL));
  }

  private static Optional<Relation> of(CatalogImage image, Name name, String suffix) {
    String object = name.object();
    if (!object.endsWith(suffix) || object.length() == suffix.length()) {
      return Optional.empty();
    }
    return image
        .relation(new Name(name.schema(), object.substring(0, object.length() - suffix.length())))
        .filter(History::hasVersions)
        .map(
            table ->
                stream(
                    name,
                    table,
                    image.requireRelation(History.versions(table.name())),
                    suffix.equals(ZONED) ? DataType.timestampLtz(3) : DataType.timestamp(3)));
  }

  /** The key is the table's: a version is found by it and by its time. */
  private static Relation stream(Name name, Relation table, Relation versions, DataType time) {
    List<Column> columns = new ArrayList<>();
    for (Column column : versions.schema().columns()) {
      columns.add(
          column.name().equals(History.VALID_FROM) || column.name().equals(History.VALID_TO)
              ? new Column(
                  column.name(), time.withNullable(column.type().nullable()), column.comment())
              : column);
    }
    Map<String, String> options = new TreeMap<>();
    options.put(VersionHandler.OPTION, "");
    options.put(IDLE, table.options().getOrDefault(IDLE, USUAL_IDLE));
    return new Relation(
        name,
        Relation.Kind.STREAM,
        versions.topic(),
        versions.format(),
        new RowSchema(columns, table.schema().primaryKey()),
        List.of(),
        List.of(),
        versions.columnOrder(),
        Optional.of(new WatermarkDefinition(History.VALID_FROM, "SOURCE_WATERMARK()")),
        Relation.EventTime.DECLARED,
        versions.comment(),
        options,
        versions.keySchemaId(),
        versions.valueSchemaId(),
        Optional.empty(),
        true,
        "",
        versions.created());
  }

  /** The name of the relation in the catalog that one in a plan is. */
  static Name origin(Relation relation) {
    Name name = relation.name();
    return relation.options().containsKey(VersionHandler.OPTION)
        ? History.versions(
            new Name(
                name.schema(), name.object().substring(0, name.object().lastIndexOf("$as_of"))))
        : name;
  }
}
