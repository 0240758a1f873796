package io.millrace.sink.jdbc;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.sink.WriterContext;
import java.io.IOException;
import java.io.Serializable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;

/**
 * Two tables beside the target, shared by all sinks of its schema. Immutable.
 *
 * <p>{@code millrace_ledger} has, for each sink:
 *
 * <ul>
 *   <li>{@code head}: the newest submission that has begun;
 *   <li>{@code writer-<subtask>}: who writes as that subtask. Each transaction of a writer updates
 *       its own row on condition that it is still the owner, so one that was cut off and does not
 *       know it changes nothing more, whichever way its transaction and its successor's are mixed;
 *   <li>{@code commit-<stage>}: what was committed, so that it can be repeated. Of the newest
 *       submission that has committed and the one before; of each the last {@value #REMEMBERED}
 *       checkpoints.
 * </ul>
 *
 * <p>{@code millrace_staged} holds rows that wait for their commit, as {@link RowText}. A stage is
 * inserted in one transaction, so a crash leaves either all of it or nothing. What no complete
 * checkpoint knows of is cleared away by the first commit of a newer epoch: all that the old
 * checkpoint had is committed before it.
 */
record Ledger(String sink, Target target, Dialect dialect) implements Serializable {
  /** Flink repeats the commits of one checkpoint, or of a few; this is far more. */
  private static final int REMEMBERED = 1000;

  private static final int ATTEMPTS = 5;
  private static final String ENTRY = " WHERE sink = ? AND entry = ?";

  private static final String LEDGER = "millrace_ledger";
  private static final String STAGED = "millrace_staged";

  /** The names of the two tables. */
  static final List<String> TABLES = List.of(LEDGER, STAGED);

  private String table() {
    return target.beside(LEDGER, dialect);
  }

  private String staged() {
    return target.beside(STAGED, dialect);
  }

  /** The statement that makes one of the two. */
  String definition(String name) {
    String columns =
        name.equals(LEDGER)
            ? "entry "
                + dialect.shortText(100)
                + " NOT NULL, epoch BIGINT NOT NULL, checkpoint_number BIGINT NOT NULL, row_count"
                + " BIGINT NOT NULL, owner VARCHAR(36) NOT NULL, PRIMARY KEY (sink, entry)"
            : "stage "
                + dialect.shortText(100)
                + " NOT NULL, part INT NOT NULL, epoch BIGINT NOT NULL, rows_as_text "
                + dialect.bytesType()
                + " NOT NULL, PRIMARY KEY (sink, stage, part)";
    return "CREATE TABLE "
        + target.beside(name, dialect)
        + " (sink "
        + dialect.shortText(401)
        + " NOT NULL, "
        + columns
        + ")";
  }

  // ---- writers --------------------------------------------------------------------------------

  /**
   * Takes over as a subtask's writer and answers the owner's name; SINK_FAILED where a newer
   * submission has begun.
   */
  String begin(Connection connection, WriterContext context) throws SQLException, IOException {
    String owner = UUID.randomUUID().toString();
    for (int attempt = 1; ; attempt++) {
      try {
        Database.inTransaction(connection, c -> claim(c, context, owner));
        return owner;
      } catch (SQLException e) {
        // Two that insert a row at once: the second finds it when it tries again.
        if (!Database.isDuplicate(e) || attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private Void claim(Connection connection, WriterContext context, String owner)
      throws SQLException {
    long epoch = context.epoch();
    // This row's lock makes all that begin wait for each other, until the transaction ends.
    if (update(connection, "SET epoch = ?" + ENTRY + " AND epoch <= ?", epoch, sink, "head", epoch)
        == 0) {
      if (exists(connection, "head")) {
        throw takenOver(epoch);
      }
      insert(connection, "head", epoch, 0, 0, "");
    }
    update(
        connection,
        "SET owner = '' WHERE sink = ? AND entry LIKE 'writer-%' AND epoch < ?",
        sink,
        epoch);
    String writer = writer(context);
    if (update(connection, "SET epoch = ?, owner = ?" + ENTRY, epoch, owner, sink, writer) == 0) {
      insert(connection, writer, epoch, 0, 0, owner);
    }
    return null;
  }

  private static String writer(WriterContext context) {
    return "writer-" + context.subtask();
  }

  /** Part of each transaction of a writer: SINK_FAILED where it is no longer the owner. */
  void check(Connection connection, WriterContext context, String owner, long checkpoint)
      throws SQLException {
    if (update(
            connection,
            "SET checkpoint_number = ?" + ENTRY + " AND owner = ?",
            checkpoint,
            sink,
            writer(context),
            owner)
        == 0) {
      throw takenOver(context.epoch());
    }
  }

  private MillraceException takenOver(long epoch) {
    return new MillraceException(
            ErrorCode.SINK_FAILED,
            "Cannot write to "
                + target
                + ": another writer has taken over from submission "
                + epoch)
        .hint(
            "If another server has a sink of the name "
                + sink
                + " into this schema, give one of them another name or another schema.");
  }

  /** Keeps a part of a stage; it is there once the transaction is. */
  void stage(Connection connection, String stage, int part, long epoch, byte[] rows)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO "
                + staged()
                + " (sink, stage, part, epoch, rows_as_text) VALUES (?, ?, ?, ?, ?)")) {
      statement.setString(1, sink);
      statement.setString(2, stage);
      statement.setInt(3, part);
      statement.setLong(4, epoch);
      statement.setBytes(5, rows);
      statement.executeUpdate();
    }
  }

  // ---- commits --------------------------------------------------------------------------------

  boolean isCommitted(Connection connection, StagedRows rows) throws SQLException {
    return exists(connection, "commit-" + rows.stage());
  }

  /** A part of a stage, or null where it is no longer there. */
  byte[] part(Connection connection, StagedRows rows, int part) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT rows_as_text FROM "
                + staged()
                + " WHERE sink = ? AND stage = ? AND part = ?")) {
      statement.setString(1, sink);
      statement.setString(2, rows.stage());
      statement.setInt(3, part);
      try (ResultSet found = statement.executeQuery()) {
        return found.next() ? found.getBytes(1) : null;
      }
    }
  }

  /** Part of the transaction that commits a stage: it is no longer staged, but committed. */
  void committed(Connection connection, StagedRows rows) throws SQLException, IOException {
    int parts =
        execute(
            connection,
            "DELETE FROM " + staged() + " WHERE sink = ? AND stage = ?",
            sink,
            rows.stage());
    if (parts != rows.parts()) {
      throw new IOException("Failed to commit " + rows + ": another committer is at work on it");
    }
    insert(connection, "commit-" + rows.stage(), rows.epoch(), rows.checkpoint(), rows.rows(), "");
    execute(
        connection,
        "DELETE FROM "
            + table()
            + " WHERE sink = ? AND entry LIKE 'commit-%' AND epoch = ? AND checkpoint_number < ?",
        sink,
        rows.epoch(),
        rows.checkpoint() - REMEMBERED);
  }

  /** Clears away what submissions before this one had staged in vain; part of a transaction. */
  void sweep(Connection connection, long epoch) throws SQLException {
    execute(connection, "DELETE FROM " + staged() + " WHERE sink = ? AND epoch < ?", sink, epoch);
    long before = 0;
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT MAX(epoch) FROM "
                + table()
                + " WHERE sink = ? AND entry LIKE 'commit-%' AND epoch < ?")) {
      statement.setString(1, sink);
      statement.setLong(2, epoch);
      try (ResultSet found = statement.executeQuery()) {
        found.next();
        before = found.getLong(1);
      }
    }
    execute(
        connection,
        "DELETE FROM " + table() + " WHERE sink = ? AND entry LIKE 'commit-%' AND epoch < ?",
        sink,
        before);
  }

  // ---- rows of the ledger ---------------------------------------------------------------------

  private boolean exists(Connection connection, String entry) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT epoch FROM " + table() + ENTRY)) {
      statement.setString(1, sink);
      statement.setString(2, entry);
      try (ResultSet found = statement.executeQuery()) {
        return found.next();
      }
    }
  }

  private void insert(
      Connection connection, String entry, long epoch, long checkpoint, long rows, String owner)
      throws SQLException {
    execute(
        connection,
        "INSERT INTO "
            + table()
            + " (sink, entry, epoch, checkpoint_number, row_count, owner) VALUES (?, ?, ?, ?, ?, ?)",
        sink,
        entry,
        epoch,
        checkpoint,
        rows,
        owner);
  }

  private int update(Connection connection, String rest, Object... parameters) throws SQLException {
    return execute(connection, "UPDATE " + table() + " " + rest, parameters);
  }

  private static int execute(Connection connection, String text, Object... parameters)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(text)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      return statement.executeUpdate();
    }
  }
}
