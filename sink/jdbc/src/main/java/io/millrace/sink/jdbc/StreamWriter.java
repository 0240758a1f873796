package io.millrace.sink.jdbc;

import io.millrace.model.Positions;
import io.millrace.model.RowKind;
import io.millrace.model.RowWriter;
import io.millrace.sink.EpochId;
import io.millrace.sink.Staged;
import io.millrace.sink.StagedWriter;
import io.millrace.sink.WriterContext;
import io.millrace.sink.documents.Utf8Buffer;
import io.millrace.sink.parquet.RowLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;

/**
 * Puts rows into the staging table, a part whenever enough are gathered, in one transaction that
 * the checkpoint ends: until then the database holds them for nobody to see, and gives them up with
 * the connection.
 */
final class StreamWriter implements StagedWriter {
  private final JdbcStreamSink sink;
  private final WriterContext context;
  private final Connection connection;
  private final String owner;
  private final RowText text;
  private final RowLog row;
  private final Utf8Buffer rows = new Utf8Buffer();
  private String stage = newStage();
  private int parts;
  private long count;

  StreamWriter(JdbcStreamSink sink, WriterContext context) throws IOException {
    this.sink = sink;
    this.context = context;
    this.text = new RowText(sink.schema(), sink.target().columns(), sink.database().dialect());
    this.row = new RowLog(sink.schema(), this::write);
    this.connection = sink.database().open("write to " + sink.target());
    boolean begun = false;
    try {
      this.owner = sink.ledger().begin(connection, context);
      begun = true;
    } catch (SQLException e) {
      throw failure(e);
    } finally {
      if (!begun) {
        Database.close(connection);
      }
    }
  }

  private static String newStage() {
    return UUID.randomUUID().toString();
  }

  private IOException failure(SQLException e) {
    return Database.failure("stage rows for " + sink.target(), e);
  }

  @Override
  public RowWriter rows() {
    return row;
  }

  @Override
  public void next(int partition, long offset, RowKind kind) {
    if (kind == RowKind.DELETE) {
      throw new IllegalArgumentException("A stream has no deletes");
    }
  }

  private void write() {
    text.check(row);
    text.write(row, false, rows);
    count++;
    if (rows.size() >= sink.maxBytes()) {
      try {
        flush();
      } catch (SQLException e) {
        throw new UncheckedIOException(failure(e));
      }
    }
  }

  private void flush() throws SQLException {
    if (rows.size() > 0) {
      sink.ledger().stage(connection, stage, parts++, context.epoch(), rows.toByteArray());
      rows.clear();
    }
  }

  @Override
  public List<Staged> stage(EpochId epoch, Positions next) throws IOException {
    try {
      Database.inTransaction(
          connection,
          c -> {
            flush();
            sink.ledger().check(c, context, owner, epoch.checkpoint());
            return null;
          });
    } catch (SQLException e) {
      throw failure(e);
    }
    if (count == 0) {
      return List.of();
    }
    List<String> columns = sink.target().columns().stream().map(TargetColumn::name).toList();
    Staged staged =
        new StagedRows(epoch.epoch(), epoch.checkpoint(), stage, parts, count, columns).encode();
    stage = newStage();
    parts = 0;
    count = 0;
    return List.of(staged);
  }

  @Override
  public void close() {
    Database.rollBack(connection);
    Database.close(connection);
  }
}
