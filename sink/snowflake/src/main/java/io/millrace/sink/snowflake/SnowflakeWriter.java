package io.millrace.sink.snowflake;

import io.millrace.model.Positions;
import io.millrace.model.RowKind;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import io.millrace.sink.EpochId;
import io.millrace.sink.Staged;
import io.millrace.sink.StagedWriter;
import io.millrace.sink.WriterContext;
import io.millrace.sink.parquet.Compression;
import io.millrace.sink.parquet.ParquetFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;

/**
 * Writes rows into a Parquet file on this machine, puts it to the stage when it is full or at a
 * checkpoint, and enters the batch into the ledger. Where a batch's files lie follows from the
 * submission, the writer's own number in the ledger and a count: a PUT that is repeated writes the
 * same file again, and no two writers ever share one. Used by one thread.
 */
final class SnowflakeWriter implements StagedWriter {
  /** How often the size is looked at, in rows. */
  private static final int ROWS_BETWEEN_CHECKS = 1000;

  private final SnowflakeSink sink;
  private final WriterContext context;
  private final RowSchema staged;
  private final FittingRows rows;
  private final Path folder;
  private final Session session;
  private final long number;

  private ParquetFile file;
  private long batch = 1;
  private int files;
  private long rowsOfBatch;

  SnowflakeWriter(SnowflakeSink sink, WriterContext context) throws IOException {
    this.sink = sink;
    this.context = context;
    this.staged = sink.staged();
    this.rows = new FittingRows(sink, staged, this::write);
    this.folder = Files.createTempDirectory("millrace-snowflake-");
    try {
      this.session = new Session(sink.login());
    } catch (SQLException e) {
      Files.delete(folder);
      throw Failures.of("Cannot open a writer of sink " + sink.folder(), e);
    }
    try {
      this.number = sink.ledger().begin(session, context);
    } catch (SQLException e) {
      IOException failure = Failures.of("Cannot open a writer of sink " + sink.folder(), e);
      close(failure);
      throw failure;
    } catch (RuntimeException e) {
      close(e);
      throw e;
    }
  }

  private void close(Exception failure) {
    try {
      close();
    } catch (IOException more) {
      failure.addSuppressed(more);
    }
  }

  @Override
  public RowWriter rows() {
    return rows;
  }

  @Override
  public void next(int partition, long offset, RowKind kind) {
    if (kind == RowKind.DELETE && !sink.isTable()) {
      throw new IllegalArgumentException("Rows of a stream cannot be deleted");
    }
    rows.next(partition, offset, kind);
  }

  private Path local() {
    return folder.resolve("part-" + files + ".parquet");
  }

  private String path() {
    return sink.folder()
        + "/"
        + context.epoch()
        + "/"
        + number
        + "-"
        + context.subtask()
        + "-"
        + batch
        + "/";
  }

  private void write() {
    try {
      if (file == null) {
        file =
            new ParquetFile(
                Files.newOutputStream(local()),
                staged,
                Compression.SNAPPY,
                Math.min(sink.limits().maxBytes(), sink.limits().memory()));
      }
      file.write(rows.log());
      rowsOfBatch++;
      boolean look = file.rows() % ROWS_BETWEEN_CHECKS == 0;
      if (file.rows() >= sink.limits().maxRows()
          || look && file.bytes() >= sink.limits().maxBytes()) {
        put();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Closes the file and puts it to the stage. */
  private void put() throws IOException {
    file.close();
    file = null;
    try {
      session.execute(
          "PUT "
              + Sql.literal("file://" + local())
              + " @"
              + sink.stage()
              + "/"
              + path()
              + " AUTO_COMPRESS=FALSE OVERWRITE=TRUE");
    } catch (SQLException e) {
      throw Failures.of("Cannot put a file of sink " + sink.folder() + " to its stage", e);
    }
    Files.delete(local());
    files++;
  }

  @Override
  public List<Staged> stage(EpochId epoch, Positions next) throws IOException {
    try {
      if (rowsOfBatch == 0) {
        sink.ledger().check(session, context.epoch());
        return List.of();
      }
      if (file != null) {
        put();
      }
      StagedBatch done = new StagedBatch(epoch.epoch(), path(), rowsOfBatch);
      sink.ledger().stage(session, done, epoch, context.subtask(), next, files);
      batch++;
      files = 0;
      rowsOfBatch = 0;
      return List.of(done.encode());
    } catch (SQLException e) {
      throw Failures.of("Cannot stage rows of sink " + sink.folder(), e);
    }
  }

  /**
   * What was not staged is given up; a newer submission clears it off the stage. A file that could
   * not be put is still here and goes too.
   */
  @Override
  public void close() throws IOException {
    try (Session ending = session) {
      if (file != null) {
        file.abandon();
        file = null;
      }
      Files.deleteIfExists(local());
      Files.deleteIfExists(folder);
    }
  }
}
