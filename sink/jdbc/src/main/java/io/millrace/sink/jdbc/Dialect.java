package io.millrace.sink.jdbc;

import io.millrace.model.DataType;
import io.millrace.sink.documents.Utf8Buffer;
import java.io.IOException;
import java.io.Serializable;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/** What databases do each in their own way. Immutable and thread-safe. */
sealed interface Dialect extends Serializable
    permits PostgresDialect, MariaDbDialect, StandardDialect {

  static Dialect of(String url) {
    if (url.startsWith("jdbc:postgresql:")) {
      return new PostgresDialect();
    }
    if (url.startsWith("jdbc:mariadb:") || url.startsWith("jdbc:mysql:")) {
      return new MariaDbDialect();
    }
    return new StandardDialect();
  }

  /** The URL under which the driver answers. */
  default String url(String written) {
    return written;
  }

  /** What the driver is told beside user and password. */
  default Properties properties() {
    return new Properties();
  }

  /** Statements that each connection begins with. */
  default List<String> greetings() {
    return List.of();
  }

  /** Whether a schema in a table's name is what JDBC calls a catalog. */
  default boolean schemasAreCatalogs() {
    return false;
  }

  default String quote(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }

  /** The type of a new column. */
  String type(DataType type, boolean key);

  /** The type of a text of limited length that compares byte by byte. */
  String shortText(int length);

  String bytesType();

  /** Whether a text may hold U+0000. */
  boolean holdsZeroCharacter();

  /** Whether a floating-point column may hold NaN and the infinities. */
  boolean holdsNotANumber();

  /** Whether a column of single precision gives back other digits than it was given. */
  default boolean roundsSinglePrecision() {
    return false;
  }

  /** Whether the type for TIMESTAMP_LTZ has an offset; else it is written as local time in UTC. */
  boolean knowsTimeZones();

  /** What stands in the way of telling keys apart in this table, as the end of a sentence. */
  default Optional<String> keyTrouble(Connection connection, Target target) throws SQLException {
    return Optional.empty();
  }

  /** Appends rows of {@link RowText}; within the connection's transaction. */
  default void append(
      Connection connection, Target target, List<TargetColumn> columns, byte[] rows, int size)
      throws SQLException, IOException {
    BatchStatements.run(
        connection,
        this,
        BatchStatements.insert(this, target, columns),
        columns,
        columns,
        rows,
        size);
  }

  /** Sets rows by key, no key twice; within the connection's transaction. */
  void upsert(Connection connection, Target target, Utf8Buffer rows)
      throws SQLException, IOException;

  /** Deletes by key: the rows hold the key columns alone; within the connection's transaction. */
  default void delete(Connection connection, Target target, Utf8Buffer keys)
      throws SQLException, IOException {
    BatchStatements.run(
        connection,
        this,
        BatchStatements.delete(this, target),
        target.keys(),
        target.keys(),
        keys.array(),
        keys.size());
  }
}
