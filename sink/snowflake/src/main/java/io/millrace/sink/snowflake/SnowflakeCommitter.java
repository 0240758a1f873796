package io.millrace.sink.snowflake;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.sink.Committer;
import io.millrace.sink.Staged;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;

/**
 * Takes batches into the table, each in a transaction of its own with its row of the ledger. Logs
 * in when there is something to commit, and anew after a failure. Used by one thread.
 */
final class SnowflakeCommitter implements Committer {
  private final SnowflakeSink sink;
  private Session session;
  private long newest;

  SnowflakeCommitter(SnowflakeSink sink) {
    this.sink = sink;
  }

  @Override
  public void commit(Staged staged) throws IOException {
    StagedBatch batch = StagedBatch.decode(staged);
    String what = "Cannot commit " + batch.rows() + " rows of sink " + sink.folder();
    try {
      if (session == null) {
        session = new Session(sink.login());
      }
      commit(batch);
    } catch (SQLException e) {
      close();
      throw Failures.of(what, e);
    }
  }

  private void commit(StagedBatch batch) throws SQLException {
    boolean first = batch.epoch() > newest;
    boolean taken =
        session.inTransaction(
            () -> {
              if (!sink.ledger().take(session, batch)) {
                return false;
              }
              load(batch);
              if (first) {
                sink.ledger().giveUpBefore(session, batch.epoch());
              }
              return true;
            });
    // A COMMIT outside of a transaction succeeds too, and so it would in one that was aborted.
    sink.ledger().requireCommitted(session, batch);
    session.execute("REMOVE @" + sink.stage() + "/" + batch.path());
    if (taken && first) {
      removeOlder(batch.epoch());
      newest = batch.epoch();
    }
  }

  private void load(StagedBatch batch) throws SQLException {
    String transaction = session.transaction();
    long found;
    if (sink.isTable()) {
      found = Long.parseLong(session.rows(sink.count(batch)).get(0).get(0));
      session.update(sink.merge(batch, transaction));
    } else {
      found = session.update(sink.insert(batch, transaction));
    }
    if (!session.transaction().equals(transaction)) {
      throw Session.aborted();
    }
    if (found != batch.rows()) {
      throw new MillraceException(
              ErrorCode.SINK_FAILED,
              "Cannot commit "
                  + batch.rows()
                  + " rows of sink "
                  + sink.folder()
                  + ": @"
                  + sink.stage()
                  + "/"
                  + batch.path()
                  + " holds "
                  + found)
          .hint(
              "Somebody changed the stage's files. DROP the sink and create it anew to write all"
                  + " rows again.");
    }
  }

  /** Clears the stage of what older submissions put there and no commit will ask for. */
  private void removeOlder(long epoch) throws SQLException {
    String own = "/" + sink.folder() + "/";
    List<Long> older =
        session.rows("LIST @" + sink.stage() + own).stream()
            .map(row -> row.get(0))
            .map(name -> name.substring(name.indexOf(own) + own.length()))
            .map(path -> Long.parseLong(path.substring(0, path.indexOf('/'))))
            .filter(of -> of < epoch)
            .distinct()
            .toList();
    for (long of : older) {
      session.execute("REMOVE @" + sink.stage() + own + of + "/");
    }
  }

  @Override
  public void close() {
    if (session != null) {
      try (Session ending = session) {
        session = null;
      }
    }
  }
}
