package io.millrace.sink.jdbc;

import io.millrace.model.DataType;
import io.millrace.sink.documents.Utf8Buffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * MariaDB and MySQL, by MariaDB's driver: bulk statements, and {@code INSERT ... ON DUPLICATE KEY
 * UPDATE}. Texts are compared byte by byte: the databases' own default takes {@code a}, {@code A}
 * and {@code á} for one key.
 */
record MariaDbDialect() implements Dialect {
  @Override
  public String url(String written) {
    return written.startsWith("jdbc:mysql:")
        ? "jdbc:mariadb:" + written.substring("jdbc:mysql:".length())
        : written;
  }

  @Override
  public Properties properties() {
    Properties properties = new Properties();
    properties.setProperty("useBulkStmts", "true");
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("connectTimeout", "10000");
    return properties;
  }

  @Override
  public List<String> greetings() {
    return List.of(
        "SET time_zone = '+00:00'", "SET sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'");
  }

  @Override
  public boolean schemasAreCatalogs() {
    return true;
  }

  @Override
  public String quote(String identifier) {
    return '`' + identifier.replace("`", "``") + '`';
  }

  @Override
  public String type(DataType type, boolean key) {
    return switch (type.kind()) {
      case BOOLEAN -> "BOOLEAN";
      case INT -> "INT";
      case BIGINT -> "BIGINT";
      case FLOAT, DOUBLE -> "DOUBLE";
      case DECIMAL -> type.bareText();
      case STRING -> key ? shortText(255) : "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
      case BYTES -> key ? "VARBINARY(255)" : bytesType();
      case DATE -> "DATE";
      case TIME -> "TIME(" + ((DataType.Temporal) type).precision() + ")";
      case TIMESTAMP, TIMESTAMP_LTZ -> "DATETIME(" + ((DataType.Temporal) type).precision() + ")";
      case ARRAY, MAP, ROW -> "JSON";
    };
  }

  @Override
  public String shortText(int length) {
    return "VARCHAR(" + length + ") CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
  }

  @Override
  public String bytesType() {
    return "LONGBLOB";
  }

  @Override
  public boolean holdsZeroCharacter() {
    return true;
  }

  @Override
  public boolean holdsNotANumber() {
    return false;
  }

  /** MariaDB reads a FLOAT with six digits of its value. */
  @Override
  public boolean roundsSinglePrecision() {
    return true;
  }

  @Override
  public boolean knowsTimeZones() {
    return false;
  }

  @Override
  public Optional<String> keyTrouble(Connection connection, Target target) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT column_name, collation_name FROM information_schema.columns"
                + " WHERE table_schema = COALESCE(?, DATABASE()) AND table_name = ?")) {
      statement.setString(1, target.schema().isEmpty() ? null : target.schema());
      statement.setString(2, target.table());
      try (ResultSet found = statement.executeQuery()) {
        while (found.next()) {
          String name = found.getString(1);
          String collation = found.getString(2);
          if (collation != null
              && !collation.endsWith("_bin")
              && target.keys().stream().anyMatch(c -> c.target().equals(name))) {
            return Optional.of(
                "key column "
                    + name
                    + " has collation "
                    + collation
                    + ", which takes different keys for the same");
          }
        }
      }
    }
    return Optional.empty();
  }

  @Override
  public void upsert(Connection connection, Target target, Utf8Buffer rows) throws SQLException {
    String updates =
        target.columns().stream()
            .filter(c -> !c.key() || target.keys().size() == target.columns().size())
            .map(c -> quote(c.target()) + " = VALUES(" + quote(c.target()) + ")")
            .collect(Collectors.joining(", "));
    BatchStatements.run(
        connection,
        this,
        BatchStatements.insert(this, target, target.columns())
            + " ON DUPLICATE KEY UPDATE "
            + updates,
        target.columns(),
        target.columns(),
        rows.array(),
        rows.size());
  }
}
