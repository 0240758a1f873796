package io.millrace.serving;

import io.millrace.catalog.History;
import io.millrace.catalog.Relation;
import io.millrace.format.Formats;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.Name;
import io.millrace.model.Setting;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A relation as a table of DuckDB: its columns, the statements that make and fill it, and what of
 * the relation the copy depends on. There is no key constraint: batches hold each key once and
 * replace what the table holds, which costs less than an index. Immutable.
 */
final class ServedTable {
  /** Says of a row in a batch that no later row of the batch has its key. */
  static final Column LATEST = new Column("_millrace_latest", DataType.BOOLEAN);

  /** Says of a row in a batch that it deletes its key. */
  static final Column DELETED = new Column("_millrace_deleted", DataType.BOOLEAN);

  private final Relation relation;
  private final List<Column> columns;
  private final Shape shape;

  /**
   * What a copy was made from: it is of use as long as {@code source} stays and columns are only
   * added.
   */
  record Shape(String source, List<String> columns, String comments) {
    Shape {
      columns = List.copyOf(columns);
    }

    /** Whether this is {@code older}, perhaps with columns more. */
    boolean extendsFrom(Shape older) {
      return source.equals(older.source) && columns.containsAll(older.columns);
    }
  }

  /** {@code topicId} tells a topic from another one of the same name. */
  ServedTable(Relation relation, String topicId) {
    this.relation = relation;
    List<Column> all = new ArrayList<>(relation.schema().columns());
    relation.metadata().forEach(m -> all.add(new Column(m.name(), m.type())));
    this.columns = List.copyOf(all);
    this.shape = shape(topicId);
  }

  private Shape shape(String topicId) {
    Map<String, String> decoding = new TreeMap<>();
    Set<String> keys =
        Formats.options(relation.format()).stream().map(Setting::key).collect(Collectors.toSet());
    relation
        .options()
        .forEach(
            (key, value) -> {
              if (keys.contains(key.toLowerCase(Locale.ROOT))) {
                decoding.put(key, value);
              }
            });
    String source =
        String.join(
            "\n",
            relation.kind().name(),
            relation.topic() + " " + topicId,
            relation.format().toLowerCase(Locale.ROOT) + " " + decoding,
            String.join(",", relation.schema().primaryKey()).toLowerCase(Locale.ROOT),
            relation.metadata().stream()
                .map(m -> m.name() + " " + m.type() + " " + m.key())
                .collect(Collectors.joining(",")));
    return new Shape(
        source,
        columns.stream()
            .map(c -> c.name().toLowerCase(Locale.ROOT) + " " + DuckDbTypes.sqlType(c.type()))
            .toList(),
        String.join("\n", comments()));
  }

  Shape shape() {
    return shape;
  }

  private String schemaName() {
    return DuckDbTypes.quote(relation.name().schema());
  }

  private String tableName() {
    return schemaName() + "." + DuckDbTypes.quote(relation.name().object());
  }

  /** The columns of a batch, in the order of a row writer: contract, metadata, then the flags. */
  List<Column> batchColumns() {
    List<Column> all = new ArrayList<>(columns);
    if (relation.isTable()) {
      all.add(LATEST);
      all.add(DELETED);
    }
    return all;
  }

  /** Columns as SELECT * shows them: computed ones are left out. */
  private List<Column> shown() {
    Set<Column> ordered = new LinkedHashSet<>();
    for (String name : relation.columnOrder()) {
      named(name).ifPresent(ordered::add);
    }
    ordered.addAll(columns);
    return List.copyOf(ordered);
  }

  private Optional<Column> named(String name) {
    return columns.stream().filter(c -> c.name().equalsIgnoreCase(name)).findFirst();
  }

  /** Statements that make the table anew. */
  List<String> create() {
    List<String> statements = new ArrayList<>();
    statements.add("CREATE SCHEMA IF NOT EXISTS " + schemaName());
    statements.add(drop());
    statements.add(
        "CREATE TABLE "
            + tableName()
            + shown().stream().map(this::definition).collect(Collectors.joining(", ", "(", ")")));
    versionsOf().map(this::asOf).ifPresent(statements::add);
    statements.addAll(comments());
    return statements;
  }

  /** The table whose versions these are. */
  private Optional<Name> versionsOf() {
    return relation.filledBy().filter(table -> History.versions(table).equals(relation.name()));
  }

  /** A function that answers for a past instant: the table's columns of the versions then valid. */
  private String asOf(Name table) {
    return "CREATE OR REPLACE MACRO "
        + asOfName(table)
        + "(instant) AS TABLE SELECT "
        + shown().stream()
            .filter(column -> !History.isOfVersions(column.name()))
            .map(column -> DuckDbTypes.quote(column.name()))
            .collect(Collectors.joining(", "))
        + " FROM "
        + tableName()
        + " WHERE "
        + History.VALID_FROM
        + " <= instant AND ("
        + History.VALID_TO
        + " > instant OR "
        + History.VALID_TO
        + " IS NULL)";
  }

  private static String asOfName(Name table) {
    return DuckDbTypes.quote(table.schema()) + "." + DuckDbTypes.quote(table.object() + "_as_of");
  }

  private String definition(Column column) {
    boolean key = relation.schema().primaryKey().stream().anyMatch(column.name()::equalsIgnoreCase);
    return DuckDbTypes.quote(column.name())
        + " "
        + DuckDbTypes.sqlType(column.type())
        + (key ? " NOT NULL" : "");
  }

  String drop() {
    return drop(relation.name());
  }

  /** Also where nothing but the name is known any more. */
  static String drop(Name name) {
    String table =
        "DROP TABLE IF EXISTS "
            + DuckDbTypes.quote(name.schema())
            + "."
            + DuckDbTypes.quote(name.object());
    return History.tableOf(name)
        .map(of -> "DROP MACRO TABLE IF EXISTS " + asOfName(of) + "; " + table)
        .orElse(table);
  }

  /** Statements that bring a table of the older shape to this one. */
  List<String> evolve(Shape older) {
    List<String> statements = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      if (!older.columns().contains(shape.columns().get(i))) {
        statements.add("ALTER TABLE " + tableName() + " ADD COLUMN " + definition(columns.get(i)));
      }
    }
    statements.addAll(comments());
    return statements;
  }

  private List<String> comments() {
    List<String> statements = new ArrayList<>();
    relation
        .comment()
        .ifPresent(
            text ->
                statements.add(
                    "COMMENT ON TABLE " + tableName() + " IS " + DuckDbTypes.literal(text)));
    for (Column column : columns) {
      column
          .comment()
          .ifPresent(
              text ->
                  statements.add(
                      "COMMENT ON COLUMN "
                          + tableName()
                          + "."
                          + DuckDbTypes.quote(column.name())
                          + " IS "
                          + DuckDbTypes.literal(text)));
    }
    return statements;
  }

  /** Removes what a batch of a keyed table replaces or deletes. */
  String deleteReplaced() {
    List<String> keys =
        relation.schema().primaryKey().stream()
            .map(key -> DuckDbTypes.quote(named(key).orElseThrow().name()))
            .toList();
    return "DELETE FROM "
        + tableName()
        + " AS held USING (SELECT "
        + String.join(", ", keys)
        + " FROM "
        + Database.BATCH
        + " WHERE "
        + LATEST.name()
        + ") AS changed WHERE "
        + keys.stream()
            .map(key -> "held." + key + " = changed." + key)
            .collect(Collectors.joining(" AND "));
  }

  /** Adds the rows of a batch. */
  String insert() {
    String names =
        columns.stream().map(c -> DuckDbTypes.quote(c.name())).collect(Collectors.joining(", "));
    return "INSERT INTO "
        + tableName()
        + " ("
        + names
        + ") SELECT "
        + names
        + " FROM "
        + Database.BATCH
        + (relation.isTable() ? " WHERE " + LATEST.name() + " AND NOT " + DELETED.name() : "");
  }

  /** Removes the oldest rows of a stream: its rows lie in the order in which they came. */
  String deleteOldest(long rows) {
    return "DELETE FROM "
        + tableName()
        + " WHERE rowid < coalesce((SELECT rowid FROM "
        + tableName()
        + " LIMIT 1 OFFSET "
        + rows
        + "), "
        + Long.MAX_VALUE
        + ")";
  }

  String count() {
    return "SELECT count(*) FROM " + tableName();
  }
}
