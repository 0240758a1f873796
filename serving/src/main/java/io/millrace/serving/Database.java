package io.millrace.serving;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.arrow.c.ArrowArrayStream;
import org.apache.arrow.c.Data;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBDriver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one DuckDB of the process: a writer, one transaction at a time, and as many readers as
 * queries run. Its settings are locked once it is open, and it reads and writes no file but its
 * own. Thread-safe.
 */
final class Database implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Database.class);

  /** The name under which a batch is known while it is copied in. */
  static final String BATCH = "\"_millrace_batch\"";

  private static final String BATCH_NAME = BATCH.replace("\"", "");

  private final ServingSettings settings;
  private DuckDBConnection root;
  private DuckDBConnection writer;

  /** Whether DuckDB wants to be opened anew: it does nothing more after a fatal error. */
  private volatile boolean invalid;

  private final BufferAllocator allocator = new RootAllocator();
  private final ReentrantLock writing = new ReentrantLock(true);

  /** What is done in one transaction. */
  interface Work<T> {
    T run(Transaction transaction) throws SQLException;
  }

  private Database(ServingSettings settings) {
    this.settings = settings;
    this.root = connect(settings);
  }

  static Database open(ServingSettings settings) {
    return new Database(settings);
  }

  private static DuckDBConnection connect(ServingSettings settings) {
    Properties properties = new Properties();
    properties.setProperty("memory_limit", settings.memoryLimit() + "B");
    properties.setProperty("enable_external_access", "false");
    properties.setProperty("autoinstall_known_extensions", "false");
    properties.setProperty("autoload_known_extensions", "false");
    // Agree with Flink: 7 / 2 is 3, and NULL is less than everything.
    properties.setProperty("integer_division", "true");
    properties.setProperty("default_null_order", "nulls_first_on_asc_last_on_desc");
    properties.setProperty(DuckDBDriver.JDBC_STREAM_RESULTS, "true");
    Path file = settings.file();
    if (file == null) {
      properties.setProperty("temp_directory", "");
    }
    DuckDBConnection root = null;
    try {
      if (file != null && file.toAbsolutePath().getParent() != null) {
        Files.createDirectories(file.toAbsolutePath().getParent());
      }
      root =
          DuckDBConnection.newConnection(
              "jdbc:duckdb:" + (file == null ? "" : file.toString()), false, null, properties);
      execute(root, "SET GLOBAL TimeZone = 'UTC'");
      execute(root, "CREATE SCHEMA IF NOT EXISTS " + DuckDbTypes.quote(Name.PUBLIC));
      execute(root, "SET GLOBAL lock_configuration = true");
      return root;
    } catch (SQLException | IOException e) {
      closeQuietly(root, e);
      throw refused(file, e);
    }
  }

  private static MillraceException refused(Path file, Exception e) {
    String message = DuckDbErrors.plain(e.getMessage());
    if (message.contains("Could not set lock")) {
      return new MillraceException(
          ErrorCode.DATA_FOLDER_IN_USE,
          "Cannot open serving copies: another process uses " + file,
          e);
    }
    return new MillraceException(
            ErrorCode.INTERNAL_ERROR, "Cannot open serving copies in " + file + ": " + message, e)
        .hint("The file can be deleted: it is filled again from the topics.");
  }

  private static void closeQuietly(DuckDBConnection connection, Exception why) {
    try {
      if (connection != null) {
        connection.close();
      }
    } catch (SQLException e) {
      why.addSuppressed(e);
    }
  }

  BufferAllocator allocator() {
    return allocator;
  }

  /** A connection for one query; the caller closes it. */
  DuckDBConnection reader() throws SQLException {
    if (invalid) {
      writing.lock();
      try {
        reopen();
      } finally {
        writing.unlock();
      }
    }
    DuckDBConnection reader = null;
    try {
      reader = root.duplicate();
      reader.setSchema(Name.PUBLIC);
      execute(reader, "BEGIN TRANSACTION READ ONLY");
      return reader;
    } catch (SQLException e) {
      invalid |= DuckDbErrors.isFatal(e);
      closeQuietly(reader, e);
      throw e;
    }
  }

  /**
   * Only once the last connection is closed does DuckDB forget the error; cursors that are open
   * fail, and until their readers close them this does too.
   */
  private void reopen() {
    if (!invalid) {
      return;
    }
    LOG.warn("Serving opens its copies anew");
    try {
      discardWriter();
      root.close();
    } catch (SQLException e) {
      LOG.info("The copies did not close: {}", e.getMessage());
    }
    root = connect(settings);
    invalid = false;
  }

  private void discardWriter() {
    try {
      if (writer != null) {
        writer.close();
      }
    } catch (SQLException e) {
      LOG.info("A writer did not close: {}", e.getMessage());
    } finally {
      writer = null;
    }
  }

  private DuckDBConnection writer() throws SQLException {
    if (writer == null) {
      DuckDBConnection fresh = root.duplicate();
      fresh.setAutoCommit(false);
      writer = fresh;
    }
    return writer;
  }

  /**
   * Runs work in a transaction that commits where it returns and leaves no trace where not; {@link
   * OutcomeUnknownException} where the commit itself fails.
   */
  <T> T write(Work<T> work) {
    writing.lock();
    boolean done = false;
    try {
      reopen();
      writer();
      T result = work.run(new Transaction());
      commit();
      done = true;
      return result;
    } catch (SQLException e) {
      invalid |= DuckDbErrors.isFatal(e);
      throw DuckDbErrors.inWrite(e);
    } finally {
      if (!done) {
        // After an error inside a transaction the driver may go on outside of any: what is written
        // next would stay row by row. Closing it rolls back.
        discardWriter();
      }
      writing.unlock();
    }
  }

  private void commit() {
    try {
      writer.commit();
    } catch (SQLException e) {
      invalid |= DuckDbErrors.isFatal(e);
      throw new OutcomeUnknownException(DuckDbErrors.inWrite(e));
    }
  }

  private static void execute(DuckDBConnection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The transaction that {@link #write} runs; of use only inside it. */
  final class Transaction {
    private Transaction() {}

    void execute(String sql) throws SQLException {
      try (Statement statement = writer.createStatement()) {
        statement.executeUpdate(sql);
      }
    }

    void update(String sql, Object... parameters) throws SQLException {
      try (PreparedStatement statement = writer.prepareStatement(sql)) {
        for (int i = 0; i < parameters.length; i++) {
          statement.setObject(i + 1, parameters[i]);
        }
        statement.executeUpdate();
      }
    }

    /** Runs {@code sql} with the rows of {@code batch} as the relation {@link #BATCH}. */
    void load(ArrowRowWriter batch, String sql) throws SQLException {
      try (ArrowReader reader = batch.reader(allocator);
          ArrowArrayStream stream = ArrowArrayStream.allocateNew(allocator)) {
        Data.exportArrayStream(allocator, reader, stream);
        writer.registerArrowStream(BATCH_NAME, stream);
        execute(sql);
      } catch (IOException e) {
        throw new IllegalStateException("A batch in memory could not be read", e);
      }
    }

    /** Every row of the answer to {@code row}. */
    void query(String sql, RowUse row, Object... parameters) throws SQLException {
      try (PreparedStatement statement = writer.prepareStatement(sql)) {
        for (int i = 0; i < parameters.length; i++) {
          statement.setObject(i + 1, parameters[i]);
        }
        try (ResultSet result = statement.executeQuery()) {
          while (result.next()) {
            row.use(result);
          }
        }
      }
    }
  }

  /** Takes a row of an answer. */
  interface RowUse {
    void use(ResultSet row) throws SQLException;
  }

  @Override
  public void close() {
    writing.lock();
    try {
      discardWriter();
      root.close();
      allocator.close();
    } catch (IllegalStateException e) {
      // A cursor that somebody left open holds a batch; the process is about to let it go.
      LOG.warn("Serving closes before a query has ended", e);
    } catch (SQLException e) {
      throw DuckDbErrors.inWrite(e);
    } finally {
      writing.unlock();
    }
  }
}
