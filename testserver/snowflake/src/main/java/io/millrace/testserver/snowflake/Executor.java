package io.millrace.testserver.snowflake;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Runs one statement of a session by Snowflake's rules on a store that is DuckDB. Which rules is in
 * the tests, each with the page that states it. Thread-safe; a session runs one statement at a
 * time.
 */
final class Executor {
  private final Stages stages;
  private final TableLocks locks;

  Executor(Stages stages, TableLocks locks) {
    this.stages = stages;
    this.locks = locks;
  }

  ObjectNode execute(Session session, String sql, JsonNode request)
      throws SnowflakeException, InterruptedException {
    session.statement.lock();
    session.busy(true);
    try {
      return run(session, sql, request);
    } catch (SQLException e) {
      throw translated(e);
    } catch (IOException e) {
      throw new SnowflakeException("261000", "XX000", "The store failed: " + e);
    } finally {
      session.busy(false);
      session.statement.unlock();
    }
  }

  private static SnowflakeException translated(SQLException e) {
    String message = String.valueOf(e.getMessage());
    if (message.contains("does not exist")) {
      return SnowflakeException.missing("Object", message);
    }
    if (message.contains("NOT NULL constraint")) {
      return new SnowflakeException("100072", "22000", "NULL result in a non-nullable column");
    }
    if (message.contains("CHECK constraint")) {
      return new SnowflakeException(
          "100078", "22000", "String is too long and would be truncated: " + message);
    }
    if (message.contains("onflict on")) {
      // Two transactions of DuckDB that Snowflake would have let follow each other.
      return new SnowflakeException("000618", "40001", message);
    }
    if (message.startsWith("Conversion Error") || message.startsWith("Out of Range Error")) {
      return new SnowflakeException("100038", "22018", message);
    }
    return SnowflakeException.syntax(message);
  }

  private ObjectNode run(Session session, String sql, JsonNode request)
      throws SnowflakeException, SQLException, IOException, InterruptedException {
    List<Token> tokens = new ArrayList<>(Token.read(sql));
    while (!tokens.isEmpty() && tokens.get(tokens.size() - 1).is(";")) {
      tokens.remove(tokens.size() - 1);
    }
    if (tokens.isEmpty()) {
      throw SnowflakeException.syntax("Empty SQL statement.");
    }
    Cursor cursor = new Cursor(tokens);
    return switch (tokens.get(0).folded()) {
      case "PUT" -> put(session, sql, cursor);
      case "LIST", "LS" -> list(session, cursor);
      case "REMOVE", "RM" -> remove(session, cursor);
      case "BEGIN", "START" -> {
        session.begin(true);
        yield done(session, Answer.Kind.TRANSACTION);
      }
      case "COMMIT", "ROLLBACK" -> {
        session.end(tokens.get(0).folded());
        yield done(session, Answer.Kind.TRANSACTION);
      }
      case "ALTER" ->
          tokens.size() > 1 && tokens.get(1).is("SESSION")
              ? alterSession(session, cursor)
              : define(session, cursor);
      case "CREATE", "DROP", "TRUNCATE" -> define(session, cursor);
      case "USE" -> use(session, cursor);
      case "DESC", "DESCRIBE" -> describe(session, cursor);
      case "INSERT", "UPDATE", "DELETE", "MERGE" -> change(session, tokens, request);
      case "SELECT", "WITH" -> select(session, tokens, request);
      default ->
          throw SnowflakeException.syntax(
              "syntax error: unexpected '" + tokens.get(0).text() + "'.");
    };
  }

  private static ObjectNode done(Session session, Answer.Kind kind) {
    return Answer.done(session, kind, "Statement executed successfully.");
  }

  private ObjectNode alterSession(Session session, Cursor cursor)
      throws SnowflakeException, SQLException {
    cursor.require("ALTER", "SESSION", "SET");
    if (cursor.take("AUTOCOMMIT", "=")) {
      session.setAutocommit(cursor.next().is("TRUE"));
    }
    return done(session, Answer.Kind.ALTER_SESSION);
  }

  private static ObjectNode use(Session session, Cursor cursor) throws SnowflakeException {
    cursor.require("USE");
    if (cursor.take("DATABASE")) {
      session.use(cursor.next().folded(), "PUBLIC");
    } else if (cursor.take("SCHEMA")) {
      session.use(session.database(), cursor.next().folded());
    }
    return done(session, Answer.Kind.USE);
  }

  // ---- definitions ----------------------------------------------------------------------------

  /** "A DDL statement commits the active transaction and runs in a transaction of its own." */
  private ObjectNode define(Session session, Cursor cursor)
      throws SnowflakeException, SQLException {
    session.end("COMMIT");
    String verb = cursor.next().folded();
    boolean replace = cursor.take("OR", "REPLACE");
    boolean temporary = cursor.take("TEMPORARY") || cursor.take("TEMP");
    cursor.take("TRANSIENT");
    if (cursor.take("STAGE")) {
      return stage(session, verb, cursor);
    }
    if (cursor.take("FILE", "FORMAT")) {
      exists(cursor);
      stages.createFormat(ObjectName.read(cursor, session));
      return done(session, Answer.Kind.DEFINITION);
    }
    if (verb.equals("CREATE") && cursor.take("SCHEMA")) {
      exists(cursor);
      duck(
          session,
          "CREATE SCHEMA IF NOT EXISTS "
              + Dialect.quote(session.database())
              + "."
              + Dialect.quote(cursor.next().folded()));
      return done(session, Answer.Kind.DEFINITION);
    }
    cursor.require("TABLE");
    boolean conditional = exists(cursor);
    ObjectName name = ObjectName.read(cursor, session);
    switch (verb) {
      case "CREATE" -> create(session, name, columns(cursor), replace, conditional, temporary);
      case "DROP" ->
          duck(session, "DROP TABLE " + (conditional ? "IF EXISTS " : "") + name.quoted());
      case "TRUNCATE" -> duck(session, "DELETE FROM " + name.quoted());
      default -> alter(session, name, cursor);
    }
    return done(session, Answer.Kind.DEFINITION);
  }

  private ObjectNode stage(Session session, String verb, Cursor cursor) throws SnowflakeException {
    exists(cursor);
    ObjectName name = ObjectName.read(cursor, session);
    if (verb.equals("DROP")) {
      stages.drop(name);
    } else {
      stages.create(name);
    }
    return done(session, Answer.Kind.DEFINITION);
  }

  private static boolean exists(Cursor cursor) {
    return cursor.take("IF", "NOT", "EXISTS") || cursor.take("IF", "EXISTS");
  }

  private record Column(String name, ColumnType type, boolean nullable) {
    /** Primary and unique keys are not there: Snowflake does not enforce them. */
    String definition() {
      return Dialect.quote(name)
          + " "
          + type.duck()
          + (nullable ? "" : " NOT NULL")
          + type.check(name);
    }
  }

  private static List<Column> columns(Cursor cursor) throws SnowflakeException {
    Cursor inside = new Cursor(cursor.parentheses());
    List<Column> columns = new ArrayList<>();
    while (!inside.isAtEnd()) {
      boolean constraint =
          inside.peek().is("PRIMARY")
              || inside.peek().is("UNIQUE")
              || inside.peek().is("CONSTRAINT");
      Cursor one = new Cursor(inside.until(","));
      inside.take(",");
      if (!constraint) {
        columns.add(column(one));
      }
    }
    return columns;
  }

  private static Column column(Cursor cursor) throws SnowflakeException {
    String name = cursor.next().folded();
    ColumnType type = ColumnType.read(cursor);
    boolean nullable = true;
    while (!cursor.isAtEnd()) {
      if (cursor.take("NOT", "NULL") || cursor.take("PRIMARY", "KEY")) {
        nullable = false;
      } else if (cursor.take("COMMENT")) {
        cursor.next();
      } else if (!cursor.take("UNIQUE")) {
        throw SnowflakeException.syntax("unexpected '" + cursor.peek().text() + "'.");
      }
    }
    return new Column(name, type, nullable);
  }

  private static void create(
      Session session,
      ObjectName name,
      List<Column> columns,
      boolean replace,
      boolean conditional,
      boolean temporary)
      throws SQLException, SnowflakeException {
    if (temporary) {
      throw SnowflakeException.syntax("This server keeps no temporary tables.");
    }
    if (replace) {
      duck(session, "DROP TABLE IF EXISTS " + name.quoted());
    } else if (!find(session, name).isEmpty()) {
      if (conditional) {
        return;
      }
      throw new SnowflakeException("002002", "42710", "Object '" + name + "' already exists.");
    }
    duck(
        session,
        "CREATE TABLE "
            + name.quoted()
            + " ("
            + String.join(", ", columns.stream().map(Column::definition).toList())
            + ")");
    for (Column column : columns) {
      // DuckDB knows no lengths: the declared type is kept beside it.
      duck(
          session,
          "COMMENT ON COLUMN "
              + name.quoted()
              + "."
              + Dialect.quote(column.name())
              + " IS "
              + Dialect.literal(column.type().name()));
    }
  }

  private static List<Column> find(Session session, ObjectName name)
      throws SQLException, SnowflakeException {
    List<Column> columns = new ArrayList<>();
    try (PreparedStatement query =
        session
            .connection()
            .prepareStatement(
                "SELECT column_name, comment, is_nullable FROM duckdb_columns() WHERE database_name"
                    + " = ? AND schema_name = ? AND table_name = ? ORDER BY column_index")) {
      query.setString(1, name.database());
      query.setString(2, name.schema());
      query.setString(3, name.object());
      try (ResultSet found = query.executeQuery()) {
        while (found.next()) {
          columns.add(
              new Column(
                  found.getString(1), ColumnType.parse(found.getString(2)), found.getBoolean(3)));
        }
      }
    }
    return columns;
  }

  private static List<Column> require(Session session, ObjectName name)
      throws SQLException, SnowflakeException {
    List<Column> columns = find(session, name);
    if (columns.isEmpty()) {
      throw SnowflakeException.missing("Table", name.toString());
    }
    return columns;
  }

  /** The table is made anew with its rows: DuckDB cannot alter columns that have checks. */
  private static void alter(Session session, ObjectName name, Cursor cursor)
      throws SQLException, SnowflakeException {
    List<Column> before = require(session, name);
    List<Column> after = new ArrayList<>(before);
    if (cursor.take("ADD")) {
      cursor.take("COLUMN");
      do {
        exists(cursor);
        Column added = column(new Cursor(cursor.until(",")));
        if (after.stream().noneMatch(c -> c.name().equals(added.name()))) {
          after.add(added);
        }
      } while (cursor.take(","));
    } else {
      cursor.require("ALTER", "COLUMN");
      String column = cursor.next().folded();
      int index = before.stream().map(Column::name).toList().indexOf(column);
      if (index < 0) {
        throw new SnowflakeException("000904", "42000", "invalid identifier '" + column + "'");
      }
      Column old = before.get(index);
      if (cursor.take("DROP", "NOT", "NULL")) {
        after.set(index, new Column(column, old.type(), true));
      } else {
        cursor.require("SET", "DATA", "TYPE");
        after.set(index, new Column(column, ColumnType.read(cursor), old.nullable()));
      }
    }
    ObjectName copy = name.withObject(name.object() + "_BEING_ALTERED");
    create(session, copy, after, true, false, false);
    String names = String.join(", ", before.stream().map(c -> Dialect.quote(c.name())).toList());
    duck(
        session,
        "INSERT INTO "
            + copy.quoted()
            + " ("
            + names
            + ") SELECT "
            + names
            + " FROM "
            + name.quoted());
    duck(session, "DROP TABLE " + name.quoted());
    duck(session, "ALTER TABLE " + copy.quoted() + " RENAME TO " + Dialect.quote(name.object()));
  }

  private static void duck(Session session, String sql) throws SQLException {
    try (Statement statement = session.connection().createStatement()) {
      statement.execute(sql);
    }
  }

  private static ObjectNode describe(Session session, Cursor cursor)
      throws SnowflakeException, SQLException {
    cursor.next();
    cursor.require("TABLE");
    List<List<String>> rows = new ArrayList<>();
    for (Column column : require(session, ObjectName.read(cursor, session))) {
      rows.add(
          java.util.Arrays.asList(
              column.name(), column.type().name(), "COLUMN", column.nullable() ? "Y" : "N", null));
    }
    return Answer.table(
        session, Answer.Kind.DESCRIBE, List.of("name", "type", "kind", "null?", "default"), rows);
  }

  // ---- stages ---------------------------------------------------------------------------------

  /** Tells the driver where the files go; the driver copies them. */
  private ObjectNode put(Session session, String sql, Cursor cursor)
      throws SnowflakeException, IOException {
    cursor.next();
    String source = cursor.next().text();
    Token stage = cursor.next();
    if (!source.startsWith("file://") || stage.kind() != Token.Kind.STAGE) {
      throw SnowflakeException.syntax("PUT wants 'file://...' and @stage: " + sql);
    }
    Map<String, String> options = new TreeMap<>();
    while (!cursor.isAtEnd()) {
      String key = cursor.next().folded();
      cursor.require("=");
      options.put(key, cursor.next().folded());
    }
    Path folder = stages.resolve(stage.text(), session);
    Files.createDirectories(folder);
    ObjectNode data = Answer.JSON.createObjectNode();
    data.put("command", "UPLOAD").put("operation", "Node");
    data.putArray("src_locations").add(source.substring("file://".length()));
    data.put("parallel", 4)
        .put("threshold", 209_715_200)
        .put("autoCompress", !"FALSE".equals(options.get("AUTO_COMPRESS")))
        .put("overwrite", "TRUE".equals(options.get("OVERWRITE")))
        .put("sourceCompression", "auto_detect")
        .put("clientShowEncryptionParameter", false)
        .putNull("encryptionMaterial");
    ObjectNode info = data.putObject("stageInfo");
    info.put("locationType", "LOCAL_FS")
        .put("location", folder + "/")
        .put("path", "")
        .put("region", "local")
        .put("isClientSideEncrypted", false)
        .putNull("storageAccount")
        .putNull("endPoint");
    info.putObject("creds");
    return data;
  }

  private ObjectNode list(Session session, Cursor cursor) throws SnowflakeException, IOException {
    cursor.next();
    String reference = cursor.next().text();
    List<List<String>> rows = new ArrayList<>();
    for (Path file : stages.files(reference, session)) {
      rows.add(
          List.of(
              stages.listed(file, reference, session),
              String.valueOf(Files.size(file)),
              md5(file),
              Files.getLastModifiedTime(file).toString()));
    }
    return Answer.table(
        session, Answer.Kind.LIST, List.of("name", "size", "md5", "last_modified"), rows);
  }

  private static String md5(Path file) throws IOException {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("MD5").digest(Files.readAllBytes(file)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private ObjectNode remove(Session session, Cursor cursor) throws SnowflakeException {
    cursor.next();
    String reference = cursor.next().text();
    List<List<String>> rows = new ArrayList<>();
    for (Path file : stages.files(reference, session)) {
      rows.add(List.of(stages.listed(file, reference, session), "removed"));
      Stages.delete(file);
    }
    return Answer.table(session, Answer.Kind.REMOVE, List.of("name", "result"), rows);
  }

  // ---- rows -----------------------------------------------------------------------------------

  private ObjectNode select(Session session, List<Token> tokens, JsonNode request)
      throws SnowflakeException, SQLException {
    session.look();
    try (PreparedStatement query = prepare(session, tokens)) {
      if (request.path("describeOnly").asBoolean()) {
        return described(session, Answer.Kind.SELECT, query);
      }
      bind(query, request.path("bindings"));
      try (ResultSet result = query.executeQuery()) {
        return Answer.rows(session, result);
      }
    }
  }

  private PreparedStatement prepare(Session session, List<Token> tokens)
      throws SnowflakeException, SQLException {
    return session.connection().prepareStatement(new Dialect(stages, session).translate(tokens));
  }

  private static ObjectNode described(
      Session session, Answer.Kind kind, PreparedStatement statement) throws SQLException {
    ObjectNode data = Answer.base(session, kind);
    data.put("numberOfBinds", statement.getParameterMetaData().getParameterCount());
    ArrayNode types = data.putArray("rowtype");
    if (kind == Answer.Kind.SELECT) {
      Answer.columns(types, statement.getMetaData());
    } else {
      types.add(Answer.column("number of rows", "fixed", 38, 0));
    }
    data.putArray("rowset");
    return data.put("total", 0).put("returned", 0);
  }

  private ObjectNode change(Session session, List<Token> tokens, JsonNode request)
      throws SnowflakeException, SQLException, InterruptedException {
    Answer.Kind kind = Answer.Kind.valueOf(tokens.get(0).folded());
    Cursor cursor = new Cursor(tokens);
    cursor.next();
    if (!cursor.take("INTO")) {
      cursor.take("FROM");
    }
    ObjectName table = ObjectName.read(cursor, session);
    require(session, table);
    if (request.path("describeOnly").asBoolean()) {
      try (PreparedStatement statement = prepare(session, tokens)) {
        return described(session, kind, statement);
      }
    }
    if (kind != Answer.Kind.INSERT) {
      lock(session, table);
    }
    session.begin(false);
    session.look();
    try {
      return kind == Answer.Kind.MERGE
          ? merge(session, tokens, table)
          : changed(session, kind, tokens, request);
    } finally {
      if (!session.isInTransaction()) {
        locks.release(session);
      }
    }
  }

  private void lock(Session session, ObjectName table)
      throws SnowflakeException, InterruptedException, SQLException {
    for (Session idle = locks.acquire(table, session);
        idle != null;
        idle = locks.acquire(table, session)) {
      idle.statement.lock();
      try {
        idle.end("ROLLBACK");
      } finally {
        idle.statement.unlock();
      }
    }
  }

  private ObjectNode changed(
      Session session, Answer.Kind kind, List<Token> tokens, JsonNode request)
      throws SnowflakeException, SQLException {
    try (PreparedStatement statement = prepare(session, tokens)) {
      JsonNode bindings = request.path("bindings");
      long count = 0;
      if (bindings.path("1").path("value").isArray()) {
        for (int row = 0; row < bindings.path("1").path("value").size(); row++) {
          for (int i = 1; i <= bindings.size(); i++) {
            JsonNode binding = bindings.path(String.valueOf(i));
            bind(statement, i, binding.path("type").asText(), binding.path("value").get(row));
          }
          statement.execute();
          count += statement.getLargeUpdateCount();
        }
      } else {
        bind(statement, bindings);
        statement.execute();
        count = statement.getLargeUpdateCount();
      }
      String verb =
          switch (kind) {
            case INSERT -> "inserted";
            case UPDATE -> "updated";
            default -> "deleted";
          };
      return Answer.counts(session, kind, List.of("number of rows " + verb), List.of(count));
    }
  }

  /**
   * "If a source row's join matches one target row more than once, the merge is nondeterministic",
   * and it fails (ERROR_ON_NONDETERMINISTIC_MERGE is on unless a session turns it off).
   */
  private ObjectNode merge(Session session, List<Token> tokens, ObjectName table)
      throws SnowflakeException, SQLException {
    Cursor cursor = new Cursor(tokens);
    cursor.require("MERGE", "INTO");
    ObjectName.read(cursor, session);
    List<Token> targetAlias = cursor.until("USING");
    cursor.require("USING");
    List<Token> source = cursor.until("ON");
    cursor.require("ON");
    List<Token> condition = cursor.until("WHEN");
    Dialect dialect = new Dialect(stages, session);
    String alias =
        targetAlias.isEmpty() ? table.object() : targetAlias.get(targetAlias.size() - 1).text();
    String matches =
        "SELECT count(*) FROM "
            + table.quoted()
            + " "
            + dialect.translate(targetAlias)
            + " JOIN "
            + dialect.translate(source)
            + " ON "
            + dialect.translate(condition)
            + " GROUP BY "
            + alias
            + ".rowid HAVING count(*) > 1 LIMIT 1";
    try (Statement duck = session.connection().createStatement()) {
      try (ResultSet twice = duck.executeQuery(matches)) {
        if (twice.next()) {
          throw new SnowflakeException(
              "100090", "42P18", "Duplicate row detected during DML action");
        }
      }
      Map<String, Long> counts = new TreeMap<>();
      try (ResultSet actions =
          duck.executeQuery(dialect.translate(tokens) + " RETURNING merge_action")) {
        while (actions.next()) {
          counts.merge(actions.getString(1).toUpperCase(Locale.ROOT), 1L, Long::sum);
        }
      }
      return Answer.counts(
          session,
          Answer.Kind.MERGE,
          List.of("number of rows inserted", "number of rows updated", "number of rows deleted"),
          List.of(
              counts.getOrDefault("INSERT", 0L),
              counts.getOrDefault("UPDATE", 0L),
              counts.getOrDefault("DELETE", 0L)));
    }
  }

  private static void bind(PreparedStatement statement, JsonNode bindings) throws SQLException {
    for (int i = 1; i <= bindings.size(); i++) {
      JsonNode binding = bindings.path(String.valueOf(i));
      bind(statement, i, binding.path("type").asText(), binding.path("value"));
    }
  }

  /** Dates come as milliseconds and timestamps as nanoseconds since 1970. */
  private static void bind(PreparedStatement statement, int i, String type, JsonNode value)
      throws SQLException {
    if (value == null || value.isNull()) {
      statement.setObject(i, null);
      return;
    }
    String text = value.asText();
    switch (type) {
      case "FIXED" -> statement.setBigDecimal(i, new BigDecimal(text));
      case "REAL" -> statement.setDouble(i, Double.parseDouble(text));
      case "BOOLEAN" -> statement.setBoolean(i, Boolean.parseBoolean(text));
      case "DATE" ->
          statement.setObject(
              i, LocalDate.ofEpochDay(Math.floorDiv(Long.parseLong(text), 86_400_000L)));
      case "TIMESTAMP_NTZ", "TIMESTAMP_LTZ" -> {
        long nanos = Long.parseLong(text.split(" ")[0]);
        statement.setObject(
            i,
            LocalDateTime.ofEpochSecond(
                Math.floorDiv(nanos, 1_000_000_000L),
                (int) Math.floorMod(nanos, 1_000_000_000L),
                ZoneOffset.UTC));
      }
      case "BINARY" -> statement.setBytes(i, HexFormat.of().parseHex(text));
      default -> statement.setString(i, text);
    }
  }
}
