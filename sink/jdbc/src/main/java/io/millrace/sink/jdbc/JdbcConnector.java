package io.millrace.sink.jdbc;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Setting;
import io.millrace.model.Settings;
import io.millrace.sink.Capability;
import io.millrace.sink.Guarantee;
import io.millrace.sink.Sink;
import io.millrace.sink.SinkConnector;
import io.millrace.sink.SinkDefinition;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * {@code INTO jdbc}: a stream appended to a table exactly once, or a table kept by key, in
 * PostgreSQL, MariaDB, MySQL, or another database whose driver is on the class path.
 */
public final class JdbcConnector implements SinkConnector {
  private static final long serialVersionUID = 1L;

  static final Setting<String> URL =
      Setting.text("url", null, "The database: 'jdbc:postgresql://host:5432/database'.");
  static final Setting<String> USER = Setting.text("user", "", "Who logs in.");
  static final Setting<String> PASSWORD =
      Setting.text("password", "", "The password: '${env:NAME}' or '${file:PATH}'.");
  static final Setting<String> TABLE =
      Setting.text(
          "table",
          null,
          "The table, as 'table' or 'schema.table', in the case it has; unless said, the sink's name.");
  static final Setting<Boolean> CREATE_TABLE =
      Setting.onOff(
          "create-table",
          "on",
          "Whether the table is created from the contract and given the columns added to it.");
  static final Setting<Integer> MAX_ROWS =
      Setting.integer("max-rows", "10000", "Keys of a table that are written in one transaction.");
  static final Setting<Long> MAX_BYTES =
      Setting.bytes(
          "max-bytes",
          "4 MB",
          "What a task gathers in memory before it sends rows to the database.");

  @Override
  public String type() {
    return "jdbc";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(URL, USER, PASSWORD, TABLE, CREATE_TABLE, MAX_ROWS, MAX_BYTES);
  }

  /** The weaker of two: a stream is written exactly once, a table effectively once by key. */
  @Override
  public List<Setting<?>> secrets() {
    return List.of(PASSWORD);
  }

  @Override
  public Capability capability() {
    return new Capability(Guarantee.EFFECTIVELY_ONCE_BY_KEY, true, true);
  }

  @Override
  public Sink create(SinkDefinition definition) {
    String what = "sink " + definition.name();
    Settings settings = Settings.of(what, definition.options(), settings());
    int maxRows = positive(MAX_ROWS, settings).intValue();
    long maxBytes = positive(MAX_BYTES, settings).longValue();
    Dialect dialect = dialect(settings);
    Database database = database(settings, dialect);
    Target named = named(definition, settings);
    String schema = named.schema();
    try (Connection connection = database.connect()) {
      TargetTable tables = new TargetTable(connection, dialect, what, settings.get(CREATE_TABLE));
      Target target = tables.prepare(schema, named.table(), definition.schema());
      Ledger ledger = new Ledger(definition.name().folded(), target, dialect);
      for (String name : Ledger.TABLES) {
        tables.createIfMissing(new Target(schema, name, List.of()), ledger.definition(name));
      }
      return definition.table()
          ? new JdbcTableSink(definition.schema(), database, target, ledger, maxRows, maxBytes)
          : new JdbcStreamSink(definition.schema(), database, target, ledger, maxBytes);
    } catch (SQLException e) {
      throw refused("Cannot create " + what, e);
    }
  }

  @Override
  public void check(SinkDefinition definition) {
    String what = "sink " + definition.name();
    Settings settings = Settings.of(what, definition.options(), settings());
    Dialect dialect = dialect(settings);
    Target named = named(definition, settings);
    try (Connection connection = database(settings, dialect).connect()) {
      new TargetTable(connection, dialect, what, settings.get(CREATE_TABLE))
          .check(named.schema(), named.table(), definition.schema());
    } catch (SQLException e) {
      throw refused("Cannot ask the database of " + what, e);
    }
  }

  private static MillraceException refused(String what, SQLException e) {
    return new MillraceException(ErrorCode.SINK_FAILED, what + ": " + e.getMessage(), e)
        .hint("Correct 'url', 'user', 'password' or 'table', or allow the user what it needs.");
  }

  private static Dialect dialect(Settings settings) {
    String url = settings.get(URL);
    if (!url.startsWith("jdbc:")) {
      throw new MillraceException(ErrorCode.INVALID_OPTION, "Invalid value for 'url': no JDBC URL")
          .hint("Write it as 'jdbc:postgresql://host:5432/database'.");
    }
    return Dialect.of(url);
  }

  private static Database database(Settings settings, Dialect dialect) {
    return new Database(settings.get(URL), settings.get(USER), settings.get(PASSWORD), dialect);
  }

  /** The target by its name alone. */
  private static Target named(SinkDefinition definition, Settings settings) {
    String place = settings.find(TABLE).orElse(definition.name().object());
    int dot = place.indexOf('.');
    return new Target(dot < 0 ? "" : place.substring(0, dot), place.substring(dot + 1), List.of());
  }

  private static <N extends Number> N positive(Setting<N> setting, Settings settings) {
    N value = settings.get(setting);
    if (value.longValue() <= 0) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION, "Invalid value for '" + setting.key() + "': " + value)
          .hint("Write a number above 0.");
    }
    return value;
  }
}
