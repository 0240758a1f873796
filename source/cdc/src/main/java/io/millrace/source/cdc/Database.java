package io.millrace.source.cdc;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import io.millrace.model.Settings;
import io.millrace.source.SourceTable;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/** What is asked of the PostgreSQL database itself: its tables, its slots. Thread-safe. */
final class Database {
  /**
   * Ordinary tables with their columns: what a domain stands for instead of the domain, and what an
   * array holds. Documented at https://www.postgresql.org/docs/current/catalogs.html.
   */
  private static final String COLUMNS =
      """
      SELECT n.nspname, c.relname, c.relreplident, obj_description(c.oid, 'pg_class'),
             a.attname, t.typname, e.typname AS element,
             CASE WHEN d.typtype = 'd' THEN d.typtypmod ELSE a.atttypmod END AS modifier,
             col_description(c.oid, a.attnum),
             array_position(i.indkey::int2[], a.attnum) AS in_key
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_type d ON d.oid = a.atttypid
        JOIN pg_type t ON t.oid = CASE WHEN d.typtype = 'd' THEN d.typbasetype ELSE d.oid END
        LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
        LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
       WHERE c.relkind = 'r' AND NOT c.relispartition
         AND n.nspname NOT IN ('pg_catalog', 'information_schema')
       ORDER BY n.nspname, c.relname, a.attnum
      """;

  private final Settings settings;
  private final String url;
  private final Properties parsed;

  Database(Settings settings) {
    this.settings = settings;
    this.url = settings.get(PostgresConnector.URL);
    this.parsed =
        url.startsWith("jdbc:postgresql:") ? Driver.parseURL(url, new Properties()) : null;
    if (parsed == null) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION, "Invalid value for 'url': it names no PostgreSQL database")
          .hint(PostgresConnector.URL.meaning());
    }
    String hosts = PGProperty.PG_HOST.getOrDefault(parsed);
    if (hosts.contains(",")) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION, "Invalid value for 'url': it names more than one host")
          .hint("Replication slots live on one server: name that.");
    }
  }

  String host() {
    return PGProperty.PG_HOST.getOrDefault(parsed);
  }

  String port() {
    return PGProperty.PG_PORT.getOrDefault(parsed);
  }

  String name() {
    return PGProperty.PG_DBNAME.getOrDefault(parsed);
  }

  /** What the URL says behind the question mark. */
  Map<String, String> driverProperties() {
    Map<String, String> properties = new TreeMap<>();
    for (String key : parsed.stringPropertyNames()) {
      properties.put(key, parsed.getProperty(key));
    }
    properties.keySet().removeAll(List.of("PGHOST", "PGPORT", "PGDBNAME"));
    return properties;
  }

  private Connection connect() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", settings.get(PostgresConnector.USER));
    properties.setProperty("password", settings.get(PostgresConnector.PASSWORD));
    properties.setProperty("connectTimeout", "10");
    properties.setProperty("socketTimeout", "60");
    properties.setProperty("ApplicationName", "millrace");
    return DriverManager.getConnection(url, properties);
  }

  private interface Asked<T> {
    T ask(Connection connection) throws SQLException;
  }

  private <T> T ask(String act, Asked<T> asked) {
    try (Connection connection = connect()) {
      return asked.ask(connection);
    } catch (SQLException e) {
      throw failed(act, e);
    }
  }

  MillraceException failed(String act, Exception e) {
    return new MillraceException(
        ErrorCode.SOURCE_FAILED,
        "Cannot " + act + " " + name() + " at " + host() + ":" + port() + ": " + e.getMessage(),
        e);
  }

  /** A table as the database describes it. */
  private static final class Described {
    private final String schema;
    private final String name;
    private final Optional<String> comment;
    private final boolean wholeRows;
    private final List<Column> columns = new ArrayList<>();
    private final Map<Integer, String> key = new TreeMap<>();
    private boolean more;

    Described(ResultSet row) throws SQLException {
      schema = row.getString(1);
      name = row.getString(2);
      wholeRows = row.getString(3).equals("f");
      comment = Optional.ofNullable(row.getString(4));
    }

    String id() {
      return schema + "." + name;
    }
  }

  /** Refuses what cannot be followed; NOT_FOUND where a pattern names no table. */
  List<SourceTable> tables() {
    return ask(
        "read the tables of database",
        connection -> {
          requireLogical(connection);
          Map<String, Described> all = describe(connection);
          Map<String, Described> chosen = new LinkedHashMap<>();
          for (String pattern : settings.get(PostgresConnector.TABLES).split(",")) {
            Pattern matches = pattern(pattern.strip());
            int before = chosen.size();
            all.values().stream()
                .filter(table -> matches.matcher(table.id()).matches())
                .forEach(table -> chosen.put(table.id(), table));
            if (chosen.size() == before) {
              throw new MillraceException(
                      ErrorCode.NOT_FOUND,
                      "Cannot read " + pattern.strip() + ": there is no such table in " + name())
                  .hint("Tables: " + some(all) + ".");
            }
          }
          requireKeys(chosen);
          requireWholeRows(chosen);
          return chosen.values().stream()
              .map(
                  t ->
                      new SourceTable(
                          t.id(),
                          t.name,
                          new RowSchema(t.columns, List.copyOf(t.key.values())),
                          t.comment))
              .toList();
        });
  }

  private static String some(Map<String, Described> tables) {
    return tables.isEmpty()
        ? "none"
        : tables.keySet().stream().limit(10).collect(Collectors.joining(", "))
            + (tables.size() > 10 ? ", ..." : "");
  }

  private static Pattern pattern(String text) {
    String whole = text.contains(".") ? text : "public." + text;
    return Pattern.compile(
        Arrays.stream(whole.split("\\*", -1))
            .map(Pattern::quote)
            .collect(Collectors.joining(".*")));
  }

  private static void requireLogical(Connection connection) throws SQLException {
    try (ResultSet row =
        connection.createStatement().executeQuery("SELECT current_setting('wal_level')")) {
      row.next();
      if (!row.getString(1).equals("logical")) {
        throw new MillraceException(
                ErrorCode.SOURCE_FAILED,
                "Cannot follow the database's changes: its wal_level is " + row.getString(1))
            .hint("ALTER SYSTEM SET wal_level = logical; and restart PostgreSQL.");
      }
    }
  }

  private static Map<String, Described> describe(Connection connection) throws SQLException {
    Map<String, Described> tables = new LinkedHashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(COLUMNS);
        ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        Described table = new Described(row);
        table = tables.merge(table.id(), table, (known, same) -> known);
        int inKey = row.getInt(10);
        boolean isKey = !row.wasNull();
        DataType type = PostgresTypes.of(row.getString(6), row.getString(7), row.getInt(8));
        table.columns.add(
            new Column(
                row.getString(5),
                type.withNullable(!isKey),
                Optional.ofNullable(row.getString(9))));
        if (isKey) {
          table.key.put(inKey, row.getString(5));
        }
        table.more |= !isKey;
      }
    }
    return tables;
  }

  private static void requireKeys(Map<String, Described> tables) {
    List<String> without =
        tables.values().stream().filter(t -> t.key.isEmpty()).map(Described::id).toList();
    if (!without.isEmpty()) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot follow " + String.join(", ", without) + ": there is no PRIMARY KEY")
          .hint("Add one, or name the other tables alone.");
    }
  }

  /**
   * Without it a large value that is stored apart (TOAST) is in the log only where it was changed,
   * and of a deleted row there is the key alone.
   */
  private static void requireWholeRows(Map<String, Described> tables) {
    List<Described> partial = tables.values().stream().filter(t -> t.more && !t.wholeRows).toList();
    if (!partial.isEmpty()) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot follow "
                  + partial.stream().map(Described::id).collect(Collectors.joining(", "))
                  + ": their changes would not tell whole rows")
          .hint(
              "In the database: "
                  + partial.stream()
                      .map(t -> "ALTER TABLE " + t.id() + " REPLICA IDENTITY FULL;")
                      .collect(Collectors.joining(" ")));
    }
  }

  /** How far the slot was confirmed as read; empty where there is no such slot, or none of use. */
  OptionalLong confirmed(String slot) {
    return ask(
        "look for the replication slot in database",
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "SELECT confirmed_flush_lsn - '0/0'::pg_lsn FROM pg_replication_slots"
                      + " WHERE slot_name = ? AND coalesce(wal_status, '') <> 'lost'")) {
            statement.setString(1, slot);
            try (ResultSet row = statement.executeQuery()) {
              return row.next() && row.getBigDecimal(1) != null
                  ? OptionalLong.of(row.getBigDecimal(1).longValueExact())
                  : OptionalLong.empty();
            }
          }
        });
  }

  /** Drops slot and publication, and ends who still reads the slot. */
  void dropSlot(String slot) {
    ask(
        "drop the replication slot in database",
        connection -> {
          try (PreparedStatement end =
              connection.prepareStatement(
                  "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots"
                      + " WHERE slot_name = ? AND active")) {
            end.setString(1, slot);
            end.execute();
          }
          try (PreparedStatement drop =
              connection.prepareStatement(
                  "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
                      + " WHERE slot_name = ?")) {
            drop.setString(1, slot);
            drop.execute();
          }
          try (var drop = connection.createStatement()) {
            drop.execute("DROP PUBLICATION IF EXISTS \"" + slot.replace("\"", "\"\"") + "\"");
          }
          return null;
        });
  }
}
