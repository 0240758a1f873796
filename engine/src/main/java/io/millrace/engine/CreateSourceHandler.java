package io.millrace.engine;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Expiry;
import io.millrace.catalog.History;
import io.millrace.catalog.Query;
import io.millrace.catalog.Relation;
import io.millrace.catalog.SourceEntry;
import io.millrace.flow.job.JobOptions;
import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Setting;
import io.millrace.model.Settings;
import io.millrace.source.RowSource;
import io.millrace.source.Source;
import io.millrace.source.SourceConnector;
import io.millrace.source.SourceTable;
import io.millrace.sql.CreateSource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * CREATE SOURCE: looks at the tables of the system, makes each a table with history, begins. Those
 * of a prefix share one job. A source of rows fills a stream or table that is there.
 */
final class CreateSourceHandler implements StatementHandler<CreateSource> {
  /** Keys that are not for the source but for the tables it makes. */
  static final List<Setting<?>> FOR_TABLES =
      List.of(
          RelationOptions.PARTITIONS,
          RelationOptions.REPLICATION,
          RelationOptions.HISTORY_COLUMNS,
          JobOptions.STATE_BACKEND);

  /** No statement bears such a name. */
  private static final String JOB_PREFIX = "_millrace_source_";

  private final Parts parts;
  private final Discovery discovery;
  private final Histories histories;
  private final Removal removal;
  private final Statements statements;
  private final Sources sources;

  CreateSourceHandler(
      Parts parts,
      Discovery discovery,
      Histories histories,
      Removal removal,
      Statements statements,
      Sources sources) {
    this.parts = parts;
    this.discovery = discovery;
    this.histories = histories;
    this.removal = removal;
    this.statements = statements;
    this.sources = sources;
  }

  @Override
  public Class<CreateSource> kind() {
    return CreateSource.class;
  }

  @Override
  public boolean changesCatalog() {
    return true;
  }

  @Override
  public Result execute(CreateSource statement, StatementRequest request, String text) {
    Name name = statement.name();
    CatalogImage image = parts.catalog().image();
    if (image.source(name).isPresent()) {
      if (statement.ifNotExists()) {
        return new Result.Message("Source " + name + " exists already.");
      }
      throw new MillraceException(
          ErrorCode.ALREADY_EXISTS, "Cannot create source " + name + ": it exists already");
    }
    Topics.checkNew(image, name);
    if (image.query(name).isPresent() || image.sink(name).isPresent()) {
      throw new MillraceException(
          ErrorCode.ALREADY_EXISTS,
          "Cannot create source " + name + ": a query or sink of that name exists");
    }
    SourceConnector connector = sources.connector(statement.type());
    Settings.requireReferences(statement.options(), connector.secrets());
    List<Setting<?>> keys = new ArrayList<>(connector.settings());
    keys.addAll(FOR_TABLES);
    Map<String, String> options =
        Settings.of("source " + name, statement.options(), keys).asWritten();
    Source source = sources.open(name, statement.type(), options);
    if (source instanceof RowSource rows) {
      return create(
          statement, options, text, Map.of(RowSource.TARGET, target(statement, options, rows)));
    }
    List<SourceTable> tables = source.tables();
    Map<String, Name> into = targets(statement, tables);
    List<Relation> made = new ArrayList<>();
    try {
      for (SourceTable table : tables) {
        Name target = into.get(table.id());
        Optional<Relation> existing = parts.catalog().image().relation(target);
        if (existing.isPresent()) {
          adopt(name, existing.get(), table);
        } else {
          made.add(create(statement, target, table, options));
        }
      }
      List<Query> sharing = sharing(made);
      if (!sharing.isEmpty()) {
        statements.startNew(sharing);
      }
      return create(statement, options, text, into);
    } catch (RuntimeException e) {
      made.forEach(removal::remove);
      throw e;
    }
  }

  private Result create(
      CreateSource statement, Map<String, String> options, String text, Map<String, Name> into) {
    SourceEntry entry =
        new SourceEntry(
            statement.name(), statement.type(), into, options, false, text, Instant.now());
    parts.catalog().apply(new CatalogDelta(List.of(entry), List.of()));
    sources.start(entry);
    return new Result.Message(
        "Created source "
            + statement.name()
            + " into "
            + into.values().stream().map(Name::toString).collect(Collectors.joining(", "))
            + ".");
  }

  /** What the rows go into: a stream or table that is there and that rows can be written to. */
  private Name target(CreateSource statement, Map<String, String> options, RowSource source) {
    String what = "Cannot create source " + statement.name() + ": ";
    FOR_TABLES.stream()
        .map(Setting::key)
        .filter(options::containsKey)
        .findFirst()
        .ifPresent(
            key -> {
              throw new MillraceException(
                      ErrorCode.INVALID_OPTION,
                      what + "'" + key + "' is for tables that a source makes, and this makes none")
                  .hint("Give it to the stream or table when you create that.");
            });
    Name into =
        statement
            .into()
            .orElseThrow(
                () ->
                    new MillraceException(
                            ErrorCode.INVALID_OPTION,
                            what + "its rows go into one stream or table, not into several")
                        .hint("Write INTO and the name of one that exists."));
    discovery.adopt(List.of(into));
    Relation target =
        parts
            .catalog()
            .image()
            .relation(into)
            .filter(relation -> !Topics.isHalfDone(relation))
            .orElseThrow(
                () ->
                    new MillraceException(
                            ErrorCode.NOT_FOUND, what + "there is no stream or table " + into)
                        .hint("CREATE STREAM " + into + " (...) first."));
    Sources.refuseWrites(parts.catalog().image(), target);
    Histories.refuseVersions(target);
    if (target.filledBy().isPresent() && !History.isKeptOf(target)) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED, what + "the continuous query of " + into + " fills it")
          .hint("Choose what the query reads, or another stream.");
    }
    if (into.isInternal()) {
      throw new MillraceException(
          ErrorCode.INVALID_NAME, what + into + " belongs to Millrace itself");
    }
    source.check(target);
    return target.name();
  }

  private static Map<String, Name> targets(CreateSource statement, List<SourceTable> tables) {
    if (statement.into().isPresent() && tables.size() != 1) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION,
              "Cannot create source "
                  + statement.name()
                  + ": it has "
                  + tables.size()
                  + " tables for "
                  + statement.into().get())
          .hint("Write INTO PREFIX to give each a name of its own.");
    }
    Map<String, Name> targets = new LinkedHashMap<>();
    for (SourceTable table : tables) {
      Name target =
          statement
              .into()
              .orElseGet(
                  () ->
                      new Name(
                          statement.name().schema(),
                          statement.prefix().orElse("") + table.name().toLowerCase(Locale.ROOT)));
      if (targets.containsValue(target)) {
        throw new MillraceException(
                ErrorCode.ALREADY_EXISTS,
                "Cannot create source " + statement.name() + ": two tables would be " + target)
            .hint("Make a source for each, with a prefix of its own.");
      }
      targets.put(table.id(), target);
    }
    return targets;
  }

  private List<Query> sharing(List<Relation> made) {
    CatalogImage image = parts.catalog().image();
    return made.stream()
        .map(table -> image.requireQuery(table.name()))
        .filter(Query::sharesJob)
        .toList();
  }

  private Relation create(
      CreateSource statement, Name name, SourceTable table, Map<String, String> options) {
    CatalogImage image = parts.catalog().image();
    Topics.checkNew(image, name);
    Map<String, String> with = new TreeMap<>();
    with.put(History.OPTION, History.SCD2);
    FOR_TABLES.forEach(
        key -> Optional.ofNullable(options.get(key.key())).ifPresent(v -> with.put(key.key(), v)));
    Relation wanted =
        new Relation(
            name,
            Relation.Kind.TABLE,
            name.topic(),
            "avro",
            table.schema(),
            List.of(),
            List.of(),
            table.schema().columns().stream().map(Column::name).toList(),
            Optional.empty(),
            Relation.EventTime.NONE,
            table.comment(),
            with,
            -1,
            -1,
            Optional.empty(),
            false,
            "",
            Instant.now());
    Relation declared = wanted.withStatement(RelationText.generated(wanted));
    RelationOptions checked = RelationOptions.of("table " + name, true, false, with);
    if (statement.into().isPresent()) {
      return histories.create(image, declared, checked);
    }
    Name source = statement.name();
    Name job = new Name(source.schema(), JOB_PREFIX + source.object());
    requireStateBackend(image, source, job, with);
    return histories.createSharing(job, image, declared, checked);
  }

  /** A job has one: that of the tables which an earlier source of the name has left in it. */
  private static void requireStateBackend(
      CatalogImage image, Name source, Name job, Map<String, String> with) {
    image.queriesOf(job).stream()
        .filter(query -> !stateBackend(query.options()).equals(stateBackend(with)))
        .findFirst()
        .ifPresent(
            query -> {
              String backend = stateBackend(query.options());
              throw new MillraceException(
                      ErrorCode.INVALID_OPTION,
                      "Cannot create source "
                          + source
                          + ": its tables share a job with table "
                          + query.target()
                          + ", whose state.backend is "
                          + backend)
                  .hint("Write 'state.backend' = '" + backend + "', or take another name.");
            });
  }

  private static String stateBackend(Map<String, String> options) {
    Setting<?> key = JobOptions.STATE_BACKEND;
    return options.getOrDefault(key.key(), key.defaultText()).toLowerCase(Locale.ROOT);
  }

  /** What an earlier source has left is gone on with, once it is compared. */
  private void adopt(Name source, Relation existing, SourceTable table) {
    String what = "Cannot create source " + source + ": " + existing.name();
    if (!History.isKeptOf(existing)) {
      throw new MillraceException(
              ErrorCode.ALREADY_EXISTS, what + " exists and is no table with history")
          .hint("Choose another name, or DROP it first.");
    }
    if (Expiry.of(existing.options()).isPresent()) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED, what + " exists and lets its rows expire")
          .hint("ALTER TABLE " + existing.name() + " SET ('expire' = 'never');");
    }
    Sources.refuseWrites(parts.catalog().image(), existing);
    if (!folded(existing.schema().primaryKey()).equals(folded(table.schema().primaryKey()))) {
      throw new MillraceException(
          ErrorCode.INCOMPATIBLE_CONTRACT,
          what
              + " exists with PRIMARY KEY ("
              + String.join(", ", existing.schema().primaryKey())
              + "), but "
              + table.id()
              + " has ("
              + String.join(", ", table.schema().primaryKey())
              + ")");
    }
    List<Column> added = new ArrayList<>();
    for (Column column : table.schema().columns()) {
      int known = existing.schema().indexOf(column.name());
      if (known < 0) {
        added.add(column);
      } else if (!existing.schema().column(known).type().equals(column.type())) {
        throw new MillraceException(
            ErrorCode.INCOMPATIBLE_CONTRACT,
            what
                + " exists with "
                + column.name()
                + " "
                + existing.schema().column(known).type()
                + ", but in "
                + table.id()
                + " it is "
                + column.type());
      }
    }
    if (!added.isEmpty()) {
      histories.addColumns(existing, added);
    }
  }

  private static List<String> folded(List<String> names) {
    return names.stream().map(n -> n.toLowerCase(Locale.ROOT)).toList();
  }
}
