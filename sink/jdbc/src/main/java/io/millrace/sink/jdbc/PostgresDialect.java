package io.millrace.sink.jdbc;

import io.millrace.model.DataType;
import io.millrace.sink.documents.Utf8Buffer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;

/**
 * PostgreSQL: rows go in by COPY; changes are copied into a temporary table first and applied from
 * there by one statement, {@code INSERT ... ON CONFLICT} or {@code DELETE ... USING}.
 */
record PostgresDialect() implements Dialect {
  private static final String CHANGES = "pg_temp.millrace_changes";

  @Override
  public Properties properties() {
    Properties properties = new Properties();
    properties.setProperty("ApplicationName", "millrace");
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("connectTimeout", "10");
    return properties;
  }

  @Override
  public List<String> greetings() {
    return List.of("SET TIME ZONE 'UTC'");
  }

  @Override
  public String type(DataType type, boolean key) {
    return switch (type.kind()) {
      case BOOLEAN -> "boolean";
      case INT -> "integer";
      case BIGINT -> "bigint";
      case FLOAT -> "real";
      case DOUBLE -> "double precision";
      case DECIMAL ->
          "numeric("
              + ((DataType.Decimal) type).precision()
              + ", "
              + ((DataType.Decimal) type).scale()
              + ")";
      case STRING -> "text";
      case BYTES -> bytesType();
      case DATE -> "date";
      case TIME -> "time(" + ((DataType.Temporal) type).precision() + ")";
      case TIMESTAMP -> "timestamp(" + ((DataType.Temporal) type).precision() + ")";
      case TIMESTAMP_LTZ -> "timestamptz(" + ((DataType.Temporal) type).precision() + ")";
      case ARRAY, MAP, ROW -> "jsonb";
    };
  }

  @Override
  public String shortText(int length) {
    return "varchar(" + length + ") COLLATE \"C\"";
  }

  @Override
  public String bytesType() {
    return "bytea";
  }

  @Override
  public boolean holdsZeroCharacter() {
    return false;
  }

  @Override
  public boolean holdsNotANumber() {
    return true;
  }

  @Override
  public boolean knowsTimeZones() {
    return true;
  }

  @Override
  public void append(
      Connection connection, Target target, List<TargetColumn> columns, byte[] rows, int size)
      throws SQLException, IOException {
    copy(connection, target.quoted(this) + " (" + Target.names(columns, this) + ")", rows, size);
  }

  private static void copy(Connection connection, String into, byte[] rows, int size)
      throws SQLException, IOException {
    connection
        .unwrap(PGConnection.class)
        .getCopyAPI()
        .copyIn(
            "COPY " + into + " FROM STDIN (ENCODING 'UTF8')",
            new ByteArrayInputStream(rows, 0, size));
  }

  @Override
  public void upsert(Connection connection, Target target, Utf8Buffer rows)
      throws SQLException, IOException {
    String names = Target.names(target.columns(), this);
    String updates =
        target.columns().stream()
            .filter(c -> !c.key())
            .map(c -> quote(c.target()) + " = EXCLUDED." + quote(c.target()))
            .collect(Collectors.joining(", "));
    apply(
        connection,
        target,
        target.columns(),
        rows,
        "INSERT INTO "
            + target.quoted(this)
            + " ("
            + names
            + ") SELECT "
            + names
            + " FROM "
            + CHANGES
            + " ON CONFLICT ("
            + Target.names(target.keys(), this)
            + (updates.isEmpty() ? ") DO NOTHING" : ") DO UPDATE SET " + updates));
  }

  @Override
  public void delete(Connection connection, Target target, Utf8Buffer keys)
      throws SQLException, IOException {
    apply(
        connection,
        target,
        target.keys(),
        keys,
        "DELETE FROM "
            + target.quoted(this)
            + " t USING "
            + CHANGES
            + " c WHERE "
            + target.keys().stream()
                .map(c -> "t." + quote(c.target()) + " = c." + quote(c.target()))
                .collect(Collectors.joining(" AND ")));
  }

  private void apply(
      Connection connection,
      Target target,
      List<TargetColumn> columns,
      Utf8Buffer rows,
      String statementText)
      throws SQLException, IOException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TEMPORARY TABLE millrace_changes ON COMMIT DROP AS SELECT "
              + Target.names(columns, this)
              + " FROM "
              + target.quoted(this)
              + " WITH NO DATA");
      copy(connection, CHANGES, rows.array(), rows.size());
      statement.execute(statementText);
      statement.execute("DROP TABLE " + CHANGES);
    }
  }
}
