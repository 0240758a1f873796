package io.millrace.engine;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.DeadLetters;
import io.millrace.catalog.Entry;
import io.millrace.catalog.EntryKind;
import io.millrace.catalog.Query;
import io.millrace.catalog.Relation;
import io.millrace.catalog.SinkEntry;
import io.millrace.catalog.SourceEntry;
import io.millrace.catalog.View;
import io.millrace.flow.JobStatus;
import io.millrace.log.TopicInfo;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Units;
import io.millrace.serving.ServingStatus;
import io.millrace.source.SourceStatus;
import io.millrace.sql.Show;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;

/** SHOW: what exists, and how it is doing. */
final class ShowHandler implements StatementHandler<Show> {
  private final Parts parts;
  private final Statements statements;
  private final Sources sources;
  private final Letters letters;

  ShowHandler(Parts parts, Statements statements, Sources sources, Letters letters) {
    this.parts = parts;
    this.statements = statements;
    this.sources = sources;
    this.letters = letters;
  }

  @Override
  public Class<Show> kind() {
    return Show.class;
  }

  @Override
  public Result execute(Show statement, StatementRequest request, String text) {
    CatalogImage image = parts.catalog().image();
    return switch (statement.kind()) {
      case SCHEMAS -> schemas(image);
      case STREAMS -> relations(image, Relation.Kind.STREAM);
      case TABLES -> relations(image, Relation.Kind.TABLE);
      case VIEWS -> views(image);
      case QUERIES -> queries(image);
      case SINKS -> sinks(image);
      case TOPICS -> topics();
      case DEAD_LETTERS -> deadLetters(statement);
      case SOURCES -> sources(image);
      case ALERTS, VERSIONS ->
          throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot show "
                  + statement.kind().name().toLowerCase(java.util.Locale.ROOT)
                  + ": not offered yet");
    };
  }

  private static Column text(String name) {
    return new Column(name, DataType.STRING);
  }

  private static Column number(String name) {
    return new Column(name, DataType.BIGINT);
  }

  private static Result schemas(CatalogImage image) {
    TableCursor table = new TableCursor(text("schema"));
    image.schemas().stream().sorted().forEach(table::row);
    return new Result.Rows(table);
  }

  private Result relations(CatalogImage image, Relation.Kind kind) {
    TableCursor table =
        new TableCursor(
            text("name"),
            text("topic"),
            text("format"),
            number("rows"),
            text("filled_by"),
            text("comment"),
            text("last_error"));
    List<Relation> shown =
        image.relations().stream()
            .filter(r -> r.kind() == kind && !Topics.isHalfDone(r))
            .filter(r -> !r.name().isInternal())
            .sorted(Comparator.comparing(Relation::name))
            .toList();
    Optional<String> outage = parts.log().outage();
    Map<Name, ServingStatus> copies =
        parts.serving().statuses(shown.stream().map(Relation::name).toList());
    for (Relation r : shown) {
      Optional<ServingStatus> copy = Optional.ofNullable(copies.get(r.name()));
      table.row(
          r.name().toString(),
          r.topic(),
          r.format(),
          copy.map(ServingStatus::rows).orElse(null),
          r.filledBy().map(Name::toString).orElse(null),
          r.comment().orElse(null),
          copy.flatMap(c -> outage.or(c::lastError)).orElse(null));
    }
    image
        .unreadable()
        .forEach(
            (key, reason) -> {
              if (key.kind() == EntryKind.RELATION) {
                table.row(key.name().toString(), null, null, null, null, null, reason);
              }
            });
    return new Result.Rows(table);
  }

  private static Result views(CatalogImage image) {
    TableCursor table = new TableCursor(text("name"), text("query"), text("comment"));
    image.views().stream()
        .sorted(Comparator.comparing(View::name))
        .forEach(v -> table.row(v.name().toString(), v.query(), v.comment().orElse(null)));
    return new Result.Rows(table);
  }

  /**
   * Statements that run as jobs are shown alike.
   *
   * @param other the column behind the name
   * @param own the columns that only this kind has
   */
  private record Shown(
      String other, List<Column> own, Function<JobStatus, List<Object>> ownValues) {
    TableCursor table() {
      List<Column> columns =
          new ArrayList<>(
              List.of(
                  text("name"),
                  text(other),
                  text("state"),
                  new Column("rows_per_second", DataType.DOUBLE),
                  number("rows_in"),
                  number("rows_out"),
                  number("lag_rows"),
                  text("lag"),
                  number("restarts"),
                  number("late_rows")));
      columns.addAll(own);
      columns.add(number("dead_letters"));
      columns.add(text("last_error"));
      return new TableCursor(columns.toArray(Column[]::new));
    }
  }

  private static final Shown QUERIES =
      new Shown(
          "target",
          List.of(number("state_bytes")),
          status -> {
            OptionalLong bytes = status.stateBytes();
            return Collections.singletonList(bytes.isPresent() ? bytes.getAsLong() : null);
          });

  private static final Shown SINKS =
      new Shown(
          "from",
          List.of(number("bytes_out"), new Column("last_commit", DataType.timestampLtz(3))),
          status -> Arrays.asList(status.bytesOut(), status.lastCommit().orElse(null)));

  private Result queries(CatalogImage image) {
    TableCursor table = QUERIES.table();
    Around around = around();
    image.queries().stream()
        .sorted(Comparator.comparing(Query::name))
        .forEach(q -> statusRow(table, QUERIES, q, q.target().toString(), q.paused(), around));
    unreadable(table, QUERIES, image, EntryKind.QUERY, around);
    return new Result.Rows(table);
  }

  private Result sinks(CatalogImage image) {
    TableCursor table = SINKS.table();
    Around around = around();
    image.sinks().stream()
        .sorted(Comparator.comparing(SinkEntry::name))
        .forEach(
            s -> statusRow(table, SINKS, s, s.from() + " into " + s.type(), s.paused(), around));
    unreadable(table, SINKS, image, EntryKind.SINK, around);
    return new Result.Rows(table);
  }

  private Result sources(CatalogImage image) {
    TableCursor table =
        new TableCursor(
            text("name"),
            text("type"),
            text("into"),
            text("state"),
            number("changes"),
            text("lag"),
            new Column("read_until", DataType.timestampLtz(3)),
            number("restarts"),
            number("dead_letters"),
            text("last_error"));
    Around around = around();
    for (SourceEntry s : image.sources()) {
      Optional<SourceStatus> status = sources.status(s.name()).filter(running -> !s.paused());
      Optional<String> stopped =
          status
              .map(SourceStatus::stopped)
              .filter(tables -> !tables.isEmpty())
              .map(
                  tables ->
                      tables.entrySet().stream()
                          .map(t -> t.getKey() + " stands still: " + t.getValue())
                          .collect(Collectors.joining("; ")));
      table.row(
          s.name().toString(),
          s.type(),
          s.into().values().stream().map(Name::toString).collect(Collectors.joining(", ")),
          s.paused() ? "PAUSED" : status.map(st -> st.state().name()).orElse("FAILED"),
          status.map(SourceStatus::changes).orElse(null),
          status
              .map(SourceStatus::lagMs)
              .filter(OptionalLong::isPresent)
              .map(ms -> Units.text(rounded(ms.getAsLong())))
              .orElse(null),
          status.flatMap(SourceStatus::readUntil).orElse(null),
          status.map(st -> (long) st.restarts()).orElse(null),
          around.letters(s.name()),
          around
              .outage()
              .or(() -> stopped)
              .or(() -> status.flatMap(SourceStatus::lastError))
              .or(() -> sources.refusal(s.name()))
              .orElse(null));
    }
    image
        .unreadable()
        .forEach(
            (key, reason) -> {
              if (key.kind() == EntryKind.SOURCE) {
                table.row(
                    key.name().toString(),
                    null,
                    null,
                    "FAILED",
                    null,
                    null,
                    null,
                    null,
                    null,
                    reason);
              }
            });
    return new Result.Rows(table);
  }

  private static void unreadable(
      TableCursor table, Shown kind, CatalogImage image, EntryKind entries, Around around) {
    image
        .unreadable()
        .forEach(
            (key, reason) -> {
              if (key.kind() == entries) {
                idleRow(table, kind, key.name(), null, "FAILED", around, reason);
              }
            });
  }

  private static void idleRow(
      TableCursor table,
      Shown kind,
      Name name,
      String other,
      String state,
      Around around,
      String reason) {
    List<Object> row = new ArrayList<>(Arrays.asList(name.toString(), other, state));
    row.addAll(Collections.nCopies(7 + kind.own().size(), null));
    row.add(around.letters(name));
    row.add(reason);
    table.row(row.toArray());
  }

  /**
   * What no job knows of itself.
   *
   * @param outage a job waits for a Kafka that is away as it waits for rows
   * @param dead dead letters by statement
   */
  private record Around(Optional<String> outage, Map<String, Long> dead) {
    long letters(Name statement) {
      return dead.getOrDefault(statement.folded(), 0L);
    }
  }

  private Around around() {
    return new Around(parts.log().outage(), letters.counts());
  }

  private void statusRow(
      TableCursor table, Shown kind, Entry entry, String other, boolean paused, Around around) {
    Name name = entry.key().name();
    Optional<JobStatus> status = parts.flow().status(name);
    Optional<Statements.Refusal> refusal = statements.refusal(entry);
    if (paused || status.isEmpty() || refusal.isPresent()) {
      String state =
          paused
              ? "PAUSED"
              : refusal.map(r -> r.isRetried() ? "RESTARTING" : "FAILED").orElse("STOPPED");
      idleRow(
          table,
          kind,
          name,
          other,
          state,
          around,
          refusal.map(Statements.Refusal::reason).orElse(null));
      return;
    }
    JobStatus s = status.get();
    List<Object> row =
        new ArrayList<>(
            Arrays.asList(
                name.toString(),
                other,
                s.state().name(),
                Math.round(s.rowsPerSecond() * 10) / 10.0,
                s.rowsIn(),
                s.rowsOut(),
                s.lagRows(),
                s.lagMs().isPresent() ? Units.text(rounded(s.lagMs().getAsLong())) : null,
                (long) s.restarts(),
                s.lateRows()));
    row.addAll(kind.ownValues().apply(s));
    row.add(around.letters(name));
    row.add(around.outage().or(s::lastError).orElse(null));
    table.row(row.toArray());
  }

  private static Duration rounded(long ms) {
    return ms < 10_000 ? Duration.ofMillis(ms) : Duration.ofSeconds(ms / 1000);
  }

  private Result topics() {
    TableCursor table =
        new TableCursor(
            text("topic"),
            number("partitions"),
            number("replication"),
            text("keeps"),
            number("bytes"));
    parts.log().list().stream()
        .filter(t -> !t.internal())
        .sorted(Comparator.comparing(TopicInfo::topic))
        .forEach(
            t ->
                table.row(
                    t.topic(),
                    (long) t.partitions(),
                    (long) t.replication(),
                    Topics.keeps(t),
                    parts.log().sizeInBytes(t.topic())));
    return new Result.Rows(table);
  }

  private Result deadLetters(Show statement) {
    String of = statement.of().map(n -> " WHERE statement = ?").orElse("");
    List<Object> parameters =
        statement.of().map(n -> List.<Object>of(n.toString())).orElse(List.of());
    return new Result.Rows(
        parts
            .serving()
            .query(
                "SELECT statement, stage, topic, \"partition\", \"offset\", refused_at, code, field,"
                    + " message, coalesce(TRY(decode(record_value)),"
                    + " '0x' || lower(hex(record_value))) AS record FROM \""
                    + DeadLetters.NAME.object()
                    + "\""
                    + of
                    + " ORDER BY refused_at DESC, statement, topic, \"partition\", \"offset\"",
                parameters));
  }
}
