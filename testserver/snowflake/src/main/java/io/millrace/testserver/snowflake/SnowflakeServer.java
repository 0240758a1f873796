package io.millrace.testserver.snowflake;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.duckdb.DuckDBConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands in for a Snowflake account on this machine: the official JDBC driver logs in with a key
 * pair, puts files to stages and runs statements, as it does against the real one. Committed rows
 * are in a file and survive a kill; sessions do not, nor does what is known of requests.
 * Thread-safe.
 *
 * <p>What it does not do as Snowflake does: a transaction sees the store as it was at its first
 * statement, where each statement of Snowflake's sees what was committed before it; a statement
 * that fails makes its whole transaction fail; identifiers that differ only in case are the same;
 * of the SQL it knows what the sink and its tests send.
 */
public final class SnowflakeServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SnowflakeServer.class);
  private static final Pattern TOKEN = Pattern.compile("Snowflake Token=\"(.*)\"");
  private static final int ROWS_REMEMBERED = 1000;
  private static final int REQUESTS_REMEMBERED = 10_000;

  static {
    // Or the JDK's server lets each answer wait for the client's delayed acknowledgement, 40 ms.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  /**
   * How the server is.
   *
   * @param port 0 for any free one
   * @param idleTransaction how long a transaction may be idle while another waits for it
   * @param answering how long the driver waits before it is told to come back for the answer
   */
  public record Options(
      int port,
      String account,
      String database,
      Duration idleTransaction,
      Duration answering,
      Clock clock) {
    /** As Snowflake is, but for five minutes of idleness that are two seconds here. */
    public static Options of(String account, String database) {
      return new Options(
          0, account, database, Duration.ofSeconds(2), Duration.ofSeconds(45), Clock.systemUTC());
    }

    /** On a port that is known beforehand. */
    public Options withPort(int known) {
      return new Options(known, account, database, idleTransaction, answering, clock);
    }
  }

  private final Options options;
  private final HttpServer http;
  private final Connection store;
  private final KeyPairLogin login;
  private final TableLocks locks;
  private final Executor executor;
  private final Faults faults = new Faults();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "snowflake-server");
            thread.setDaemon(true);
            return thread;
          });
  private final SecureRandom random = new SecureRandom();
  private final Map<String, Session> sessions = new ConcurrentHashMap<>();
  private final Map<String, Session> masters = new ConcurrentHashMap<>();
  private final Map<String, CompletableFuture<ObjectNode>> queries = new ConcurrentHashMap<>();

  /** By request: a retry is the same request, whether it has ended or not. */
  private final Map<String, CompletableFuture<ObjectNode>> requests =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(
            Map.Entry<String, CompletableFuture<ObjectNode>> eldest) {
          return size() > REQUESTS_REMEMBERED;
        }
      };

  private SnowflakeServer(Path folder, Options options) throws IOException, SQLException {
    this.options = options;
    this.login = new KeyPairLogin(options.account(), options.clock());
    this.locks = new TableLocks(options.idleTransaction(), Duration.ofMinutes(5));
    this.executor = new Executor(new Stages(folder), locks);
    Files.createDirectories(folder);
    this.store = DriverManager.getConnection("jdbc:duckdb:");
    try (Statement duck = store.createStatement()) {
      String database = Dialect.quote(options.database());
      duck.execute(
          "ATTACH "
              + Dialect.literal(folder.resolve("store.duckdb").toString())
              + " AS "
              + database);
      duck.execute("CREATE SCHEMA IF NOT EXISTS " + database + ".\"PUBLIC\"");
    }
    this.http =
        HttpServer.create(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), options.port()), 0);
    http.setExecutor(threads);
    http.createContext("/", this::handle);
  }

  /** Starts a server whose rows and stages are in this folder; what is there already is kept. */
  public static SnowflakeServer start(Path folder, Options options) {
    try {
      SnowflakeServer server = new SnowflakeServer(folder, options);
      server.http.start();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (SQLException e) {
      throw new IllegalStateException("Cannot open the store in " + folder, e);
    }
  }

  /** Lets a user log in with the private key to this one. */
  public void addUser(String name, PublicKey key) {
    login.add(name, key);
  }

  /** What is to go wrong. */
  public Faults faults() {
    return faults;
  }

  public int port() {
    return http.getAddress().getPort();
  }

  /** What a client gives as URL. */
  public String url() {
    return "http://localhost:" + port();
  }

  /** Ends as a killed server does: what no transaction has committed is gone. */
  @Override
  public void close() throws SQLException {
    http.stop(0);
    threads.shutdownNow();
    for (Session session : masters.values()) {
      session.close();
    }
    store.close();
  }

  // ---- HTTP -----------------------------------------------------------------------------------

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
    byte[] body = exchange.getRequestBody().readAllBytes();
    if ("gzip".equalsIgnoreCase(exchange.getRequestHeaders().getFirst("Content-Encoding"))) {
      body = new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes();
    }
    JsonNode request =
        body.length == 0 ? Answer.JSON.createObjectNode() : Answer.JSON.readTree(body);
    String sql = request.path("sqlText").asText("");
    boolean statement = path.equals("/queries/v1/query-request");
    if (statement && faults.strikes(Faults.Kind.REFUSE, sql)) {
      exchange.sendResponseHeaders(503, -1);
      exchange.close();
      return;
    }
    ObjectNode answer;
    try {
      answer = answer(exchange, path, query, request, sql);
    } catch (SnowflakeException e) {
      answer = Answer.error(e);
    } catch (SQLException | InterruptedException | RuntimeException e) {
      LOG.warn("Failed to answer {}", path, e);
      answer = Answer.error(new SnowflakeException("261000", "XX000", "Internal error: " + e));
    }
    if (statement && faults.strikes(Faults.Kind.LOSE_ANSWER, sql)) {
      exchange.close();
      return;
    }
    send(exchange, Answer.bytes(answer));
  }

  private static void send(HttpExchange exchange, byte[] answer) throws IOException {
    byte[] bytes = answer;
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    String accepted = exchange.getRequestHeaders().getFirst("Accept-Encoding");
    if (accepted != null && accepted.contains("gzip")) {
      ByteArrayOutputStream packed = new ByteArrayOutputStream();
      try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
        gzip.write(answer);
      }
      bytes = packed.toByteArray();
      exchange.getResponseHeaders().set("Content-Encoding", "gzip");
    }
    try (exchange) {
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private static Map<String, String> query(String raw) {
    Map<String, String> query = new HashMap<>();
    for (String part : raw == null ? new String[0] : raw.split("&")) {
      int equals = part.indexOf('=');
      query.put(
          equals < 0 ? part : part.substring(0, equals),
          equals < 0 ? "" : URLDecoder.decode(part.substring(equals + 1), StandardCharsets.UTF_8));
    }
    return query;
  }

  private ObjectNode answer(
      HttpExchange exchange, String path, Map<String, String> query, JsonNode request, String sql)
      throws SnowflakeException, SQLException, InterruptedException {
    switch (path) {
      case "/session/v1/login-request":
        return login(request.path("data"), query);
      case "/session/token-request":
        return renew(exchange);
      case "/session/heartbeat":
        session(exchange);
        return Answer.ok(Answer.JSON.createObjectNode());
      case "/session":
        if ("true".equals(query.get("delete"))) {
          close(session(exchange));
        }
        return Answer.ok(null);
      case "/queries/v1/query-request":
        return statement(exchange, query, request, sql);
      case "/queries/v1/abort-request", "/telemetry/send", "/telemetry/send/sessionless":
        return Answer.ok(null);
      default:
        String[] parts = path.split("/");
        if (parts.length == 4 && queries.containsKey(parts[2])) {
          return await(parts[2], queries.get(parts[2]));
        }
        throw new SnowflakeException("390404", "08001", "No such door: " + path);
    }
  }

  // ---- sessions -------------------------------------------------------------------------------

  private ObjectNode login(JsonNode data, Map<String, String> query)
      throws SnowflakeException, SQLException {
    String user = login.verify(data);
    Session session =
        new Session(
            ((DuckDBConnection) store).duplicate(),
            locks,
            user,
            folded(query.get("databaseName")).orElse(options.database()),
            folded(query.get("schemaName")).orElse("PUBLIC"),
            folded(query.get("roleName")).orElse("PUBLIC"),
            folded(query.get("warehouse")).orElse("NONE"));
    String token = token();
    String master = token();
    sessions.put(token, session);
    masters.put(master, session);
    ObjectNode answer = Answer.JSON.createObjectNode();
    answer
        .put("token", token)
        .put("masterToken", master)
        .put("validityInSeconds", 3600)
        .put("masterValidityInSeconds", 14400)
        .put("displayUserName", user)
        .put("serverVersion", "9.30.0")
        .put("firstLogin", false)
        .put("healthCheckInterval", 45)
        .put("sessionId", random.nextInt(Integer.MAX_VALUE))
        .putNull("newClientForUpgrade");
    answer
        .putObject("sessionInfo")
        .put("databaseName", session.database())
        .put("schemaName", session.schema())
        .put("warehouseName", session.warehouse())
        .put("roleName", session.role());
    ArrayNode parameters = answer.putArray("parameters");
    parameter(parameters, "AUTOCOMMIT").put("value", true);
    parameter(parameters, "TIMEZONE").put("value", "UTC");
    parameter(parameters, "CLIENT_SESSION_KEEP_ALIVE").put("value", false);
    parameter(parameters, "CLIENT_TELEMETRY_ENABLED").put("value", false);
    parameter(parameters, "CLIENT_STAGE_ARRAY_BINDING_THRESHOLD").put("value", 0);
    parameter(parameters, "JDBC_QUERY_RESULT_FORMAT").put("value", "JSON");
    parameter(parameters, "BINARY_OUTPUT_FORMAT").put("value", "HEX");
    parameter(parameters, "DATE_OUTPUT_FORMAT").put("value", "YYYY-MM-DD");
    parameter(parameters, "TIME_OUTPUT_FORMAT").put("value", "HH24:MI:SS.FF6");
    parameter(parameters, "TIMESTAMP_OUTPUT_FORMAT").put("value", "YYYY-MM-DD HH24:MI:SS.FF6");
    return Answer.ok(answer);
  }

  private static Optional<String> folded(String name) {
    return name == null || name.isEmpty()
        ? Optional.empty()
        : Optional.of(name.toUpperCase(Locale.ROOT));
  }

  private static ObjectNode parameter(ArrayNode parameters, String name) {
    return parameters.addObject().put("name", name);
  }

  private String token() {
    byte[] bytes = new byte[24];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static String tokenOf(HttpExchange exchange) {
    Matcher token =
        TOKEN.matcher(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
    return token.matches() ? token.group(1) : "";
  }

  private Session session(HttpExchange exchange) throws SnowflakeException {
    Session session = sessions.get(tokenOf(exchange));
    if (session == null) {
      throw new SnowflakeException(
          "390111", "08001", "Session no longer exists. New login required to access the service.");
    }
    return session;
  }

  private static SnowflakeException expired() {
    return new SnowflakeException("390112", "08001", "Session token has expired.");
  }

  private ObjectNode renew(HttpExchange exchange) throws SnowflakeException {
    String master = tokenOf(exchange);
    Session session = masters.get(master);
    if (session == null) {
      throw new SnowflakeException(
          "390114", "08001", "Authentication token has expired. The user must authenticate again.");
    }
    String token = token();
    sessions.values().removeIf(one -> one == session);
    sessions.put(token, session);
    ObjectNode answer = Answer.JSON.createObjectNode();
    answer
        .put("sessionToken", token)
        .put("validityInSecondsST", 3600)
        .put("masterToken", master)
        .put("validityInSecondsMT", 14400)
        .put("sessionId", 1);
    return Answer.ok(answer);
  }

  private void close(Session session) throws SQLException {
    sessions.values().removeIf(one -> one == session);
    masters.values().removeIf(one -> one == session);
    session.close();
  }

  // ---- statements -----------------------------------------------------------------------------

  private ObjectNode statement(
      HttpExchange exchange, Map<String, String> query, JsonNode request, String sql)
      throws SnowflakeException, InterruptedException {
    Session session = session(exchange);
    if (faults.strikes(Faults.Kind.EXPIRE, sql)) {
      throw expired(); // until the driver renews it
    }
    String id = query.getOrDefault("requestId", UUID.randomUUID().toString());
    CompletableFuture<ObjectNode> running;
    boolean first;
    synchronized (requests) {
      running = requests.get(id);
      first = running == null;
      if (first) {
        running = new CompletableFuture<>();
        requests.put(id, running);
      }
    }
    if (first) {
      CompletableFuture<ObjectNode> own = running;
      threads.execute(
          () -> {
            run(session, request, sql, own);
            forgetIfLarge(id, own);
          });
    }
    return await(id, running);
  }

  /** Rows that were only read can be read again; a thousand such answers would fill the memory. */
  private void forgetIfLarge(String id, CompletableFuture<ObjectNode> ended) {
    boolean large =
        !ended.isCompletedExceptionally()
            && ended.join().path("data").path("rowset").size() > ROWS_REMEMBERED;
    if (large) {
      synchronized (requests) {
        requests.remove(id);
      }
    }
  }

  private void run(
      Session session, JsonNode request, String sql, CompletableFuture<ObjectNode> answer) {
    try {
      faults.holdIfAsked(sql);
      if (faults.strikes(Faults.Kind.FAIL, sql)) {
        throw new SnowflakeException("000606", "57P03", "No active warehouse selected.");
      }
      answer.complete(Answer.ok(executor.execute(session, sql, request)));
    } catch (SnowflakeException e) {
      answer.complete(Answer.error(e));
    } catch (InterruptedException | RuntimeException | Error e) {
      answer.completeExceptionally(e); // also where memory is short: somebody waits for it
    }
  }

  private ObjectNode await(String id, CompletableFuture<ObjectNode> running)
      throws InterruptedException {
    try {
      ObjectNode answer = running.get(options.answering().toMillis(), TimeUnit.MILLISECONDS);
      queries.remove(id);
      return answer;
    } catch (TimeoutException e) {
      queries.put(id, running);
      return Answer.inProgress(id);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }
}
