package io.millrace.sink.jdbc;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowKind;
import io.millrace.model.RowWriter;
import io.millrace.sink.EpochId;
import io.millrace.sink.KeyedWriter;
import io.millrace.sink.WriterContext;
import io.millrace.sink.documents.Utf8Buffer;
import io.millrace.sink.parquet.RowLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gathers changes, the last of each key, and applies them in one transaction whenever enough are
 * gathered and at each checkpoint.
 */
final class TableWriter implements KeyedWriter {
  /** A deadlock or another's lock is tried again before the delivery restarts. */
  private static final int ATTEMPTS = 5;

  /** SQLSTATE classes of what a single row can be to blame for: data and integrity. */
  private static final Set<String> OF_ROWS = Set.of("22", "23");

  private final JdbcTableSink sink;
  private final WriterContext context;
  private final Connection connection;
  private final String owner;
  private final RowText text;
  private final RowLog row;
  private final Utf8Buffer scratch = new Utf8Buffer();
  private final Map<String, Change> changes = new LinkedHashMap<>();
  private long bytes;
  private long checkpoint;
  private RowKind kind;
  private int partition;
  private long offset;

  /** The last change of a key; {@code text} is the row, or of a deleted one the key. */
  private record Change(boolean deleted, byte[] text, int partition, long offset) {}

  TableWriter(JdbcTableSink sink, WriterContext context) throws IOException {
    this.sink = sink;
    this.context = context;
    this.text = new RowText(sink.schema(), sink.target().columns(), sink.database().dialect());
    this.row = RowLog.ofChanges(sink.schema(), this::write);
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

  private IOException failure(SQLException e) {
    return Database.failure("write to " + sink.target(), e);
  }

  @Override
  public RowWriter rows() {
    return row;
  }

  @Override
  public void next(int ofPartition, long atOffset, RowKind ofKind) {
    this.partition = ofPartition;
    this.offset = atOffset;
    this.kind = ofKind;
  }

  private void write() {
    boolean deleted = kind == RowKind.DELETE;
    if (!deleted) {
      text.check(row);
    }
    scratch.clear();
    text.write(row, true, scratch);
    String key = scratch.toString();
    if (!deleted) {
      scratch.clear();
      text.write(row, false, scratch);
    }
    Change change = new Change(deleted, scratch.toByteArray(), partition, offset);
    Change before = changes.put(key, change);
    bytes += change.text().length - (before == null ? 0 : before.text().length);
    if (changes.size() >= sink.maxRows() || bytes >= sink.maxBytes()) {
      try {
        apply();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public void flush(EpochId epoch) throws IOException {
    checkpoint = epoch.checkpoint();
    apply();
  }

  private void apply() throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        Database.inTransaction(connection, c -> apply(c, changes.values()));
        changes.clear();
        bytes = 0;
        return;
      } catch (SQLException e) {
        boolean conflict = e.getSQLState() != null && e.getSQLState().startsWith("40");
        if (conflict && attempt < ATTEMPTS) {
          continue;
        }
        if (isOfRow(e)) {
          throw findRow(e);
        }
        throw failure(e);
      }
    }
  }

  /** Also without changes: a writer that was taken over from must not say that all is well. */
  private Void apply(Connection connection, Collection<Change> all)
      throws SQLException, IOException {
    sink.ledger().check(connection, context, owner, checkpoint);
    Utf8Buffer upserts = gather(all, false);
    Utf8Buffer deletes = gather(all, true);
    Dialect dialect = sink.database().dialect();
    if (deletes.size() > 0) {
      dialect.delete(connection, sink.target(), deletes);
    }
    if (upserts.size() > 0) {
      dialect.upsert(connection, sink.target(), upserts);
    }
    return null;
  }

  private static Utf8Buffer gather(Collection<Change> all, boolean deleted) {
    Utf8Buffer gathered = new Utf8Buffer();
    for (Change change : all) {
      if (change.deleted() == deleted) {
        gathered.add(change.text(), 0, change.text().length);
      }
    }
    return gathered;
  }

  private static boolean isOfRow(SQLException e) {
    return e.getSQLState() != null
        && e.getSQLState().length() >= 2
        && OF_ROWS.contains(e.getSQLState().substring(0, 2));
  }

  /** Names the record whose row a constraint or trigger of the table refuses. */
  private RuntimeException findRow(SQLException refused) throws IOException {
    for (Change change : changes.values()) {
      try {
        apply(connection, List.of(change));
        Database.rollBack(connection);
      } catch (SQLException e) {
        Database.rollBack(connection);
        if (!isOfRow(e)) {
          throw failure(e);
        }
        return new MillraceException(
                ErrorCode.SINK_FAILED,
                "Cannot write the record at offset "
                    + change.offset()
                    + " of partition "
                    + change.partition()
                    + " to "
                    + sink.target()
                    + ": "
                    + e.getMessage(),
                e)
            .hint(
                "Change the constraint, or the row; then RESUME the sink, which goes on where it"
                    + " stood.");
      }
    }
    throw failure(refused);
  }

  @Override
  public void close() {
    Database.rollBack(connection);
    Database.close(connection);
  }
}
