package io.millrace.sink.snowflake;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Positions;
import io.millrace.sink.EpochId;
import io.millrace.sink.WriterContext;
import java.io.Serializable;
import java.sql.SQLException;
import java.util.List;

/**
 * What the sink remembers, in two tables of the target's schema:
 *
 * <ul>
 *   <li>{@code MILLRACE_SINKS}, a row for each sink: the newest submission that has begun to write,
 *       and how many writers have ever opened. An UPDATE on condition of its epoch fences zombies.
 *   <li>{@code MILLRACE_LEDGER}, a row for each batch: which rows of the topic it has, and whether
 *       it is staged, committed or given up. A commit is the UPDATE from staged to committed, in
 *       one transaction with the rows: whoever comes second updates nothing.
 * </ul>
 *
 * <p>Two guarantees are relied on, both documented ("Transactions"): a transaction's changes become
 * visible together or not at all, and an UPDATE waits for another transaction that changes the same
 * row and then looks at the row again. Load history is not relied on.
 */
record Ledger(String sink) implements Serializable {
  /** Ledger rows of submissions this far back are removed. */
  private static final long SUBMISSIONS_KEPT_SECONDS = 30L * 24 * 60 * 60;

  static final List<String> TABLES =
      List.of(
          "CREATE TABLE IF NOT EXISTS MILLRACE_SINKS (SINK VARCHAR NOT NULL, EPOCH NUMBER(38,0) NOT"
              + " NULL, WRITERS NUMBER(38,0) NOT NULL)",
          "CREATE TABLE IF NOT EXISTS MILLRACE_LEDGER (SINK VARCHAR NOT NULL, BATCH VARCHAR NOT"
              + " NULL, EPOCH NUMBER(38,0) NOT NULL, CHECKPOINT NUMBER(38,0) NOT NULL, SUBTASK"
              + " NUMBER(38,0) NOT NULL, NEXT_OFFSETS VARCHAR NOT NULL, FILES NUMBER(38,0) NOT"
              + " NULL, ROWS_STAGED NUMBER(38,0) NOT NULL, STATE VARCHAR NOT NULL)");

  private String isSink() {
    return "SINK = " + Sql.literal(sink);
  }

  /** Makes the sink's row where there is none. */
  void open(Session session) throws SQLException {
    session.update(
        "MERGE INTO MILLRACE_SINKS T USING (SELECT "
            + Sql.literal(sink)
            + " AS SINK) S ON T.SINK = S.SINK WHEN NOT MATCHED THEN INSERT (SINK, EPOCH, WRITERS)"
            + " VALUES (S.SINK, 0, 0)");
  }

  /**
   * Marks the beginning of a submission and answers a number that no other writer has. Throws
   * SINK_FAILED where a newer submission has begun.
   */
  long begin(Session session, WriterContext context) throws SQLException {
    return session.inTransaction(
        () -> {
          long own =
              session.update(
                  "UPDATE MILLRACE_SINKS SET EPOCH = "
                      + context.epoch()
                      + ", WRITERS = WRITERS + 1 WHERE "
                      + isSink()
                      + " AND EPOCH <= "
                      + context.epoch());
          if (own == 0) {
            throw fenced(context.epoch());
          }
          return Long.parseLong(
              session.rows("SELECT WRITERS FROM MILLRACE_SINKS WHERE " + isSink()).get(0).get(0));
        });
  }

  /** Enters a batch as staged. Throws SINK_FAILED where a newer submission has begun. */
  void stage(
      Session session, StagedBatch batch, EpochId epoch, int subtask, Positions next, int files)
      throws SQLException {
    long entered =
        session.update(
            "INSERT INTO MILLRACE_LEDGER SELECT SINK, "
                + Sql.literal(batch.path())
                + ", "
                + epoch.epoch()
                + ", "
                + epoch.checkpoint()
                + ", "
                + subtask
                + ", "
                + Sql.literal(next.toString())
                + ", "
                + files
                + ", "
                + batch.rows()
                + ", 'staged' FROM MILLRACE_SINKS WHERE "
                + isSink()
                + " AND EPOCH <= "
                + epoch.epoch());
    if (entered == 0) {
      throw fenced(epoch.epoch());
    }
  }

  /** Whether a submission may still write; for a checkpoint that stages nothing. */
  void check(Session session, long epoch) throws SQLException {
    if (session
        .rows("SELECT SINK FROM MILLRACE_SINKS WHERE " + isSink() + " AND EPOCH <= " + epoch)
        .isEmpty()) {
      throw fenced(epoch);
    }
  }

  /** Within the commit's transaction: takes the batch, unless it is taken or given up. */
  boolean take(Session session, StagedBatch batch) throws SQLException {
    return session.update(
            "UPDATE MILLRACE_LEDGER SET STATE = 'committed' WHERE "
                + isSink()
                + " AND BATCH = "
                + Sql.literal(batch.path())
                + " AND STATE = 'staged'")
        > 0;
  }

  /**
   * Throws SINK_FAILED where a batch can no longer be committed, and what makes the delivery try
   * again where it is still staged.
   */
  void requireCommitted(Session session, StagedBatch batch) throws SQLException {
    List<List<String>> states =
        session.rows(
            "SELECT STATE FROM MILLRACE_LEDGER WHERE "
                + isSink()
                + " AND BATCH = "
                + Sql.literal(batch.path()));
    String state = states.isEmpty() ? "missing" : states.get(0).get(0);
    if (state.equals("staged")) {
      throw Session.aborted();
    }
    if (!state.equals("committed")) {
      throw new MillraceException(
              ErrorCode.SINK_FAILED,
              "Cannot commit "
                  + batch.rows()
                  + " rows of sink "
                  + sink
                  + ": batch "
                  + batch.path()
                  + (states.isEmpty() ? " is not in the ledger" : " was given up"))
          .hint(
              "A newer submission took over, or MILLRACE_LEDGER was changed by hand. DROP the sink"
                  + " and create it anew to write all rows again.");
    }
  }

  /**
   * Within the first commit of a submission: what older ones staged in vain is given up for good.
   * All of theirs that any checkpoint knows has been committed before.
   */
  void giveUpBefore(Session session, long epoch) throws SQLException {
    session.update(
        "UPDATE MILLRACE_LEDGER SET STATE = 'given up' WHERE "
            + isSink()
            + " AND STATE = 'staged' AND EPOCH < "
            + epoch);
    session.update(
        "DELETE FROM MILLRACE_LEDGER WHERE "
            + isSink()
            + " AND EPOCH < "
            + (epoch - SUBMISSIONS_KEPT_SECONDS));
  }

  private MillraceException fenced(long epoch) {
    return new MillraceException(
            ErrorCode.SINK_FAILED,
            "Cannot write as submission "
                + epoch
                + " of sink "
                + sink
                + ": a newer one has taken over")
        .hint(
            "Two servers must not run a sink of the same name into one schema; rename one, or give"
                + " it another schema.");
  }
}
