package io.millrace.source.cdc;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Settings;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.connect.data.Struct;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/** One PostgreSQL database, followed by a replication slot and a publication of one name. */
final class PostgresDatabase extends CapturedDatabase {
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
  private final String slot;

  PostgresDatabase(Name source, Settings settings) {
    super(settings.get(PostgresConnector.TABLES), new PostgresTypes());
    this.settings = settings;
    this.url = settings.get(PostgresConnector.URL);
    settings.get(PostgresConnector.USER);
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
    this.slot = settings.find(PostgresConnector.SLOT).orElseGet(() -> slotOf(source));
    if (!slot.matches("[a-z0-9_]{1,63}")) {
      throw new MillraceException(ErrorCode.INVALID_OPTION, "Invalid value for 'slot': " + slot)
          .hint("PostgreSQL takes lower-case letters, digits and _, 63 at most.");
    }
  }

  private static String slotOf(Name name) {
    String text =
        "millrace_" + name.toString().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "_");
    return text.substring(0, Math.min(63, text.length()));
  }

  private String host() {
    return PGProperty.PG_HOST.getOrDefault(parsed);
  }

  private String port() {
    return PGProperty.PG_PORT.getOrDefault(parsed);
  }

  private String name() {
    return PGProperty.PG_DBNAME.getOrDefault(parsed);
  }

  @Override
  protected String place() {
    return name() + " at " + host() + ":" + port();
  }

  @Override
  protected String usualSchema() {
    return "public";
  }

  @Override
  protected Connection connect() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", settings.get(PostgresConnector.USER));
    properties.setProperty("password", settings.get(PostgresConnector.PASSWORD));
    properties.setProperty("connectTimeout", "10");
    properties.setProperty("socketTimeout", "60");
    properties.setProperty("ApplicationName", "millrace");
    return DriverManager.getConnection(url, properties);
  }

  @Override
  protected void requireLog(Connection connection) throws SQLException {
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

  @Override
  protected Map<String, Described> describe(Connection connection) throws SQLException {
    Map<String, Described> tables = new LinkedHashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(COLUMNS);
        ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        Described table =
            new Described(
                row.getString(1), row.getString(2), Optional.ofNullable(row.getString(4)));
        table = tables.merge(table.id(), table, (known, same) -> known);
        DataType type = PostgresTypes.of(row.getString(6), row.getString(7), row.getInt(8));
        table.add(
            new Column(row.getString(5), type, Optional.ofNullable(row.getString(9))),
            row.getObject(10, Integer.class));
        if (!row.getString(3).equals("f") && !table.isKeyAlone()) {
          // A large value that is stored apart (TOAST) would be in the log only where it was
          // changed, and of a deleted row the key alone.
          table.refuse("its changes would not tell whole rows");
        }
      }
    }
    return tables;
  }

  @Override
  protected String remedy(List<String> tables) {
    return "In the database: "
        + tables.stream()
            .map(id -> "ALTER TABLE " + id + " REPLICA IDENTITY FULL;")
            .collect(Collectors.joining(" "));
  }

  /** Documented at https://debezium.io/documentation/reference/stable/connectors/postgresql. */
  @Override
  void configure(Properties p, Set<String> tables) {
    p.put("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
    p.put("database.hostname", host());
    p.put("database.port", port());
    p.put("database.dbname", name());
    p.put("database.user", settings.get(PostgresConnector.USER));
    p.put("database.password", settings.get(PostgresConnector.PASSWORD));
    for (String key : parsed.stringPropertyNames()) { // what the URL says behind the question mark
      if (!key.startsWith("PG")) {
        p.put("driver." + key, parsed.getProperty(key));
      }
    }
    p.put("plugin.name", "pgoutput");
    p.put("slot.name", slot);
    p.put("slot.retry.delay.ms", "2000");
    p.put("publication.name", slot);
    p.put("publication.autocreate.mode", "filtered");
    p.put("table.include.list", exactly(tables));
    p.put("money.fraction.digits", "2");
    p.put("hstore.handling.mode", "json");
    p.put("interval.handling.mode", "string");
    p.put("include.unknown.datatypes", "true");
    p.put(
        "heartbeat.interval.ms",
        Long.toString(settings.get(PostgresConnector.HEARTBEAT).toMillis()));
  }

  /** A slot that is dropped, or read by another, has passed what we did not read. */
  @Override
  Optional<String> lostSince(Position position) {
    OptionalLong confirmed = confirmed();
    long read = ((Number) position.offset().get("lsn")).longValue();
    return confirmed.isPresent() && confirmed.getAsLong() <= read
        ? Optional.empty()
        : Optional.of(
            "replication slot "
                + slot
                + (confirmed.isEmpty() ? " is gone" : " was moved on by another"));
  }

  @Override
  String tableOf(Struct source) {
    return source.getString("schema") + "." + source.getString("table");
  }

  @Override
  long placeOf(Struct source) {
    return source.getInt64("lsn");
  }

  /** How far the slot was confirmed as read; empty where there is no such slot, or none of use. */
  private OptionalLong confirmed() {
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

  /**
   * Drops slot and publication, and ends who still reads the slot. A slot that is made with the
   * first reading begins exactly where that ends; an older one does not.
   */
  @Override
  void forget() {
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
