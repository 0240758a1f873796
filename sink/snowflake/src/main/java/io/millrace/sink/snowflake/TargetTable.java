package io.millrace.sink.snowflake;

import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The table that rows go to: made from the contract, followed by it, or checked against it. */
final class TargetTable {
  /** How far the table may be altered to follow the contract. */
  enum Evolve {
    /** Not at all. */
    OFF,
    /** Columns that it lacks are added. */
    COLUMNS,
    /** Columns that are too narrow for the contract are widened too. */
    TYPES
  }

  private record Found(TargetType type, boolean nullable, boolean hasDefault) {}

  private final String what;
  private final String name;
  private final RowSchema contract;
  private final boolean lineage;

  /**
   * @param what names the sink in errors
   * @param name the table, quoted
   */
  TargetTable(String what, String name, RowSchema contract, boolean lineage) {
    this.what = what;
    this.name = name;
    this.contract = contract;
    this.lineage = lineage;
  }

  /** The statement that makes the table. */
  String definition() {
    List<String> columns = new ArrayList<>();
    for (Column column : contract.columns()) {
      columns.add(
          definition(Sql.fold(column.name()), TargetType.of(column.type()))
              + (column.type().nullable() ? "" : " NOT NULL"));
    }
    lineageColumns().forEach(column -> columns.add(definition(column, lineageType())));
    return "CREATE TABLE IF NOT EXISTS " + name + " (" + String.join(", ", columns) + ")";
  }

  private static TargetType lineageType() {
    return new TargetType("NUMBER", 38, 0);
  }

  private List<String> lineageColumns() {
    return lineage ? List.of(SnowflakeSink.PARTITION, SnowflakeSink.OFFSET) : List.of();
  }

  private static String definition(String column, TargetType type) {
    return Sql.quote(column) + " " + type.text();
  }

  /**
   * Makes the table where there is none and {@code create} says so, lets it follow the contract as
   * far as {@code evolve} says, and answers where each column goes. Throws SINK_FAILED naming every
   * column that does not fit.
   */
  List<TargetColumn> prepare(Session session, boolean create, Evolve evolve) throws SQLException {
    Optional<Map<String, Found>> found = describe(session);
    if (found.isEmpty()) {
      requireMayCreate(create);
      session.execute(definition());
      found = describe(session);
    }
    Map<String, Found> columns = found.orElseThrow();
    List<String> changes = follow(columns, evolve);
    if (!changes.isEmpty()) {
      for (String change : changes) {
        session.execute(change);
      }
      columns = describe(session).orElseThrow();
    }
    return matched(columns);
  }

  /** Throws what {@link #prepare} would throw, and changes nothing. */
  void check(Session session, boolean create, Evolve evolve) throws SQLException {
    Optional<Map<String, Found>> found = describe(session);
    if (found.isEmpty()) {
      requireMayCreate(create);
      return;
    }
    follow(found.get(), evolve);
    matched(found.get());
  }

  private void requireMayCreate(boolean create) {
    if (!create) {
      throw new MillraceException(
              ErrorCode.SINK_FAILED, "Cannot create " + what + ": there is no table " + name)
          .hint("Create it, or set 'create' = 'on': " + definition());
    }
  }

  private Optional<Map<String, Found>> describe(Session session) throws SQLException {
    try {
      Map<String, Found> columns = new LinkedHashMap<>();
      for (List<String> row : session.rows("DESCRIBE TABLE " + name)) {
        columns.put(
            row.get(0),
            new Found(TargetType.parse(row.get(1)), "Y".equals(row.get(3)), row.get(4) != null));
      }
      return Optional.of(columns);
    } catch (SQLException e) {
      if (Failures.isMissingObject(e)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static String find(Map<String, Found> columns, String contractName) {
    return columns.containsKey(contractName) ? contractName : Sql.fold(contractName);
  }

  /** Statements that let the table follow the contract; {@code columns} become what it has then. */
  private List<String> follow(Map<String, Found> columns, Evolve evolve) {
    List<String> changes = new ArrayList<>();
    if (evolve == Evolve.OFF) {
      return changes;
    }
    List<String> missing = new ArrayList<>();
    for (Column column : contract.columns()) {
      String target = find(columns, column.name());
      Found found = columns.get(target);
      if (found == null) {
        missing.add(definition(target, TargetType.of(column.type())));
        columns.put(target, new Found(TargetType.of(column.type()), true, false));
      } else if (evolve == Evolve.TYPES
          && !found.type().widenedFor(column.type()).equals(found.type())) {
        TargetType widened = found.type().widenedFor(column.type());
        changes.add(
            "ALTER TABLE "
                + name
                + " ALTER COLUMN "
                + Sql.quote(target)
                + " SET DATA TYPE "
                + widened.text());
        columns.put(target, new Found(widened, found.nullable(), found.hasDefault()));
      }
    }
    for (String column : lineageColumns()) {
      if (columns.putIfAbsent(column, new Found(lineageType(), true, false)) == null) {
        missing.add(definition(column, lineageType()));
      }
    }
    if (!missing.isEmpty()) {
      changes.add("ALTER TABLE " + name + " ADD COLUMN " + String.join(", ", missing));
    }
    return changes;
  }

  private List<TargetColumn> matched(Map<String, Found> columns) {
    List<String> wrong = new ArrayList<>();
    List<TargetColumn> matched = new ArrayList<>();
    Map<String, Found> unmatched = new LinkedHashMap<>(columns);
    for (Column column : contract.columns()) {
      String target = find(columns, column.name());
      Found found = unmatched.remove(target);
      if (found == null) {
        wrong.add(column.name() + " " + column.type().bareText() + " has no column there");
      } else if (!found.type().takes(column.type())) {
        wrong.add(
            column.name()
                + " is "
                + column.type().bareText()
                + " and "
                + target
                + " there is "
                + found.type().text());
      } else {
        matched.add(
            new TargetColumn(
                column, target, found.type(), !found.nullable() || !column.type().nullable()));
      }
    }
    lineageColumns().stream()
        .filter(column -> unmatched.remove(column) == null)
        .forEach(column -> wrong.add("'lineage-columns' wants " + column + " there"));
    unmatched.forEach(
        (column, found) -> {
          if (!found.nullable() && !found.hasDefault()) {
            wrong.add(column + " there is NOT NULL and no column of the contract fills it");
          }
        });
    if (!wrong.isEmpty()) {
      throw new MillraceException(
              ErrorCode.SINK_FAILED,
              "Cannot create "
                  + what
                  + ": table "
                  + name
                  + " does not fit: "
                  + wrong.stream().collect(Collectors.joining("; ")))
          .hint(
              "Alter the table, let the sink do so ('evolve' = 'types'), or deliver a query that"
                  + " casts: CREATE SINK ... AS SELECT.");
    }
    return matched;
  }
}
