package io.millrace.source.cdc;

import io.millrace.format.debezium.SourcePosition;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Settings;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
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
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.CRC32;
import org.apache.kafka.connect.data.Struct;

/** One MariaDB or MySQL server, followed as a replica would follow it. */
final class MySqlDatabase extends CapturedDatabase {
  private static final String COLUMNS =
      """
      SELECT c.TABLE_SCHEMA, c.TABLE_NAME, t.TABLE_COMMENT, c.COLUMN_NAME, c.DATA_TYPE,
             c.COLUMN_TYPE, c.NUMERIC_PRECISION, c.NUMERIC_SCALE, c.DATETIME_PRECISION,
             c.COLUMN_COMMENT, k.ORDINAL_POSITION
        FROM information_schema.COLUMNS c
        JOIN information_schema.TABLES t
          ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
        LEFT JOIN information_schema.KEY_COLUMN_USAGE k
          ON k.CONSTRAINT_NAME = 'PRIMARY' AND k.TABLE_SCHEMA = c.TABLE_SCHEMA
         AND k.TABLE_NAME = c.TABLE_NAME AND k.COLUMN_NAME = c.COLUMN_NAME
       WHERE t.TABLE_TYPE = 'BASE TABLE' AND t.TABLE_SCHEMA NOT IN
             ('mysql', 'information_schema', 'performance_schema', 'sys')
       ORDER BY c.TABLE_SCHEMA, c.TABLE_NAME, c.ORDINAL_POSITION
      """;

  private static final String SCHEME = "(?i)jdbc:(mariadb|mysql)://.*";
  private static final int USUAL_PORT = 3306;

  private final Settings settings;
  private final URI url;
  private final String database;
  private final int serverId;

  MySqlDatabase(Name source, Settings settings) {
    super(settings.get(MySqlConnector.TABLES), new MySqlTypes());
    this.settings = settings;
    this.url = parse(settings.get(MySqlConnector.URL));
    this.database = url.getPath() == null ? "" : url.getPath().replaceFirst("^/", "");
    settings.get(MySqlConnector.USER);
    this.serverId = settings.find(MySqlConnector.SERVER_ID).orElseGet(() -> idOf(source));
  }

  private static URI parse(String text) {
    try {
      URI parsed = new URI(text.replaceFirst("(?i)^jdbc:", ""));
      if (!text.matches(SCHEME) || parsed.getHost() == null) {
        throw invalid("it names no MariaDB or MySQL database", null);
      }
      if (parsed.getQuery() != null) {
        throw invalid("it has options (" + parsed.getQuery() + "), and none are known", null);
      }
      return parsed;
    } catch (URISyntaxException e) {
      throw invalid("it names no MariaDB or MySQL database", e);
    }
  }

  private static MillraceException invalid(String why, Exception cause) {
    return new MillraceException(ErrorCode.INVALID_OPTION, "Invalid value for 'url': " + why, cause)
        .hint(MySqlConnector.URL.meaning());
  }

  /** Far from the small numbers that servers have. */
  private static int idOf(Name source) {
    CRC32 sum = new CRC32();
    sum.update(source.folded().getBytes(StandardCharsets.UTF_8));
    return (int) (sum.getValue() & 0x3fffffff | 0x40000000);
  }

  private int port() {
    return url.getPort() < 0 ? USUAL_PORT : url.getPort();
  }

  @Override
  protected String place() {
    return database + " at " + url.getHost() + ":" + port();
  }

  @Override
  protected String usualSchema() {
    return database;
  }

  @Override
  protected Connection connect() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", settings.get(MySqlConnector.USER));
    properties.setProperty("password", settings.get(MySqlConnector.PASSWORD));
    properties.setProperty("connectTimeout", "10000");
    properties.setProperty("socketTimeout", "60000");
    properties.setProperty("sslMode", isEncrypted() ? "verify-full" : "disable");
    return DriverManager.getConnection(
        "jdbc:mariadb://" + url.getHost() + ":" + port() + "/" + database, properties);
  }

  private boolean isEncrypted() {
    return settings.get(MySqlConnector.TLS);
  }

  private static String variable(Connection connection, String name) throws SQLException {
    try (ResultSet row =
        connection.createStatement().executeQuery("SHOW GLOBAL VARIABLES LIKE '" + name + "'")) {
      return row.next() ? row.getString(2) : "";
    }
  }

  @Override
  protected void requireLog(Connection connection) throws SQLException {
    requireVariable(connection, "log_bin", "ON");
    requireVariable(connection, "binlog_format", "ROW");
    requireVariable(connection, "binlog_row_image", "FULL");
  }

  private static void requireVariable(Connection connection, String name, String needed)
      throws SQLException {
    String value = variable(connection, name);
    if (!value.equalsIgnoreCase(needed)) {
      throw new MillraceException(
              ErrorCode.SOURCE_FAILED,
              "Cannot follow the server's changes: its " + name + " is " + value)
          .hint("Under [mysqld]: log_bin, binlog_format=ROW, binlog_row_image=FULL; and restart.");
    }
  }

  @Override
  protected Map<String, Described> describe(Connection connection) throws SQLException {
    Map<String, Described> tables = new LinkedHashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(COLUMNS);
        ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        Described table =
            new Described(row.getString(1), row.getString(2), comment(row.getString(3)));
        table = tables.merge(table.id(), table, (known, same) -> known);
        Optional<DataType> type =
            MySqlTypes.of(
                row.getString(5).toLowerCase(Locale.ROOT),
                row.getString(6).contains("unsigned"),
                row.getInt(7),
                row.getInt(8),
                row.getInt(9));
        if (type.isEmpty()) {
          table.refuse("column " + row.getString(4) + " has type " + row.getString(6));
        }
        table.add(
            new Column(row.getString(4), type.orElse(DataType.STRING), comment(row.getString(10))),
            row.getObject(11, Integer.class));
      }
    }
    return tables;
  }

  private static Optional<String> comment(String text) {
    return Optional.ofNullable(text).filter(t -> !t.isEmpty());
  }

  @Override
  protected String remedy(List<String> tables) {
    return "Name the other tables alone, or give the column another type.";
  }

  /**
   * Documented at https://debezium.io/documentation/reference/stable/connectors/mariadb and
   * .../mysql.
   */
  @Override
  void configure(Properties p, Set<String> tables) {
    boolean isMariaDb =
        ask("connect to database", c -> c.getMetaData().getDatabaseProductVersion())
            .toLowerCase(Locale.ROOT)
            .contains("mariadb");
    p.put(
        "connector.class",
        isMariaDb
            ? "io.debezium.connector.mariadb.MariaDbConnector"
            : "io.debezium.connector.mysql.MySqlConnector");
    p.put(
        "database.ssl.mode",
        isEncrypted()
            ? isMariaDb ? "verify-full" : "verify_identity"
            : isMariaDb ? "disable" : "disabled");
    p.put("database.hostname", url.getHost());
    p.put("database.port", String.valueOf(port()));
    p.put("database.user", settings.get(MySqlConnector.USER));
    p.put("database.password", settings.get(MySqlConnector.PASSWORD));
    p.put("database.server.id", String.valueOf(serverId));
    p.put("database.include.list", exactly(databases(tables)));
    p.put("table.include.list", exactly(tables));
    p.put("include.schema.changes", "false");
    p.put("schema.history.internal.store.only.captured.tables.ddl", "true");
    p.put("bigint.unsigned.handling.mode", "precise");
    // A connection that is made anew within a transaction would tell its beginning again.
    p.put("connect.keep.alive", "false");
    String beat = Long.toString(settings.get(MySqlConnector.HEARTBEAT).toMillis());
    p.put("connect.keep.alive.interval.ms", beat);
    p.put("heartbeat.interval.ms", beat);
  }

  private static Set<String> databases(Set<String> tables) {
    Set<String> databases = new TreeSet<>();
    tables.forEach(table -> databases.add(table.substring(0, table.indexOf('.'))));
    return databases;
  }

  /** A log that is purged, or was begun anew, has not what comes after the position. */
  @Override
  Optional<String> lostSince(Position position) {
    String file = (String) position.offset().get("file");
    long read = ((Number) position.offset().get("pos")).longValue();
    return ask(
        "look for the binary log of database",
        connection -> {
          try (ResultSet row = connection.createStatement().executeQuery("SHOW BINARY LOGS")) {
            while (row.next()) {
              if (row.getString(1).equals(file) && row.getLong(2) >= read) {
                return Optional.empty();
              }
            }
            return Optional.of("binary log " + file + " is gone");
          }
        });
  }

  /** The server keeps nothing for its readers. */
  @Override
  void forget() {}

  @Override
  String tableOf(Struct source) {
    return source.getString("db") + "." + source.getString("table");
  }

  @Override
  long placeOf(Struct source) {
    String file = source.getString("file");
    long number = Long.parseLong(file.substring(file.lastIndexOf('.') + 1));
    return SourcePosition.ofBinaryLog(number, source.getInt64("pos"), source.getInt32("row"));
  }
}
