package io.millrace.engine;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Entry;
import io.millrace.catalog.History;
import io.millrace.catalog.Query;
import io.millrace.catalog.Relation;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Makes tables with history: the table, its changes, its versions, and the job between them. */
final class Histories {
  private final Parts parts;
  private final Topics topics;
  private final Statements statements;
  private final Evolution evolution;
  private final EngineSettings settings;

  Histories(
      Parts parts,
      Topics topics,
      Statements statements,
      Evolution evolution,
      EngineSettings settings) {
    this.parts = parts;
    this.topics = topics;
    this.statements = statements;
    this.evolution = evolution;
    this.settings = settings;
  }

  /** Versions are made of changes and of nothing else. */
  static void refuseVersions(Relation target) {
    target
        .filledBy()
        .filter(table -> History.versions(table).equals(target.name()))
        .ifPresent(
            table -> {
              throw new MillraceException(
                      ErrorCode.NOT_SUPPORTED,
                      "Cannot write to "
                          + target.name()
                          + ": it is made of the changes of "
                          + table)
                  .hint(
                      "Write to "
                          + table
                          + " or to what its query reads; what happened earlier, to "
                          + Column.quote(History.changes(table).object())
                          + " with its source_time, where there is that stream.");
            });
  }

  /** A query's rows say neither what became of a row nor when. */
  static void refuseQuery(Relation target) {
    refuseVersions(target);
    if (History.isKeptOf(target)) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot insert a query's rows into "
                  + target.name()
                  + ": it is filled from its changes")
          .hint(
              "Insert into "
                  + Column.quote(History.changes(target.name()).object())
                  + ": op, before, after, source_time, source_position.");
    }
  }

  /** {@code wanted} is the table as declared; its query has a job of its own. */
  Relation create(CatalogImage image, Relation wanted, RelationOptions options) {
    Relation table = create(image, wanted, options, Map.of());
    statements.startNew(parts.catalog().image().requireQuery(table.name()));
    return table;
  }

  /** As {@link #create}, but its query is to run in a job with others and is not yet submitted. */
  Relation createSharing(Name job, CatalogImage image, Relation wanted, RelationOptions options) {
    return create(image, wanted, options, Map.of(Query.JOB, job.schema() + "." + job.object()));
  }

  private Relation create(
      CatalogImage image,
      Relation wanted,
      RelationOptions options,
      Map<String, String> ofSharedJob) {
    check(image, wanted, options);
    Name name = wanted.name();
    Map<String, String> forParts = forParts(options);
    List<Relation> made = new ArrayList<>();
    Relation changes =
        part(
            wanted,
            History.changes(name),
            Relation.Kind.STREAM,
            History.changes(wanted.schema()),
            "Every change of " + name + ", in the order of arrival.",
            Optional.empty());
    try {
      made.add(
          options.isDebezium() ? topics.bind(over(changes, options)) : make(changes, forParts));
      made.add(make(versions(wanted), forParts));
      Relation filled = filled(wanted);
      made.add(
          topics.create(filled, options.withoutBinding("table " + name), settings.partitions()));
    } catch (RuntimeException e) {
      made.forEach(topics::discard);
      throw e;
    }
    Map<String, String> ofQuery = new TreeMap<>(RelationOptions.ofJob(wanted.options()));
    ofQuery.putAll(ofSharedJob);
    Query query =
        new Query(
            name,
            name,
            "",
            "",
            1,
            0,
            false,
            Set.of(History.changes(name)),
            ofQuery,
            false,
            wanted.statement(),
            Instant.now());
    List<Relation> finished = made.stream().map(Topics::finished).toList();
    List<Entry> all = new ArrayList<>(finished);
    all.add(query);
    parts.catalog().apply(new CatalogDelta(all, List.of()));
    finished.forEach(topics::serve);
    return finished.get(finished.size() - 1);
  }

  /** The versions of a table and the query that makes them of the table's rows as it is filled. */
  record OfRows(Relation versions, Query query) {}

  /** For a table that its own query fills; its versions are in state creating. */
  OfRows ofRows(Relation table, RelationOptions options) {
    Name versions = History.versions(table.name());
    String what = "Cannot create table " + table.name() + " with history: ";
    table.schema().columns().forEach(column -> check(what, column));
    checkTracked(what, table);
    checkFree(what, parts.catalog().image(), versions);
    return new OfRows(
        make(versions(table), forParts(options)),
        new Query(
            versions,
            versions,
            "",
            "",
            1,
            0,
            false,
            Set.of(table.name()),
            RelationOptions.ofJob(table.options()),
            false,
            "",
            Instant.now()));
  }

  private static Map<String, String> forParts(RelationOptions options) {
    Map<String, String> forParts = new TreeMap<>();
    for (var key : List.of(RelationOptions.PARTITIONS, RelationOptions.REPLICATION)) {
      if (options.settings().isSet(key)) {
        forParts.put(key.key(), options.asWritten().get(key.key()));
      }
    }
    return forParts;
  }

  private static Relation versions(Relation table) {
    return part(
        table,
        History.versions(table.name()),
        Relation.Kind.TABLE,
        History.versions(table.schema()),
        "Every version of the rows of " + table.name() + ", and when it held.",
        Optional.of(table.name()));
  }

  /**
   * Gives the table, its changes and its versions columns more, which older rows have not:
   * INVALID_NAME or NOT_SUPPORTED where a column is none that a table with history can have,
   * INCOMPATIBLE_CONTRACT where the registry refuses.
   */
  Relation addColumns(Relation table, List<Column> columns) {
    return evolution.apply(withColumns(table, columns)).get(2);
  }

  /** The changes, the versions and the table itself as they would be with columns more. */
  List<Relation> withColumns(Relation table, List<Column> columns) {
    String what = "Cannot alter table " + table.name() + ": ";
    columns.forEach(column -> check(what, column));
    List<Column> all = new ArrayList<>(table.schema().columns());
    columns.forEach(
        column ->
            all.add(new Column(column.name(), column.type().withNullable(true), column.comment())));
    return withSchema(table, new RowSchema(all, table.schema().primaryKey()));
  }

  /** The changes, the versions and the table itself as they would be with other columns. */
  List<Relation> withSchema(Relation table, RowSchema schema) {
    CatalogImage image = parts.catalog().image();
    Relation altered = evolved(table, schema);
    return List.of(
        evolved(image.requireRelation(History.changes(table.name())), History.changes(schema)),
        evolved(image.requireRelation(History.versions(table.name())), History.versions(schema)),
        altered.withStatement(RelationText.generated(altered)));
  }

  private static Relation evolved(Relation relation, RowSchema schema) {
    return relation.withSchema(
        schema, schema.columns().stream().map(Column::name).toList(), relation.valueSchemaId());
  }

  private Relation make(Relation part, Map<String, String> options) {
    return topics.create(
        part,
        RelationOptions.of(part.kind() + " " + part.name(), part.isTable(), false, options),
        settings.partitions());
  }

  /** The same changes, as they stand in a topic of others. */
  private static Relation over(Relation changes, RelationOptions options) {
    return new Relation(
        changes.name(),
        changes.kind(),
        options.settings().get(RelationOptions.TOPIC),
        options.format(),
        changes.schema(),
        changes.computed(),
        changes.metadata(),
        changes.columnOrder(),
        changes.watermark(),
        changes.eventTime(),
        changes.comment(),
        options.formatOptions(),
        changes.keySchemaId(),
        changes.valueSchemaId(),
        changes.filledBy(),
        true,
        changes.statement(),
        changes.created());
  }

  private static Relation filled(Relation table) {
    return relation(
        table,
        table.name(),
        table.kind(),
        table.topic(),
        table.schema(),
        table.comment(),
        table.options(),
        Optional.of(table.name()),
        table.statement());
  }

  private static Relation part(
      Relation table,
      Name name,
      Relation.Kind kind,
      RowSchema schema,
      String comment,
      Optional<Name> filledBy) {
    return relation(
        table, name, kind, name.topic(), schema, Optional.of(comment), Map.of(), filledBy, "");
  }

  private static Relation relation(
      Relation table,
      Name name,
      Relation.Kind kind,
      String topic,
      RowSchema schema,
      Optional<String> comment,
      Map<String, String> options,
      Optional<Name> filledBy,
      String statement) {
    return new Relation(
        name,
        kind,
        topic,
        table.format(),
        schema,
        List.of(),
        List.of(),
        schema.columns().stream().map(Column::name).toList(),
        Optional.empty(),
        Relation.EventTime.NONE,
        comment,
        options,
        -1,
        -1,
        filledBy,
        false,
        statement,
        table.created());
  }

  private void check(CatalogImage image, Relation wanted, RelationOptions options) {
    String what = "Cannot create table " + wanted.name() + " with history: ";
    if (!wanted.computed().isEmpty()
        || !wanted.metadata().isEmpty()
        || wanted.watermark().isPresent()) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              what + "its columns have to be of the contract, without a WATERMARK")
          .hint("Compute columns in a view over it.");
    }
    if (options.settings().isSet(RelationOptions.TOPIC) && !options.isDebezium()
        || parts.log().find(wanted.topic()).isPresent()) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED, what + "its topic is to be a new one, of its own name")
          .hint(
              options.isDebezium()
                  ? "Choose a name that no topic bears."
                  : "Leave 'topic' out and choose a name that no topic bears.");
    }
    wanted.schema().columns().forEach(column -> check(what, column));
    checkTracked(what, wanted);
    checkFree(what, image, History.changes(wanted.name()));
    checkFree(what, image, History.versions(wanted.name()));
  }

  private static void checkTracked(String what, Relation table) {
    String tracked = table.options().get(History.TRACKED);
    if (tracked == null) {
      return;
    }
    for (String column : tracked.split(",")) {
      if (table.schema().indexOf(column.strip()) < 0) {
        throw new MillraceException(
            ErrorCode.NOT_FOUND, what + "there is no column " + column.strip() + " to track");
      }
    }
  }

  private void checkFree(String what, CatalogImage image, Name part) {
    if (image.relation(part).isPresent() || parts.log().find(part.topic()).isPresent()) {
      throw new MillraceException(
          ErrorCode.ALREADY_EXISTS, what + "there is a topic " + part.topic() + " already");
    }
  }

  private static void check(String what, Column column) {
    if (History.isOfVersions(column.name())) {
      throw new MillraceException(
              ErrorCode.INVALID_NAME,
              what + "column " + column.name() + " has the name of a column of its versions")
          .hint("Call it something else.");
    }
    if (column.type() instanceof DataType.Temporal time
        && time.kind() == DataType.Kind.TIME
        && time.precision() > 3) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              what + "column " + column.name() + " would lose its microseconds")
          .hint("Declare it TIME(3).");
    }
  }
}
