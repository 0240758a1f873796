package io.millrace.source.extract;

import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.model.Settings;
import io.millrace.source.Source;
import io.millrace.source.SourceRun;
import io.millrace.source.SourceTable;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One table or query of a database, read by the clock. */
final class ExtractSource implements Source {
  /** Rows that the driver fetches at once. */
  private static final int FETCH = 5_000;

  /** Times are looked at anew at least so often: the clock may have been set. */
  private static final Duration LONGEST_SLEEP = Duration.ofSeconds(30);

  /** Not in a cast, {@code x::since}. */
  private static final Pattern PARAMETER = Pattern.compile("(?<!:):(since|until)\\b");

  private final Settings settings;
  private final Plan plan;

  ExtractSource(Name name, Settings settings) {
    this.settings = settings;
    settings.get(ExtractConnector.URL);
    this.plan = Plan.of(name, settings);
  }

  private Connection connect() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", settings.get(ExtractConnector.USER));
    properties.setProperty("password", settings.get(ExtractConnector.PASSWORD));
    Connection connection =
        DriverManager.getConnection(settings.get(ExtractConnector.URL), properties);
    connection.setAutoCommit(false); // else PostgreSQL's driver fetches all rows at once
    connection.setReadOnly(true);
    return connection;
  }

  private MillraceException failed(String act, SQLException e) {
    return new MillraceException(
        ErrorCode.SOURCE_FAILED, "Cannot " + act + ": " + e.getMessage(), e);
  }

  @Override
  public List<SourceTable> tables() {
    try (Connection connection = connect();
        PreparedStatement statement =
            prepare(connection, "SELECT * FROM " + plan.from() + " WHERE 1 = 0");
        ResultSet result = query(statement, Instant.EPOCH, Instant.EPOCH)) {
      List<String> key = key(connection);
      List<Column> columns = columns(result.getMetaData(), key);
      for (String name : key) {
        require(columns, name);
      }
      plan.cursor().ifPresent(name -> require(columns, name));
      String id = plan.table().orElse("query");
      return List.of(
          new SourceTable(
              id,
              id.substring(id.lastIndexOf('.') + 1),
              new RowSchema(columns, key),
              Optional.empty()));
    } catch (SQLException e) {
      throw failed("read the columns of " + plan.from(), e);
    }
  }

  private static void require(List<Column> columns, String name) {
    if (columns.stream().noneMatch(column -> column.name().equalsIgnoreCase(name))) {
      throw new MillraceException(ErrorCode.NOT_FOUND, "Cannot extract: no such column: " + name);
    }
  }

  private static List<Column> columns(ResultSetMetaData result, List<String> key)
      throws SQLException {
    List<Column> columns = new ArrayList<>();
    for (int i = 1; i <= result.getColumnCount(); i++) {
      String name = result.getColumnLabel(i);
      boolean isKey = key.stream().anyMatch(name::equalsIgnoreCase);
      columns.add(new Column(name, JdbcTypes.of(result, i).withNullable(!isKey)));
    }
    return columns;
  }

  private List<String> key(Connection connection) throws SQLException {
    if (!plan.key().isEmpty()) {
      return plan.key();
    }
    String table = plan.table().orElseThrow();
    int dot = table.lastIndexOf('.');
    DatabaseMetaData database = connection.getMetaData();
    TreeMap<Integer, String> key = new TreeMap<>();
    try (ResultSet rows =
        database.getPrimaryKeys(
            connection.getCatalog(),
            dot < 0 ? connection.getSchema() : table.substring(0, dot),
            table.substring(dot + 1))) {
      while (rows.next()) {
        key.put(rows.getInt("KEY_SEQ"), rows.getString("COLUMN_NAME"));
      }
    }
    if (key.isEmpty()) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED, "Cannot extract " + table + ": it has no primary key")
          .hint("Say 'key': the columns that tell its rows apart.");
    }
    return List.copyOf(key.values());
  }

  private static PreparedStatement prepare(Connection connection, String sql) throws SQLException {
    PreparedStatement statement =
        connection.prepareStatement(PARAMETER.matcher(sql).replaceAll("?"));
    statement.setFetchSize(FETCH);
    return statement;
  }

  /** Runs what was prepared of a text with the parameters that it names. */
  private ResultSet query(PreparedStatement statement, Instant since, Instant until)
      throws SQLException {
    Matcher named = PARAMETER.matcher(plan.from());
    for (int i = 1; named.find(); i++) {
      statement.setTimestamp(
          i,
          Timestamp.from(named.group(1).toLowerCase(Locale.ROOT).equals("since") ? since : until));
    }
    return statement.executeQuery();
  }

  /** Nothing is left in a database that was only read. */
  @Override
  public void forget() {}

  @Override
  public void run(SourceRun run) throws InterruptedException {
    while (true) {
      Progress progress = Progress.of(run.writer().position());
      Instant last = Instant.parse(progress.began());
      Optional<Instant> due = plan.schedule().after(last);
      Instant now = Instant.now();
      if (due.isEmpty() || due.get().isAfter(now)) {
        Duration wait = due.map(at -> Duration.between(now, at)).orElse(LONGEST_SLEEP);
        Thread.sleep(Math.max(1, Math.min(wait.toMillis(), LONGEST_SLEEP.toMillis())));
        continue;
      }
      // However many times were missed: once.
      Extract extract =
          new Extract(run, plan, progress, now.isAfter(last) ? now : last.plusMillis(1));
      try {
        extract(extract, last);
      } catch (SQLException e) {
        MillraceException failure = failed("extract " + plan.from(), e);
        extract.fail(failure);
        throw failure;
      } catch (MillraceException e) {
        extract.fail(e);
        throw e;
      }
    }
  }

  private void extract(Extract extract, Instant last) throws SQLException, InterruptedException {
    try (Connection connection = connect()) {
      switch (plan.mode()) {
        case SNAPSHOT, QUERY -> {
          try (PreparedStatement statement = prepare(connection, "SELECT * FROM " + plan.from());
              ResultSet rows = query(statement, last, extract.began())) {
            extract.compare(rows);
          }
        }
        case APPEND -> extract.append(connection);
      }
    }
    extract.commit();
  }
}
