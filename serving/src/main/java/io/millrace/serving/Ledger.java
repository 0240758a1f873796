package io.millrace.serving;

import io.millrace.model.Name;
import io.millrace.model.Positions;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What DuckDB itself knows of the copies: where each stands, written in the transaction that writes
 * its rows. Stateless.
 */
final class Ledger {
  private static final String SCHEMA = "_millrace_copies";
  private static final String COPIES = SCHEMA + ".copies";
  private static final String CHUNKS = SCHEMA + ".chunks";
  private static final String LINE = "\n";

  /**
   * One copy.
   *
   * @param newestContract the highest id of a writer's contract among the records read
   */
  record Copy(
      ServedTable.Shape shape,
      Positions positions,
      long skipped,
      int newestContract,
      Optional<Instant> since) {}

  Ledger(Database database) {
    database.write(
        transaction -> {
          transaction.execute("CREATE SCHEMA IF NOT EXISTS " + SCHEMA);
          transaction.execute(
              "CREATE TABLE IF NOT EXISTS "
                  + COPIES
                  + "(name VARCHAR, source VARCHAR, columns VARCHAR, comments VARCHAR,"
                  + " positions VARCHAR, skipped BIGINT, newest_contract INTEGER,"
                  + " since TIMESTAMPTZ)");
          transaction.execute(
              "CREATE TABLE IF NOT EXISTS "
                  + CHUNKS
                  + "(name VARCHAR, number BIGINT, row_count BIGINT, bytes BIGINT,"
                  + " newest BIGINT, positions VARCHAR)");
          return null;
        });
  }

  /** What is known of a copy, and of its rows where it is a stream's. */
  record Held(Copy copy, List<StreamWindow.Chunk> chunks) {}

  Optional<Held> held(Database.Transaction transaction, Name name) throws SQLException {
    return Optional.ofNullable(
        held(transaction, " WHERE name = ?", name.folded()).get(name.folded()));
  }

  /** Every copy by its folded name. */
  Map<String, Held> all(Database.Transaction transaction) throws SQLException {
    return held(transaction, "");
  }

  private static Map<String, Held> held(
      Database.Transaction transaction, String where, Object... parameters) throws SQLException {
    Map<String, Held> held = new HashMap<>();
    transaction.query(
        "SELECT name, source, columns, comments, positions, skipped, newest_contract,"
            + " epoch_us(since) FROM "
            + COPIES
            + where,
        row -> {
          long since = row.getLong(8);
          Optional<Instant> instant =
              row.wasNull()
                  ? Optional.empty()
                  : Optional.of(Instant.EPOCH.plus(since, ChronoUnit.MICROS));
          Copy copy =
              new Copy(
                  new ServedTable.Shape(
                      row.getString(2), List.of(row.getString(3).split(LINE)), row.getString(4)),
                  Positions.parse(row.getString(5)),
                  row.getLong(6),
                  row.getInt(7),
                  instant);
          held.put(row.getString(1), new Held(copy, new ArrayList<>()));
        },
        parameters);
    transaction.query(
        "SELECT name, number, row_count, bytes, newest, positions FROM "
            + CHUNKS
            + where
            + " ORDER BY number",
        row -> {
          Held copy = held.get(row.getString(1));
          if (copy != null) {
            copy.chunks()
                .add(
                    new StreamWindow.Chunk(
                        row.getLong(2),
                        row.getLong(3),
                        row.getLong(4),
                        row.getLong(5),
                        Positions.parse(row.getString(6))));
          }
        },
        parameters);
    return held;
  }

  /** The names of all copies, folded. */
  List<String> names(Database.Transaction transaction) throws SQLException {
    List<String> names = new ArrayList<>();
    transaction.query("SELECT name FROM " + COPIES, row -> names.add(row.getString(1)));
    return names;
  }

  /** Writes a copy that is made anew, over what was known under its name. */
  void create(Database.Transaction transaction, Name name, Copy copy) throws SQLException {
    forget(transaction, name);
    transaction.update(
        "INSERT INTO "
            + COPIES
            + " VALUES (?, ?, ?, ?, ?, ?, ?, CAST(CAST(? AS VARCHAR) AS TIMESTAMPTZ))",
        name.folded(),
        copy.shape().source(),
        String.join(LINE, copy.shape().columns()),
        copy.shape().comments(),
        copy.positions().toString(),
        copy.skipped(),
        copy.newestContract(),
        copy.since().map(Instant::toString).orElse(null));
  }

  /** Writes a copy that is known with another shape. */
  void reshape(Database.Transaction transaction, Name name, ServedTable.Shape shape)
      throws SQLException {
    transaction.update(
        "UPDATE " + COPIES + " SET columns = ?, comments = ? WHERE name = ?",
        String.join(LINE, shape.columns()),
        shape.comments(),
        name.folded());
  }

  /** Writes where a copy stands; its shape stays. */
  void save(Database.Transaction transaction, Name name, Copy copy) throws SQLException {
    transaction.update(
        "UPDATE "
            + COPIES
            + " SET positions = ?, skipped = ?, newest_contract = ?,"
            + " since = CAST(CAST(? AS VARCHAR) AS TIMESTAMPTZ) WHERE name = ?",
        copy.positions().toString(),
        copy.skipped(),
        copy.newestContract(),
        copy.since().map(Instant::toString).orElse(null),
        name.folded());
  }

  void forget(Database.Transaction transaction, Name name) throws SQLException {
    transaction.update("DELETE FROM " + COPIES + " WHERE name = ?", name.folded());
    transaction.update("DELETE FROM " + CHUNKS + " WHERE name = ?", name.folded());
  }

  void save(Database.Transaction transaction, Name name, StreamWindow.Chunk chunk)
      throws SQLException {
    transaction.update(
        "DELETE FROM " + CHUNKS + " WHERE name = ? AND number = ?", name.folded(), chunk.number());
    transaction.update(
        "INSERT INTO " + CHUNKS + " VALUES (?, ?, ?, ?, ?, ?)",
        name.folded(),
        chunk.number(),
        chunk.rows(),
        chunk.bytes(),
        chunk.newest(),
        chunk.positions().toString());
  }

  void forgetChunks(Database.Transaction transaction, Name name, long upToNumber)
      throws SQLException {
    transaction.update(
        "DELETE FROM " + CHUNKS + " WHERE name = ? AND number <= ?", name.folded(), upToNumber);
  }
}
