package io.millrace.testserver.snowflake;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/** What a login opened: names, a connection to the store, a transaction. */
final class Session implements AutoCloseable {
  /** One statement at a time, as the driver sends them. */
  final ReentrantLock statement = new ReentrantLock();

  private final Connection connection;
  private final TableLocks locks;
  private final String user;
  private final String role;
  private final String warehouse;
  private String database;
  private String schema;
  private boolean autocommit = true;
  private boolean inTransaction;
  private boolean looking;
  private long transactions;
  private volatile long idleSince = System.nanoTime();
  private volatile boolean busy;

  Session(
      Connection connection,
      TableLocks locks,
      String user,
      String database,
      String schema,
      String role,
      String warehouse)
      throws SQLException, SnowflakeException {
    this.connection = connection;
    this.locks = locks;
    this.user = user;
    this.role = role;
    this.warehouse = warehouse;
    use(database, schema);
    try (Statement duck = connection.createStatement()) {
      duck.execute("SET TimeZone = 'UTC'");
      for (String macro : Dialect.MACROS) {
        duck.execute("CREATE TEMP MACRO " + macro);
      }
    }
  }

  void use(String newDatabase, String newSchema) throws SnowflakeException {
    try (Statement duck = connection.createStatement()) {
      duck.execute("USE " + Dialect.quote(newDatabase) + "." + Dialect.quote(newSchema));
      database = newDatabase;
      schema = newSchema;
    } catch (SQLException e) {
      throw SnowflakeException.missing("Schema", newDatabase + "." + newSchema);
    }
  }

  Connection connection() {
    return connection;
  }

  String database() {
    return database;
  }

  String schema() {
    return schema;
  }

  String user() {
    return user;
  }

  String role() {
    return role;
  }

  String warehouse() {
    return warehouse;
  }

  boolean isInTransaction() {
    return inTransaction;
  }

  /** What CURRENT_TRANSACTION() answers: a number that no other one of this session has. */
  String transaction() {
    return inTransaction ? Dialect.literal(String.valueOf(transactions)) : "NULL";
  }

  void setAutocommit(boolean on) throws SQLException {
    if (on) {
      end("COMMIT");
    }
    autocommit = on;
  }

  /** Opens a transaction where one is asked for or autocommit is off. */
  void begin(boolean explicitly) {
    if (!inTransaction && (explicitly || !autocommit)) {
      inTransaction = true;
      transactions++;
    }
  }

  /**
   * Before the first statement of a transaction reads or writes: what it sees is what was committed
   * until now. A statement that has to wait for a table calls this when it has it.
   */
  void look() throws SQLException {
    if (inTransaction && !looking) {
      execute("BEGIN TRANSACTION");
      looking = true;
    }
  }

  /** COMMIT or ROLLBACK; nothing where there is no transaction. */
  void end(String how) throws SQLException {
    boolean changing = looking;
    inTransaction = false;
    looking = false;
    try {
      if (changing) {
        execute(how);
      }
    } catch (SQLException e) {
      execute("ROLLBACK"); // DuckDB keeps a transaction open that it could not commit
      throw e;
    } finally {
      locks.release(this);
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement duck = connection.createStatement()) {
      duck.execute(sql);
    }
  }

  void busy(boolean now) {
    busy = now;
    idleSince = System.nanoTime();
  }

  boolean isIdleFor(Duration time) {
    return !busy && System.nanoTime() - idleSince > time.toNanos();
  }

  /** What it had not committed is undone. */
  @Override
  public void close() throws SQLException {
    statement.lock();
    try {
      end("ROLLBACK");
      connection.close();
    } finally {
      statement.unlock();
    }
  }
}
