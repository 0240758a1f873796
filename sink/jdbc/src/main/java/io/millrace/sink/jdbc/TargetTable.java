package io.millrace.sink.jdbc;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Makes the target from the contract, adds columns that the contract has more, and says which
 * column does not fit. Used by one thread; each step is safe to repeat.
 */
final class TargetTable {
  private final Connection connection;
  private final Dialect dialect;
  private final String what;
  private final boolean mayChange;

  /** A column as the database describes it; {@code type} is one of {@link Types}. */
  private record Found(
      String name,
      int type,
      String typeName,
      int size,
      int scale,
      boolean required,
      boolean filled) {}

  /**
   * @param what the sink, for errors
   * @param mayChange whether the table may be created and given columns
   */
  TargetTable(Connection connection, Dialect dialect, String what, boolean mayChange) {
    this.connection = connection;
    this.dialect = dialect;
    this.what = what;
    this.mayChange = mayChange;
  }

  private MillraceException failed(String reason) {
    return new MillraceException(ErrorCode.SINK_FAILED, "Cannot create " + what + ": " + reason);
  }

  /** The table as a target of these rows. */
  Target prepare(String schema, String table, RowSchema rows) throws SQLException {
    Target named = new Target(schema, table, List.of());
    Map<String, Found> found = columns(named);
    if (found.isEmpty()) {
      create(named, rows);
    } else {
      addColumns(named, rows, found);
    }
    Target target = new Target(schema, table, fit(named, rows, columns(named)));
    if (rows.isKeyed()) {
      checkKey(target);
    }
    return target;
  }

  /** Throws what {@link #prepare} would throw, and changes nothing. */
  void check(String schema, String table, RowSchema rows) throws SQLException {
    Target named = new Target(schema, table, List.of());
    Map<String, Found> found = columns(named);
    if (found.isEmpty()) {
      requireMayCreate(named);
      return;
    }
    List<Column> there = new ArrayList<>();
    for (Column column : rows.columns()) {
      if (found.containsKey(column.name().toLowerCase(Locale.ROOT))) {
        there.add(column);
      } else {
        requireMayAdd(named, rows, column);
      }
    }
    fit(named, new RowSchema(there, rows.primaryKey()), found);
  }

  private List<TargetColumn> fit(Target named, RowSchema rows, Map<String, Found> found) {
    Set<String> keys =
        rows.primaryKey().stream().map(k -> k.toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
    List<TargetColumn> columns = new ArrayList<>();
    for (Column column : rows.columns()) {
      boolean key = keys.contains(column.name().toLowerCase(Locale.ROOT));
      columns.add(fit(named, column, key, found.get(column.name().toLowerCase(Locale.ROOT))));
    }
    checkOthers(named, columns, found);
    return columns;
  }

  // ---- what there is --------------------------------------------------------------------------

  private String catalog(Target target) throws SQLException {
    return dialect.schemasAreCatalogs() && !target.schema().isEmpty()
        ? target.schema()
        : connection.getCatalog();
  }

  private String schema(Target target) throws SQLException {
    if (dialect.schemasAreCatalogs()) {
      return null;
    }
    return target.schema().isEmpty() ? connection.getSchema() : target.schema();
  }

  /** By name in lower case; empty where there is no such table. */
  private Map<String, Found> columns(Target target) throws SQLException {
    DatabaseMetaData metadata = connection.getMetaData();
    Map<String, Found> found = new LinkedHashMap<>();
    String escape = metadata.getSearchStringEscape();
    String pattern =
        target
            .table()
            .replace(escape, escape + escape)
            .replace("_", escape + "_")
            .replace("%", escape + "%");
    try (ResultSet columns = metadata.getColumns(catalog(target), schema(target), pattern, null)) {
      while (columns.next()) {
        String name = columns.getString("COLUMN_NAME");
        found.put(
            name.toLowerCase(Locale.ROOT),
            new Found(
                name,
                columns.getInt("DATA_TYPE"),
                columns.getString("TYPE_NAME"),
                columns.getInt("COLUMN_SIZE"),
                columns.getInt("DECIMAL_DIGITS"),
                columns.getInt("NULLABLE") == DatabaseMetaData.columnNoNulls,
                columns.getString("COLUMN_DEF") != null
                    || "YES".equals(columns.getString("IS_AUTOINCREMENT"))
                    || "YES".equals(columns.getString("IS_GENERATEDCOLUMN"))));
      }
    }
    connection.commit();
    return found;
  }

  // ---- what is made ---------------------------------------------------------------------------

  private void create(Target target, RowSchema rows) throws SQLException {
    requireMayCreate(target);
    List<String> definitions = new ArrayList<>();
    for (Column column : rows.columns()) {
      boolean key = rows.primaryKey().stream().anyMatch(column.name()::equalsIgnoreCase);
      definitions.add(
          dialect.quote(column.name())
              + " "
              + dialect.type(column.type(), key)
              + (column.type().nullable() && !key ? "" : " NOT NULL"));
    }
    if (rows.isKeyed()) {
      definitions.add(
          "PRIMARY KEY ("
              + rows.primaryKey().stream()
                  .map(k -> dialect.quote(rows.column(rows.indexOf(k)).name()))
                  .collect(Collectors.joining(", "))
              + ")");
    }
    execute("CREATE TABLE " + target.quoted(dialect) + " (" + String.join(", ", definitions) + ")");
  }

  private void requireMayCreate(Target target) {
    if (!mayChange) {
      throw failed("there is no table " + target).hint("Create it, or set 'create-table' to 'on'.");
    }
  }

  private void requireMayAdd(Target target, RowSchema rows, Column column) {
    if (!mayChange || rows.primaryKey().stream().anyMatch(column.name()::equalsIgnoreCase)) {
      throw failed("table " + target + " has no column " + column.name())
          .hint(
              "Add it: ALTER TABLE "
                  + target.quoted(dialect)
                  + " ADD COLUMN "
                  + dialect.quote(column.name())
                  + " "
                  + dialect.type(column.type(), false)
                  + (mayChange ? "." : "; or set 'create-table' to 'on'."));
    }
  }

  /** A column that the contract was given later has no value in the rows before: it is nullable. */
  private void addColumns(Target target, RowSchema rows, Map<String, Found> found)
      throws SQLException {
    for (Column column : rows.columns()) {
      if (found.containsKey(column.name().toLowerCase(Locale.ROOT))) {
        continue;
      }
      requireMayAdd(target, rows, column);
      execute(
          "ALTER TABLE "
              + target.quoted(dialect)
              + " ADD COLUMN "
              + dialect.quote(column.name())
              + " "
              + dialect.type(column.type(), false));
    }
  }

  /** Makes a table unless it is there. */
  void createIfMissing(Target target, String statement) throws SQLException {
    if (columns(target).isEmpty()) {
      try {
        execute(statement);
      } catch (SQLException e) {
        // Another sink's CREATE may have been quicker.
        connection.rollback();
        if (columns(target).isEmpty()) {
          throw e;
        }
      }
    }
  }

  private void execute(String text) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(text);
    }
    connection.commit();
  }

  // ---- what does not fit ----------------------------------------------------------------------

  private TargetColumn fit(Target target, Column column, boolean key, Found found) {
    int characters = TargetColumn.ANY;
    int bytes = TargetColumn.ANY;
    int digits = TargetColumn.ANY;
    boolean fits;
    switch (column.type().kind()) {
      case BOOLEAN -> fits = isOneOf(found, Types.BOOLEAN, Types.BIT, Types.TINYINT);
      case INT, BIGINT -> {
        bytes = bytes(found);
        boolean decimal = isOneOf(found, Types.NUMERIC, Types.DECIMAL);
        digits = decimal && found.size() > 0 ? found.size() - found.scale() : TargetColumn.ANY;
        fits = bytes != TargetColumn.ANY || decimal;
      }
      case FLOAT ->
          fits =
              isOneOf(found, Types.DOUBLE)
                  || !dialect.roundsSinglePrecision() && isOneOf(found, Types.REAL, Types.FLOAT);
      case DOUBLE -> fits = isOneOf(found, Types.DOUBLE, Types.FLOAT);
      case DECIMAL -> {
        DataType.Decimal type = (DataType.Decimal) column.type();
        boolean bounded = found.size() > 0 && found.size() < 1000; // PostgreSQL's bare numeric
        fits =
            isOneOf(found, Types.NUMERIC, Types.DECIMAL)
                && (!bounded || found.scale() >= type.scale());
        if (bounded && found.size() - found.scale() < type.precision() - type.scale()) {
          digits = found.size() - found.scale();
        }
      }
      case STRING -> {
        fits = isText(found);
        if (found.size() > 0) {
          characters = found.size();
        }
      }
      case BYTES ->
          fits = isOneOf(found, Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY, Types.BLOB);
      case DATE -> fits = isOneOf(found, Types.DATE);
      case TIME -> fits = isOneOf(found, Types.TIME);
      case TIMESTAMP -> fits = isOneOf(found, Types.TIMESTAMP);
      case TIMESTAMP_LTZ ->
          fits =
              isOneOf(found, Types.TIMESTAMP, Types.TIMESTAMP_WITH_TIMEZONE)
                  && (!dialect.knowsTimeZones() || isZoned(found));
      case ARRAY, MAP, ROW ->
          fits = isText(found) || found.typeName().toLowerCase(Locale.ROOT).contains("json");
      default -> throw new IllegalStateException(column.type().toString());
    }
    if (!fits) {
      String wanted = dialect.type(column.type(), key);
      throw failed(
              "column "
                  + found.name()
                  + " of table "
                  + target
                  + " is "
                  + found.typeName()
                  + ", which does not hold "
                  + column.type())
          .hint("Change its type to " + wanted + ", or write to another table.");
    }
    return new TargetColumn(
        column.name(),
        found.name(),
        column.type(),
        key,
        found.required() || !column.type().nullable(),
        characters,
        bytes,
        digits);
  }

  private static boolean isOneOf(Found found, int... types) {
    for (int type : types) {
      if (found.type() == type) {
        return true;
      }
    }
    return false;
  }

  private static boolean isText(Found found) {
    return isOneOf(
        found,
        Types.CHAR,
        Types.VARCHAR,
        Types.LONGVARCHAR,
        Types.NCHAR,
        Types.NVARCHAR,
        Types.LONGNVARCHAR,
        Types.CLOB);
  }

  private static boolean isZoned(Found found) {
    String name = found.typeName().toLowerCase(Locale.ROOT);
    return name.contains("tz") || name.contains("with time zone");
  }

  private static int bytes(Found found) {
    return switch (found.type()) {
      case Types.TINYINT -> 1;
      case Types.SMALLINT -> 2;
      case Types.INTEGER -> 4;
      case Types.BIGINT -> 8;
      default -> TargetColumn.ANY;
    };
  }

  /** Columns that only the table has must do without a value. */
  private void checkOthers(Target target, List<TargetColumn> columns, Map<String, Found> found) {
    Set<String> ours = columns.stream().map(TargetColumn::target).collect(Collectors.toSet());
    for (Found other : found.values()) {
      if (other.required() && !other.filled() && !ours.contains(other.name())) {
        throw failed(
                "column "
                    + other.name()
                    + " of table "
                    + target
                    + " is NOT NULL, has no default, and the contract does not have it")
            .hint("Give it a default, or let it be null.");
      }
    }
  }

  /** Rows are set by key only where the table itself has that key. */
  private void checkKey(Target target) throws SQLException {
    Set<String> wanted =
        target.keys().stream().map(TargetColumn::target).collect(Collectors.toSet());
    Map<String, Set<String>> unique = new HashMap<>();
    try (ResultSet indexes =
        connection
            .getMetaData()
            .getIndexInfo(catalog(target), schema(target), target.table(), true, false)) {
      while (indexes.next()) {
        if (indexes.getString("INDEX_NAME") != null && indexes.getString("COLUMN_NAME") != null) {
          String column = indexes.getString("COLUMN_NAME");
          unique
              .computeIfAbsent(indexes.getString("INDEX_NAME"), i -> new HashSet<>())
              .add(unquoted(column));
        }
      }
    }
    String names = Target.names(target.keys(), dialect);
    if (!unique.containsValue(wanted)) {
      throw failed("table " + target + " has no unique key of " + names)
          .hint("ALTER TABLE " + target.quoted(dialect) + " ADD PRIMARY KEY (" + names + ").");
    }
    Optional<String> trouble = dialect.keyTrouble(connection, target);
    connection.commit();
    if (trouble.isPresent()) {
      throw failed(trouble.get())
          .hint("Give it a binary collation, such as utf8mb4_bin, or write to another table.");
    }
  }

  private static String unquoted(String name) {
    return name.length() > 2 && name.startsWith("\"") && name.endsWith("\"")
        ? name.substring(1, name.length() - 1).replace("\"\"", "\"")
        : name;
  }
}
