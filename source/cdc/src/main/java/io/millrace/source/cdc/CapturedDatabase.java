package io.millrace.source.cdc;

import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import io.millrace.source.SourceTable;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.connect.data.Struct;

/**
 * A database whose changes are captured: what differs from one make to the next. SOURCE_FAILED from
 * every method that asks the database where it refuses or cannot be reached. Thread-safe.
 */
abstract class CapturedDatabase {
  private final String patterns;
  private final ColumnTypes types;

  /**
   * @param patterns of the tables, by comma
   */
  CapturedDatabase(String patterns, ColumnTypes types) {
    this.patterns = patterns;
    this.types = types;
  }

  /** A new connection of the one who reads. */
  protected abstract Connection connect() throws SQLException;

  /** What is asked for, such as {@code shop at db:5432}, for messages. */
  protected abstract String place();

  /** The schema or database of a table that is named alone. */
  protected abstract String usualSchema();

  /** SOURCE_FAILED with what to do where the server does not log changes as they are needed. */
  protected abstract void requireLog(Connection connection) throws SQLException;

  /** All its tables by id. */
  protected abstract Map<String, Described> describe(Connection connection) throws SQLException;

  /** What to do about tables that are refused. */
  protected abstract String remedy(List<String> tables);

  /**
   * Adds Debezium's settings that its connector for this make needs.
   *
   * @param tables the ids of those to follow
   */
  abstract void configure(Properties settings, Set<String> tables);

  /** Why the database has not all any more that happened since; empty where it has. */
  abstract Optional<String> lostSince(Position position);

  /** Takes away what the database keeps for us, before all is read anew and when nothing is. */
  abstract void forget();

  /** The id of the table that a change is of, by Debezium's block {@code source}. */
  abstract String tableOf(Struct source);

  /** Where in the database's log it stands: a number that rises from change to change. */
  abstract long placeOf(Struct source);

  ColumnTypes types() {
    return types;
  }

  /** A table as the database describes it. */
  protected static final class Described {
    private final String schema;
    private final String name;
    private final Optional<String> comment;
    private final List<Column> columns = new ArrayList<>();
    private final Map<Integer, String> key = new TreeMap<>();

    private String refusal;

    Described(String schema, String name, Optional<String> comment) {
      this.schema = schema;
      this.name = name;
      this.comment = comment;
    }

    String id() {
      return schema + "." + name;
    }

    /**
     * @param inKey its number in the PRIMARY KEY; null where it is not part of it
     */
    void add(Column column, Integer inKey) {
      columns.add(
          new Column(column.name(), column.type().withNullable(inKey == null), column.comment()));
      if (inKey != null) {
        key.put(inKey, column.name());
      }
    }

    /** Says why it cannot be followed; the first reason counts. */
    void refuse(String why) {
      refusal = refusal == null ? why : refusal;
    }

    boolean isKeyAlone() {
      return key.size() == columns.size();
    }
  }

  protected interface Asked<T> {
    T ask(Connection connection) throws SQLException;
  }

  protected final <T> T ask(String act, Asked<T> asked) {
    try (Connection connection = connect()) {
      return asked.ask(connection);
    } catch (SQLException e) {
      throw failed(act, e);
    }
  }

  MillraceException failed(String act, Exception e) {
    return new MillraceException(
        ErrorCode.SOURCE_FAILED, "Cannot " + act + " " + place() + ": " + e.getMessage(), e);
  }

  /** Refuses what cannot be followed; NOT_FOUND where a pattern names no table. */
  List<SourceTable> tables() {
    List<Described> chosen =
        ask(
            "read the tables of database",
            connection -> {
              requireLog(connection);
              return choose(describe(connection));
            });
    requireKeys(chosen);
    requireUnrefused(chosen);
    return chosen.stream()
        .map(
            t ->
                new SourceTable(
                    t.id(),
                    t.name,
                    new RowSchema(t.columns, List.copyOf(t.key.values())),
                    t.comment))
        .toList();
  }

  private List<Described> choose(Map<String, Described> all) {
    Map<String, Described> chosen = new LinkedHashMap<>();
    for (String pattern : patterns.split(",")) {
      Pattern matches = pattern(pattern.strip());
      int before = chosen.size();
      all.values().stream()
          .filter(table -> matches.matcher(table.id()).matches())
          .forEach(table -> chosen.put(table.id(), table));
      if (chosen.size() == before) {
        throw new MillraceException(
                ErrorCode.NOT_FOUND,
                "Cannot read " + pattern.strip() + ": there is no such table in " + place())
            .hint("Tables: " + some(all) + ".");
      }
    }
    return List.copyOf(chosen.values());
  }

  private static String some(Map<String, Described> tables) {
    return tables.isEmpty()
        ? "none"
        : tables.keySet().stream().limit(10).collect(Collectors.joining(", "))
            + (tables.size() > 10 ? ", ..." : "");
  }

  private Pattern pattern(String text) {
    String whole = text.contains(".") ? text : usualSchema() + "." + text;
    return Pattern.compile(
        Arrays.stream(whole.split("\\*", -1))
            .map(Pattern::quote)
            .collect(Collectors.joining(".*")));
  }

  private static void requireKeys(List<Described> tables) {
    List<String> without = tables.stream().filter(t -> t.key.isEmpty()).map(Described::id).toList();
    if (!without.isEmpty()) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot follow " + String.join(", ", without) + ": there is no PRIMARY KEY")
          .hint("Add one, or name the other tables alone.");
    }
  }

  private void requireUnrefused(List<Described> tables) {
    List<Described> refused = tables.stream().filter(t -> t.refusal != null).toList();
    if (!refused.isEmpty()) {
      List<String> ids = refused.stream().map(Described::id).toList();
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot follow " + String.join(", ", ids) + ": " + refused.get(0).refusal)
          .hint(remedy(ids));
    }
  }

  /** Debezium takes regular expressions, by comma. */
  protected static String exactly(Set<String> tables) {
    Pattern special = Pattern.compile("[^A-Za-z0-9_]");
    return tables.stream()
        .map(table -> special.matcher(table).replaceAll(m -> "\\\\" + m.group()))
        .collect(Collectors.joining(","));
  }
}
