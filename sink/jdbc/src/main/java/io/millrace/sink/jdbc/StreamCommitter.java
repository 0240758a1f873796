package io.millrace.sink.jdbc;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.sink.Committer;
import io.millrace.sink.Staged;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * Moves staged rows into the target: in one transaction they are read from the staging table,
 * appended, taken out of it and written down in the ledger. Repeated, it finds them in the ledger.
 * The connection is opened by the first commit.
 */
final class StreamCommitter implements Committer {
  private final JdbcStreamSink sink;
  private Connection connection;
  private long sweptBelow;

  StreamCommitter(JdbcStreamSink sink) {
    this.sink = sink;
  }

  @Override
  public void commit(Staged staged) throws IOException {
    StagedRows rows = StagedRows.decode(staged);
    if (connection == null) {
      connection = sink.database().open("commit " + rows + " into " + sink.target());
    }
    try {
      Database.inTransaction(connection, c -> append(c, rows));
      sweptBelow = Math.max(sweptBelow, rows.epoch());
    } catch (SQLException e) {
      throw Database.failure("commit " + rows + " into " + sink.target(), e);
    }
  }

  private Void append(Connection connection, StagedRows rows) throws SQLException, IOException {
    Ledger ledger = sink.ledger();
    if (ledger.isCommitted(connection, rows)) {
      return null;
    }
    List<TargetColumn> columns = rows.columns().stream().map(this::column).toList();
    for (int part = 0; part < rows.parts(); part++) {
      byte[] text = ledger.part(connection, rows, part);
      if (text == null) {
        throw new MillraceException(
                ErrorCode.SINK_FAILED,
                "Cannot commit " + rows + " into " + sink.target() + ": it is no longer staged")
            .hint(
                "Either it was removed from millrace_staged, or a newer submission took over. DROP"
                    + " the sink and create it anew to write all rows again.");
      }
      sink.database().dialect().append(connection, sink.target(), columns, text, text.length);
    }
    ledger.committed(connection, rows);
    if (rows.epoch() > sweptBelow) {
      ledger.sweep(connection, rows.epoch());
    }
    return null;
  }

  private TargetColumn column(String name) {
    return sink.target().columns().stream()
        .filter(c -> c.name().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(
            () ->
                new MillraceException(
                        ErrorCode.SINK_FAILED,
                        "Cannot commit rows into "
                            + sink.target()
                            + ": they have a column "
                            + name
                            + " that the contract no longer has")
                    .hint("Add the column to the contract again."));
  }

  @Override
  public void close() {
    if (connection != null) {
      Database.close(connection);
    }
  }
}
