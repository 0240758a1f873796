package io.millrace.flow.plan;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Query;
import io.millrace.catalog.Relation;
import io.millrace.flow.FlowSettings;
import io.millrace.flow.QueryShape;
import io.millrace.flow.plan.QueryErrors.WrongCase;
import io.millrace.flow.plan.WarehouseCatalog.Hidden;
import io.millrace.flow.topic.FlinkTypes;
import io.millrace.flow.topic.TopicTable;
import io.millrace.log.LogSettings;
import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.MillraceException.Place;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.registry.RegistrySettings;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.ExplainDetail;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.catalog.CatalogTable;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Flink's planner at work on the warehouse: what a query would yield, and the plan that does it.
 * Thread-safe: each call has a session of its own.
 */
public final class QueryPlanner {
  private static final Logger LOG = LoggerFactory.getLogger(QueryPlanner.class);

  private final FlowSettings settings;
  private final LogSettings log;
  private final RegistrySettings registry;

  public QueryPlanner(FlowSettings settings, LogSettings log, RegistrySettings registry) {
    this.settings = settings;
    this.log = log;
    this.registry = registry;
  }

  /** Loads the planner's classes, which takes seconds the first time. */
  public static void warmUp() {
    Session session =
        Session.open(
            CatalogImage.empty(),
            new Configuration(),
            name -> {
              throw new IllegalStateException("There is no " + name);
            });
    Schema probe = Schema.newBuilder().column("a", "INT").build();
    session
        .catalog()
        .showTablesBy(
            (name, relation) ->
                Optional.of(CatalogTable.newBuilder().schema(probe).build())
                    .filter(t -> name.equals(Session.PROBE)));
    session.tables().compilePlanSql(insert(Session.PROBE, List.of(), "SELECT 1", false));
  }

  /** See {@code Flow.analyze}. */
  public QueryShape analyze(CatalogImage image, String query) {
    Analysis analysis = analysis(image, query);
    for (int i = 0; i < analysis.columns().size(); i++) {
      if (analysis.columns().get(i).name().matches("EXPR\\$\\d+")) {
        throw new MillraceException(
                ErrorCode.INVALID_QUERY, "Invalid query: its column " + (i + 1) + " has no name")
            .hint("Name it with AS.");
      }
    }
    return new QueryShape(
        new RowSchema(analysis.columns(), analysis.upsertKey()),
        analysis.plan().isInsertOnly(),
        analysis.plan().isRowByRow(),
        analysis.found(),
        analysis.rowtime(),
        marksFlow(image, analysis.plan()));
  }

  private static boolean marksFlow(CatalogImage image, CompiledPlan plan) {
    Set<Name> reads = plan.reads();
    return !reads.isEmpty()
        && reads.stream()
            .map(name -> AsOf.require(image, name))
            .allMatch(r -> r.eventTime() != Relation.EventTime.NONE);
  }

  /** What planning a query's text tells; {@code text} has its columns in their declared case. */
  private record Analysis(
      String text,
      List<Column> columns,
      Optional<String> rowtime,
      CompiledPlan plan,
      Set<Name> found) {
    List<String> upsertKey() {
      return plan.upsertKey().stream().map(i -> columns.get(i).name()).toList();
    }
  }

  private Analysis analysis(CatalogImage image, String query) {
    return readings(image, query, this::analyzed);
  }

  /**
   * What comes of a query's text; where that joins with a table with history as of a time, of the
   * reading that Flink can plan.
   */
  private static <T> T readings(
      CatalogImage image, String query, BiFunction<CatalogImage, String, T> planned) {
    List<MillraceException> refusals = new ArrayList<>();
    for (String reading : AsOf.readings(image, query)) {
      try {
        return planned.apply(image, reading);
      } catch (MillraceException e) {
        refusals.add(e);
      }
    }
    throw AsOf.telling(refusals);
  }

  private Analysis analyzed(CatalogImage image, String query) {
    Session session = planning(image);
    Checked checked = check(session, image, query);
    List<Column> columns = new ArrayList<>();
    Optional<String> rowtime = Optional.empty();
    Schema.Builder probe = Schema.newBuilder();
    for (org.apache.flink.table.catalog.Column column :
        checked.table().getResolvedSchema().getColumns()) {
      LogicalType type = column.getDataType().getLogicalType();
      columns.add(new Column(column.getName(), FlinkTypes.fromFlink(column.getName(), type)));
      if (LogicalTypeChecks.isRowtimeAttribute(type)) {
        rowtime = Optional.of(column.getName());
      }
      probe.column(column.getName(), FlinkTypes.toFlink(columns.get(columns.size() - 1).type()));
    }
    CatalogTable probeTable = CatalogTable.newBuilder().schema(probe.build()).build();
    session
        .catalog()
        .showTablesBy(
            (name, relation) ->
                name.equals(Session.PROBE)
                    ? Optional.of(probeTable)
                    : relation.map(r -> WarehouseCatalog.table(r, Hidden.NOTHING)));
    Set<Name> found = session.catalog().found();
    CompiledPlan plan =
        compile(session, image, insert(Session.PROBE, List.of(), checked.text(), false));
    checkDisplaced(plan, true);
    return new Analysis(checked.text(), columns, rowtime, plan, found);
  }

  private record Checked(String text, Table table) {}

  /** Parses and validates; names that differ from a column's only in case are set right. */
  private static Checked check(Session session, CatalogImage image, String query) {
    String text = query;
    while (true) {
      QueryErrors errors = new QueryErrors(image, text);
      try {
        return new Checked(text, session.tables().sqlQuery(text));
      } catch (RuntimeException e) {
        Optional<WrongCase> wrong = errors.wrongCase(e);
        if (wrong.isEmpty()) {
          throw errors.of(e);
        }
        // Each turn sets one name right and never the same twice: the loop ends.
        text =
            text.substring(0, wrong.get().start())
                + "`"
                + wrong.get().column()
                + "`"
                + text.substring(wrong.get().end());
      }
    }
  }

  private static CompiledPlan compile(Session session, CatalogImage image, String insert) {
    try {
      return new CompiledPlan(session.tables().compilePlanSql(insert).asJsonString());
    } catch (RuntimeException e) {
      throw inQuery(new QueryErrors(image, insert).of(e));
    }
  }

  /** An INSERT's text has one line before the query's own. */
  private static MillraceException inQuery(MillraceException error) {
    return error
        .place()
        .filter(p -> p.line() > 1)
        .map(p -> error.at(new Place(p.line() - 1, p.column(), p.length())))
        .orElse(error);
  }

  /** Of several readings the one that Flink can plan. */
  private String reading(CatalogImage image, String query) {
    return AsOf.readings(image, query).size() > 1 ? analysis(image, query).text() : query;
  }

  private Session planning(CatalogImage image) {
    return open(image, new Configuration(), TopicTables.planning(), false);
  }

  private Session open(
      CatalogImage image, Configuration configuration, TopicTables how, boolean takesBefore) {
    Session session = Session.open(image, configuration, topics(image, how), takesBefore);
    session.catalog().planViewsBy(view -> session.tables().sqlQuery(reading(image, view)));
    return session;
  }

  private Function<Name, TopicTable> topics(CatalogImage image, TopicTables how) {
    return name -> how.of(AsOf.require(image, name), false, settings, log, registry);
  }

  private static String insert(
      Name target, List<String> columns, String query, boolean deduplicate) {
    StringBuilder text = new StringBuilder("INSERT INTO ").append(path(target));
    if (!columns.isEmpty()) {
      text.append(
          columns.stream().map(QueryPlanner::quote).collect(Collectors.joining(", ", " (", ")")));
    }
    // A query may end in a comment, so nothing follows it on its last line.
    text.append("\n").append(query);
    return text.append(deduplicate ? "\nON CONFLICT DO DEDUPLICATE" : "").toString();
  }

  private static String path(Name name) {
    return quote(name.schema()) + "." + quote(name.object());
  }

  private static String quote(String name) {
    return "`" + name.replace("`", "``") + "`";
  }

  /** The plan that fills {@code query.target()} for ever; see {@code Flow.compile}. */
  public String compile(CatalogImage image, Query query) {
    Relation target = image.requireRelation(query.target());
    List<String> columns = target.schema().columns().stream().map(Column::name).toList();
    return compileInsert(image, query.sql(), target, columns);
  }

  /** The plan that inserts a query's rows into these columns of the target, in their order. */
  public String compileInsert(
      CatalogImage image, String query, Relation target, List<String> columns) {
    Analysis analysis = analysis(image, query);
    checkFits(analysis, target, columns);
    checkDisplaced(analysis.plan(), target.isTable());
    boolean insertOnly = analysis.plan().isInsertOnly();
    if (!insertOnly) {
      checkKeys(analysis, target, columns);
    }
    if (!target.isTable() && analysis.plan().isRowByRow()) {
      Optional<CompiledPlan> preserving = preserving(image, analysis, target, columns);
      if (preserving.isPresent()) {
        return preserving.get().text();
      }
    }
    String insert = insert(target.name(), columns, analysis.text(), insertOnly && target.isTable());
    CompiledPlan plan = compile(planning(image), image, insert);
    if (plan.joinsForgetUpdates()) {
      Session whole = open(image, new Configuration(), TopicTables.planning(), true);
      plan = compile(whole, image, insert);
    }
    return plan.text();
  }

  private static void checkDisplaced(CompiledPlan plan, boolean intoTable) {
    if (plan.keepsDisplacedRows(intoTable)) {
      throw new MillraceException(
              ErrorCode.INVALID_QUERY,
              "Cannot plan the first row of each group by ROW_NUMBER: Flink would keep each row that"
                  + " was ever the first (FLINK-40324)")
          .hint(
              "Order by one expression, descending, such as ORDER BY -price DESC, or aggregate, such"
                  + " as MIN(price); into a table keyed by the PARTITION BY columns it works as it"
                  + " stands.");
    }
  }

  private static void checkFits(Analysis analysis, Relation target, List<String> columns) {
    if (analysis.columns().size() != columns.size()) {
      throw new MillraceException(
              ErrorCode.INVALID_QUERY,
              "Cannot insert into "
                  + target.name()
                  + ": the query has "
                  + count(analysis.columns().size())
                  + " and "
                  + count(columns.size())
                  + " are to be filled")
          .hint(
              "The query yields "
                  + names(analysis.columns())
                  + "; to be filled are "
                  + String.join(", ", columns)
                  + ".");
    }
    for (String key : target.schema().primaryKey()) {
      if (columns.stream().noneMatch(key::equalsIgnoreCase)) {
        throw new MillraceException(
            ErrorCode.INVALID_QUERY,
            "Cannot insert into "
                + target.name()
                + ": column "
                + key
                + " of its primary key is not filled");
      }
    }
  }

  private static String count(int columns) {
    return columns == 1 ? "1 column" : columns + " columns";
  }

  private static String names(List<Column> columns) {
    return columns.stream().map(Column::name).collect(Collectors.joining(", "));
  }

  /** An updating query may only fill a table whose primary key is the query's own key. */
  private static void checkKeys(Analysis analysis, Relation target, List<String> columns) {
    List<String> upsertKey = analysis.upsertKey();
    if (!target.isTable()) {
      throw new MillraceException(
              ErrorCode.INVALID_QUERY,
              "Cannot insert into stream "
                  + target.name()
                  + ": the query changes rows that it has written before")
          .hint(
              upsertKey.isEmpty()
                  ? "A stream only grows; fill a table instead."
                  : "A stream only grows; fill a table with PRIMARY KEY ("
                      + String.join(", ", upsertKey)
                      + ") instead: CREATE TABLE.");
    }
    Set<String> written = new LinkedHashSet<>();
    for (int position : analysis.plan().upsertKey()) {
      written.add(columns.get(position).toLowerCase(Locale.ROOT));
    }
    Set<String> primary = new LinkedHashSet<>();
    target.schema().primaryKey().forEach(k -> primary.add(k.toLowerCase(Locale.ROOT)));
    if (!written.equals(primary)) {
      throw new MillraceException(
              ErrorCode.INVALID_QUERY,
              "Cannot insert into table "
                  + target.name()
                  + ": the query's rows are known by ("
                  + String.join(", ", upsertKey)
                  + "), the table's by its primary key ("
                  + String.join(", ", target.schema().primaryKey())
                  + ")")
          .hint(
              upsertKey.isEmpty()
                  ? "Select what the query groups by, too."
                  : "Create the table with PRIMARY KEY (" + String.join(", ", upsertKey) + ").");
    }
  }

  /**
   * The same plan with the partition carried from scan to sink, where the planner can; see {@link
   * HiddenPartition}.
   */
  private Optional<CompiledPlan> preserving(
      CatalogImage image, Analysis analysis, Relation target, List<String> columns) {
    Set<Name> scanned = analysis.plan().scans();
    Optional<String> selecting = HiddenPartition.selectIn(analysis.text());
    if (selecting.isEmpty() || scanned.contains(target.name())) {
      return Optional.empty();
    }
    Session session = planning(image);
    session.catalog().showHiddenPartition(scanned, target.name());
    try {
      Table inner = session.tables().sqlQuery(selecting.get());
      List<String> visible =
          inner.getResolvedSchema().getColumnNames().stream()
              .filter(n -> !n.startsWith(HiddenPartition.COLUMN))
              .map(QueryPlanner::quote)
              .toList();
      if (visible.size() != columns.size()) {
        return Optional.empty();
      }
      List<String> filled = new ArrayList<>(columns);
      filled.add(HiddenPartition.COLUMN);
      String outer =
          "SELECT "
              + String.join(", ", visible)
              + ", "
              + quote(HiddenPartition.COLUMN)
              + " FROM (\n"
              + selecting.get()
              + "\n)";
      CompiledPlan plan = compile(session, image, insert(target.name(), filled, outer, false));
      return Optional.of(plan).filter(p -> p.isRowByRow() && p.preservesPartitions());
    } catch (RuntimeException e) {
      // Not every text can be extended; the query is valid as it stands and its marks keep event
      // time in order without this.
      LOG.debug("Partitions are not kept by {}", analysis.text(), e);
      return Optional.empty();
    }
  }

  /** The streams and tables that a query's plan reads, those behind views included. */
  public Set<Relation> reads(CatalogImage image, String query) {
    return analysis(image, query).plan().reads().stream()
        .map(name -> AsOf.require(image, name))
        .collect(Collectors.toSet());
  }

  /** A query at work and the columns it yields. */
  public record Running(List<Column> columns, TableResult result) {}

  /** Submits a query whose rows come back here. */
  public Running execute(
      CatalogImage image, String query, TopicTables how, Configuration configuration) {
    Session session = open(image, configuration, how, false);
    Checked checked = check(session, image, reading(image, query));
    List<Column> columns =
        checked.table().getResolvedSchema().getColumns().stream()
            .map(
                c ->
                    new Column(
                        c.getName(),
                        FlinkTypes.fromFlink(c.getName(), c.getDataType().getLogicalType())))
            .toList();
    try {
      return new Running(columns, checked.table().execute());
    } catch (RuntimeException e) {
      throw new QueryErrors(image, checked.text()).of(e);
    }
  }

  /** The planner's account of how it would run a query. */
  public String explain(CatalogImage image, String query) {
    return readings(image, query, this::explained);
  }

  private String explained(CatalogImage image, String query) {
    Session session = planning(image);
    Checked checked = check(session, image, query);
    try {
      String text = checked.table().explain(ExplainDetail.CHANGELOG_MODE);
      int physical = text.indexOf("== Optimized Physical Plan ==");
      return (physical < 0 ? text : text.substring(physical)).strip();
    } catch (RuntimeException e) {
      throw new QueryErrors(image, checked.text()).of(e);
    }
  }
}
