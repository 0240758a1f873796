package io.millrace.testserver.snowflake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The rules of Snowflake that exactness rests on, asked for through the official driver. Each test
 * names the page of docs.snowflake.com that states its rule.
 */
class SnowflakeRulesTest {
  private static final KeyPair KEYS = keys();

  @TempDir Path folder;
  private SnowflakeServer server;
  private final List<Connection> connections = new ArrayList<>();

  private static KeyPair keys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return generator.generateKeyPair();
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeEach
  void start() {
    start(options(Duration.ofSeconds(30)));
  }

  private static SnowflakeServer.Options options(Duration idleTransaction) {
    return new SnowflakeServer.Options(
        0, "acme", "DW", idleTransaction, Duration.ofMillis(300), Clock.systemUTC());
  }

  private void start(SnowflakeServer.Options options) {
    server = SnowflakeServer.start(folder.resolve("server"), options);
    server.addUser("loader", KEYS.getPublic());
  }

  @AfterEach
  void stop() throws SQLException {
    for (Connection connection : connections) {
      connection.close();
    }
    server.close();
  }

  private Connection connect(PrivateKey key, String account, String user) throws SQLException {
    Properties properties = new Properties();
    properties.put("user", user);
    properties.put("privateKey", key);
    properties.put("account", account);
    properties.put("db", "DW");
    properties.put("schema", "PUBLIC");
    properties.put("ssl", "off");
    properties.put("authenticator", "snowflake_jwt");
    properties.put("disablePlatformDetection", "true");
    Connection connection =
        DriverManager.getConnection(
            "jdbc:snowflake://localhost:" + server.port() + "/", properties);
    connections.add(connection);
    return connection;
  }

  private Connection connect() throws SQLException {
    return connect(KEYS.getPrivate(), "acme", "loader");
  }

  private static int update(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.executeUpdate(sql);
    }
  }

  private static void run(Connection connection, String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static List<List<String>> rows(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(query)) {
      List<List<String>> rows = new ArrayList<>();
      while (result.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
          row.add(result.getString(i));
        }
        rows.add(row);
      }
      return rows;
    }
  }

  private static long count(Connection connection, String table) throws SQLException {
    return Long.parseLong(rows(connection, "SELECT count(*) FROM " + table).get(0).get(0));
  }

  private static void assertFails(int code, ThrowingCallable step) {
    assertThatThrownBy(step)
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getErrorCode()).as("" + e).isEqualTo(code));
  }

  // ---- logging in: user-guide/key-pair-auth, developer-guide/sql-api/authenticating -----------

  @Test
  void loginIsByTheKeyOfTheUserAndTheAccount() throws SQLException {
    assertThat(rows(connect(), "SELECT 1")).containsExactly(List.of("1"));
    assertFails(390144, () -> connect(keys().getPrivate(), "acme", "loader"));
    assertFails(390144, () -> connect(KEYS.getPrivate(), "other", "loader"));
    assertFails(390144, () -> connect(KEYS.getPrivate(), "acme", "nobody"));
  }

  @Test
  void loginWithATokenOfAnotherTimeIsRefused() throws SQLException {
    for (Duration late : List.of(Duration.ofHours(1), Duration.ofHours(-1))) {
      server.close();
      start(
          new SnowflakeServer.Options(
              0,
              "acme",
              "DW",
              Duration.ofSeconds(1),
              Duration.ofSeconds(1),
              Clock.fixed(Instant.now().plus(late), ZoneOffset.UTC)));
      assertFails(390144, this::connect);
    }
  }

  @Test
  void expiredSessionTokenIsRenewedMidway() throws SQLException {
    Connection connection = connect();
    run(connection, "CREATE TABLE t (n NUMBER)");
    server.faults().expireToken("INSERT");
    assertThat(update(connection, "INSERT INTO t VALUES (1)")).isEqualTo(1);
    assertThat(count(connection, "t")).isEqualTo(1);
  }

  // ---- requests: developer-guide/sql-api/submitting-requests, "Resubmitting a request" --------

  @Test
  void requestThatIsRetriedRunsOnce() throws SQLException {
    Connection connection = connect();
    run(connection, "CREATE TABLE t (n NUMBER)");
    server.faults().loseAnswer("INSERT");
    assertThat(update(connection, "INSERT INTO t VALUES (1)")).isEqualTo(1);
    server.faults().refuse("INSERT");
    assertThat(update(connection, "INSERT INTO t VALUES (2)")).isEqualTo(1);
    assertThat(rows(connection, "SELECT n FROM t ORDER BY n"))
        .containsExactly(List.of("1"), List.of("2"));
  }

  @Test
  void requestThatIsRetriedWhileItRunsRunsOnce() throws Exception {
    Connection connection = connect();
    run(connection, "CREATE TABLE t (n NUMBER)");
    Faults.Hold hold = server.faults().hold("INSERT");
    server.faults().loseAnswer("INSERT");
    CompletableFuture<Integer> inserted =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return update(connection, "INSERT INTO t VALUES (1)");
              } catch (SQLException e) {
                throw new IllegalStateException(e);
              }
            });
    // Longer than the server lets the driver wait: the first answer is lost, the retry waits on.
    Awaitility.await()
        .during(Duration.ofMillis(700))
        .atMost(Duration.ofSeconds(5))
        .until(() -> !inserted.isDone());
    hold.release();
    assertThat(inserted.get()).isEqualTo(1);
    assertThat(count(connection, "t")).isEqualTo(1);
  }

  @Test
  void failureIsTheAnswerOfARetryToo() throws SQLException {
    Connection connection = connect();
    run(connection, "CREATE TABLE t (n NUMBER NOT NULL)");
    server.faults().loseAnswer("INSERT");
    assertFails(100072, () -> update(connection, "INSERT INTO t VALUES (NULL)"));
  }

  // ---- transactions: sql-reference/transactions -----------------------------------------------

  @Test
  void rowsAreSeenByOthersOnceTheyAreCommitted() throws SQLException {
    Connection one = connect();
    Connection other = connect();
    run(one, "CREATE TABLE t (n NUMBER)", "BEGIN", "INSERT INTO t VALUES (1)");
    assertThat(count(one, "t")).isEqualTo(1);
    assertThat(count(other, "t")).isZero();
    run(one, "COMMIT");
    assertThat(count(other, "t")).isEqualTo(1);
    run(one, "BEGIN", "DELETE FROM t", "ROLLBACK");
    assertThat(count(other, "t")).isEqualTo(1);
  }

  @Test
  void definitionCommitsTheTransactionBeforeIt() throws SQLException {
    Connection one = connect();
    run(one, "CREATE TABLE t (n NUMBER)", "BEGIN", "INSERT INTO t VALUES (1)");
    run(one, "CREATE TABLE u (n NUMBER)", "ROLLBACK");
    assertThat(count(one, "t")).isEqualTo(1);
  }

  @Test
  void withoutAutocommitAChangeOpensATransaction() throws SQLException {
    Connection one = connect();
    run(one, "CREATE TABLE t (n NUMBER)");
    one.setAutoCommit(false);
    run(one, "INSERT INTO t VALUES (1)");
    one.rollback();
    assertThat(count(one, "t")).isZero();
    run(one, "INSERT INTO t VALUES (1)");
    one.commit();
    assertThat(count(connect(), "t")).isEqualTo(1);
  }

  @Test
  void sessionThatEndsUndoesItsTransaction() throws SQLException {
    Connection one = connect();
    run(one, "CREATE TABLE t (n NUMBER)", "BEGIN", "INSERT INTO t VALUES (1)");
    one.close();
    assertThat(count(connect(), "t")).isZero();
  }

  /** "Resource locking": UPDATE, DELETE and MERGE hold what they change until the end. */
  @Test
  void updateWaitsForTheTransactionThatHoldsTheTable() throws Exception {
    Connection one = connect();
    Connection other = connect();
    run(one, "CREATE TABLE t (n NUMBER)", "INSERT INTO t VALUES (1)");
    run(one, "BEGIN", "UPDATE t SET n = 2 WHERE n = 1");
    CompletableFuture<Integer> waiting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return update(other, "UPDATE t SET n = 3 WHERE n = 1");
              } catch (SQLException e) {
                throw new IllegalStateException(e);
              }
            });
    Awaitility.await()
        .during(Duration.ofMillis(200))
        .atMost(Duration.ofSeconds(2))
        .until(() -> !waiting.isDone());
    run(one, "COMMIT");
    assertThat(waiting.get()).as("rows that still fit the condition").isZero();
    assertThat(rows(one, "SELECT n FROM t")).containsExactly(List.of("2"));
  }

  /** "Aborting transactions": one that is idle and blocks another ends, here after 100 ms. */
  @Test
  void idleTransactionThatBlocksAnotherIsAborted() throws SQLException {
    server.close();
    start(options(Duration.ofMillis(100)));
    Connection one = connect();
    run(one, "CREATE TABLE t (n NUMBER)", "INSERT INTO t VALUES (1)");
    run(one, "BEGIN", "UPDATE t SET n = 2 WHERE n = 1");
    assertThat(update(connect(), "UPDATE t SET n = 3 WHERE n = 1")).isEqualTo(1);
    assertThat(rows(one, "SELECT n FROM t")).containsExactly(List.of("3"));
  }

  // ---- tables: sql-reference/constraints-overview, sql-reference/data-types-text --------------

  @Test
  void keysAreNotEnforcedButNotNullIs() throws SQLException {
    Connection one = connect();
    run(one, "CREATE TABLE t (id NUMBER PRIMARY KEY, word VARCHAR(3) NOT NULL, UNIQUE (word))");
    assertThat(update(one, "INSERT INTO t VALUES (1, 'a'), (1, 'a')")).isEqualTo(2);
    assertFails(100072, () -> update(one, "INSERT INTO t VALUES (2, NULL)"));
    assertFails(100078, () -> update(one, "INSERT INTO t VALUES (2, 'abcd')"));
    assertFails(100038, () -> update(one, "INSERT INTO t VALUES ('two', 'abc')"));
  }

  @Test
  void unquotedNamesAreFoldedToUpperCase() throws SQLException {
    Connection one = connect();
    run(one, "CREATE TABLE web_logs (date VARCHAR, \"DATE_2\" DATE, \"user-agent\" VARCHAR(10))");
    assertThat(rows(one, "DESCRIBE TABLE WEB_LOGS").stream().map(r -> r.subList(0, 2)))
        .containsExactly(
            List.of("DATE", "VARCHAR(16777216)"),
            List.of("DATE_2", "DATE"),
            List.of("user-agent", "VARCHAR(10)"));
    assertFails(2003, () -> rows(one, "DESCRIBE TABLE nothing_of_that_name"));
  }

  @Test
  void columnsAreAddedAndWidened() throws SQLException {
    Connection one = connect();
    run(one, "CREATE TABLE t (word VARCHAR(3))", "INSERT INTO t VALUES ('abc')");
    run(one, "ALTER TABLE t ADD COLUMN n NUMBER(5,2)");
    run(one, "ALTER TABLE t ALTER COLUMN word SET DATA TYPE VARCHAR(5)");
    run(one, "INSERT INTO t VALUES ('abcde', 1.25)");
    assertThat(rows(one, "SELECT word, n FROM t ORDER BY word"))
        .containsExactly(java.util.Arrays.asList("abc", null), List.of("abcde", "1.25"));
  }

  // ---- MERGE: sql-reference/sql/merge, "Nondeterministic results" -----------------------------

  @Test
  void mergeSetsInsertsAndDeletes() throws SQLException {
    Connection one = connect();
    run(
        one,
        "CREATE TABLE t (id NUMBER, word VARCHAR)",
        "CREATE TABLE s (id NUMBER, word VARCHAR)");
    run(one, "INSERT INTO t VALUES (1, 'a'), (2, 'b')", "INSERT INTO s VALUES (1, 'A'), (2, NULL)");
    run(one, "INSERT INTO s VALUES (3, 'C')");
    int changed =
        update(
            one,
            "MERGE INTO t USING s ON t.id = s.id WHEN MATCHED AND s.word IS NULL THEN DELETE WHEN"
                + " MATCHED THEN UPDATE SET word = s.word WHEN NOT MATCHED THEN INSERT (id, word)"
                + " VALUES (s.id, s.word)");
    assertThat(changed).isEqualTo(3);
    assertThat(rows(one, "SELECT id, word FROM t ORDER BY id"))
        .containsExactly(List.of("1", "A"), List.of("3", "C"));
  }

  @Test
  void mergeThatMatchesARowTwiceIsRefused() throws SQLException {
    Connection one = connect();
    run(
        one,
        "CREATE TABLE t (id NUMBER, word VARCHAR)",
        "CREATE TABLE s (id NUMBER, word VARCHAR)");
    run(one, "INSERT INTO t VALUES (1, 'a')", "INSERT INTO s VALUES (1, 'b'), (1, 'c')");
    assertFails(
        100090,
        () ->
            update(
                one,
                "MERGE INTO t AS x USING (SELECT * FROM s) AS y ON x.id = y.id WHEN MATCHED THEN"
                    + " UPDATE SET word = y.word"));
    assertThat(rows(one, "SELECT word FROM t")).containsExactly(List.of("a"));
  }

  // ---- stages: sql-reference/sql/put, user-guide/querying-stage -------------------------------

  private Path parquet(String name, int from, int to) throws SQLException {
    Path file = folder.resolve(name);
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement()) {
      statement.execute(
          "COPY (SELECT i::BIGINT AS \"N\" FROM range("
              + from
              + ", "
              + to
              + ") r(i)) TO '"
              + file
              + "' (FORMAT parquet)");
    }
    return file;
  }

  private static List<List<String>> put(Connection connection, Path file, String more)
      throws SQLException {
    return rows(connection, "PUT 'file://" + file + "' @st/a/b/ AUTO_COMPRESS=FALSE " + more);
  }

  @Test
  void filesOfAStageAreRowsAndStayOutsideOfTransactions() throws SQLException {
    Connection one = connect();
    run(one, "CREATE TABLE t (n NUMBER)", "CREATE STAGE st");
    run(one, "CREATE FILE FORMAT f TYPE = PARQUET BINARY_AS_TEXT = FALSE");
    put(one, parquet("1.parquet", 0, 100), "");
    put(one, parquet("2.parquet", 100, 150), "");
    run(one, "BEGIN");
    assertThat(
            update(one, "INSERT INTO t SELECT $1:\"N\"::NUMBER FROM @st/a/ (FILE_FORMAT => 'f') s"))
        .isEqualTo(150);
    run(one, "ROLLBACK");
    assertThat(count(one, "t")).isZero();
    assertThat(rows(one, "LIST @st/a/").stream().map(r -> r.get(0)))
        .containsExactly("st/a/b/1.parquet", "st/a/b/2.parquet");
    assertThat(rows(one, "REMOVE @st/a/b/1"))
        .containsExactly(List.of("st/a/b/1.parquet", "removed"));
    assertThat(rows(one, "LIST @st")).hasSize(1);
  }

  @Test
  void putKeepsAFileOfThatNameUnlessToldToOverwriteIt() throws Exception {
    Connection one = connect();
    run(one, "CREATE STAGE st");
    Path file = parquet("1.parquet", 0, 100);
    long small = Files.size(file);
    put(one, file, "");
    parquet("1.parquet", 0, 100_000);
    assertThat(put(one, file, "").get(0)).contains("SKIPPED");
    assertThat(rows(one, "LIST @st").get(0).get(1)).isEqualTo(String.valueOf(small));
    assertThat(put(one, file, "OVERWRITE=TRUE").get(0)).contains("UPLOADED");
    assertThat(rows(one, "LIST @st").get(0).get(1)).isEqualTo(String.valueOf(Files.size(file)));
    assertFails(2003, () -> run(one, "PUT 'file://" + file + "' @elsewhere/ AUTO_COMPRESS=FALSE"));
  }

  // ---- the server itself ----------------------------------------------------------------------

  @Test
  void committedRowsSurviveAKilledServerAndSessionsDoNot() throws SQLException {
    Connection one = connect();
    run(one, "CREATE TABLE t (n NUMBER)", "INSERT INTO t VALUES (1)", "BEGIN");
    run(one, "INSERT INTO t VALUES (2)");
    connections.clear(); // closing one would only wait for the server that is gone
    server.close();
    start(SnowflakeServer.Options.of("acme", "DW"));
    assertThat(rows(connect(), "SELECT n FROM t")).containsExactly(List.of("1"));
  }
}
