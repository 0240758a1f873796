package io.millrace.engine;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Entry;
import io.millrace.catalog.EntryKey;
import io.millrace.catalog.History;
import io.millrace.catalog.Query;
import io.millrace.catalog.Relation;
import io.millrace.flow.QueryShape;
import io.millrace.log.TopicInfo;
import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.sql.CreateRelation;
import io.millrace.sql.Dialects;
import io.millrace.sql.QueryText;
import io.millrace.sql.WatermarkDefinition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Makes streams and tables out of queries: shape, topic, contract, plan, then the running job. */
final class Derivation {
  private final Parts parts;
  private final EngineSettings settings;
  private final Topics topics;
  private final Histories histories;
  private final Discovery discovery;
  private final Statements statements;

  Derivation(
      Parts parts,
      EngineSettings settings,
      Topics topics,
      Histories histories,
      Discovery discovery,
      Statements statements) {
    this.parts = parts;
    this.settings = settings;
    this.topics = topics;
    this.histories = histories;
    this.discovery = discovery;
    this.statements = statements;
  }

  int defaultPartitions() {
    return settings.partitions();
  }

  /** Lets Flink check computed columns and the watermark before anything is made. */
  void checkExpressions(CatalogImage image, Relation wanted) {
    if (!wanted.computed().isEmpty()
        || wanted.watermark().isPresent()
        || !wanted.metadata().isEmpty()) {
      CatalogImage with = image.with(new CatalogDelta(List.of(wanted), List.of()));
      parts.flow().analyze(with, "SELECT * FROM " + quoted(wanted.name()));
    }
  }

  static String quoted(Name name) {
    return "`" + name.schema() + "`.`" + name.object() + "`";
  }

  /** CREATE STREAM|TABLE ... AS. */
  Relation create(CreateRelation statement, String text) {
    QueryText query = statement.query().orElseThrow();
    String what = (statement.table() ? "table " : "stream ") + statement.name();
    RelationOptions options =
        RelationOptions.of(what, statement.table(), true, statement.options());
    Columns columns = Columns.of(statement.columns());
    if (!columns.physical().isEmpty()) {
      throw new MillraceException(
              ErrorCode.INVALID_QUERY,
              "Cannot create "
                  + what
                  + ": column "
                  + columns.physical().get(0).name()
                  + " has a type, but the query gives the columns")
          .hint("Leave it out, or CAST in the query.");
    }
    String sql = Dialects.toFlink(query.text());
    CatalogImage image = discovery.imageFor(query.text());
    QueryShape shape = Places.within(query, () -> parts.flow().analyze(image, sql));
    RowSchema schema = keyed(statement, shape, what);
    Optional<WatermarkDefinition> watermark = statement.watermark();
    Relation.EventTime eventTime = Relation.EventTime.NONE;
    if (watermark.isPresent()) {
      eventTime = shape.marksFlow() ? Relation.EventTime.MARKS : Relation.EventTime.DECLARED;
    } else if (shape.rowtime().isPresent() && shape.marksFlow()) {
      String rowtime = shape.rowtime().get();
      watermark = Optional.of(new WatermarkDefinition(rowtime, Column.quote(rowtime)));
      eventTime = Relation.EventTime.MARKS;
    }
    List<String> order = new ArrayList<>(schema.columns().stream().map(Column::name).toList());
    order.addAll(columns.order());
    Relation wanted =
        new Relation(
            statement.name(),
            statement.table() ? Relation.Kind.TABLE : Relation.Kind.STREAM,
            options.settings().find(RelationOptions.TOPIC).orElse(statement.name().topic()),
            options.format(),
            schema,
            columns.computed(),
            columns.metadata(),
            order,
            watermark,
            eventTime,
            statement.comment(),
            ownOptions(options),
            -1,
            -1,
            Optional.of(statement.name()),
            false,
            text,
            Instant.now());
    checkExpressions(image, wanted);
    Expiries.check(image, wanted);
    return build(wanted, options, shape, sql, query, text);
  }

  private static Map<String, String> ownOptions(RelationOptions options) {
    Map<String, String> own = new TreeMap<>(options.asWritten());
    if (options.settings().isSet(RelationOptions.HISTORY)) {
      own.put(History.OF_ROWS, "");
    }
    return own;
  }

  private Relation build(
      Relation wanted,
      RelationOptions options,
      QueryShape shape,
      String sql,
      QueryText query,
      String text) {
    List<Relation> made = new ArrayList<>();
    List<Query> queries = new ArrayList<>();
    made.add(topics.create(wanted, options, partitionsLike(shape)));
    try {
      Query draft =
          new Query(
              wanted.name(),
              wanted.name(),
              sql,
              "",
              1,
              0,
              false,
              shape.reads(),
              RelationOptions.ofQuery(options.settings()),
              shape.rowByRow(),
              text,
              Instant.now());
      Relation finished = Topics.finished(made.get(0));
      queries.add(compile(finished, draft, query));
      Expiries.query(finished).ifPresent(queries::add);
      if (History.hasVersions(finished)) {
        Histories.OfRows versions = histories.ofRows(finished, options);
        made.add(versions.versions());
        queries.add(versions.query());
      }
      List<Entry> entries = new ArrayList<>(queries);
      made.forEach(relation -> entries.add(Topics.finished(relation)));
      parts.catalog().apply(new CatalogDelta(entries, List.of()));
      queries.forEach(statements::startNew);
      made.forEach(relation -> topics.serve(Topics.finished(relation)));
      return finished;
    } catch (RuntimeException e) {
      List<EntryKey> gone = new ArrayList<>();
      for (Query unfinished : queries) {
        parts.flow().forget(unfinished.name());
        gone.add(unfinished.key());
      }
      parts.catalog().apply(new CatalogDelta(List.of(), gone));
      made.forEach(topics::discard);
      throw e;
    }
  }

  /** The query with its plan, compiled against the catalog with this target in it. */
  Query compile(Relation target, Query draft, QueryText query) {
    CatalogImage with = parts.catalog().image().with(new CatalogDelta(List.of(target), List.of()));
    String plan = Places.within(query, () -> parts.flow().compile(with, draft));
    return draft.withPlan(plan);
  }

  /** A row-by-row query keeps its input's number of partitions, so that it can keep them. */
  private int partitionsLike(QueryShape shape) {
    if (!shape.rowByRow()) {
      return settings.partitions();
    }
    return inputs(shape.reads())
        .mapToInt(TopicInfo::partitions)
        .max()
        .orElse(settings.partitions());
  }

  private java.util.stream.Stream<TopicInfo> inputs(Set<Name> reads) {
    CatalogImage image = parts.catalog().image();
    return reads.stream()
        .flatMap(name -> image.relation(name).stream())
        .flatMap(relation -> parts.log().find(relation.topic()).stream());
  }

  private static RowSchema keyed(CreateRelation statement, QueryShape shape, String what) {
    List<Column> columns = shape.schema().columns();
    if (!statement.table()) {
      if (!statement.primaryKey().isEmpty()) {
        throw new MillraceException(
                ErrorCode.INVALID_QUERY, "Cannot create " + what + ": a stream has no PRIMARY KEY")
            .hint("Create a table.");
      }
      if (!shape.insertOnly()) {
        throw new MillraceException(
                ErrorCode.INVALID_QUERY,
                "Cannot create " + what + ": the query changes rows it has already given")
            .hint("CREATE TABLE " + statement.name() + " AS ... keeps the latest row per key.");
      }
      return new RowSchema(columns, List.of());
    }
    List<String> key =
        statement.primaryKey().isEmpty() ? shape.schema().primaryKey() : statement.primaryKey();
    if (key.isEmpty()) {
      throw new MillraceException(
              ErrorCode.INVALID_QUERY, "Cannot create " + what + ": it has no PRIMARY KEY")
          .hint("Write CREATE TABLE " + statement.name() + " (PRIMARY KEY (column, ...)) AS ...");
    }
    return Columns.keyed(columns, key);
  }
}
