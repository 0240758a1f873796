package io.millrace.serving;

import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.MillraceException.Place;
import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBResultSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One query on a connection of its own, in a read-only transaction. It is checked and bound at once
 * and runs when its columns or first row are asked for, so that it can be cancelled meanwhile. The
 * answer streams: a few batches of it are in memory at a time.
 */
final class PullQuery implements ResultCursor {
  private static final Logger LOG = LoggerFactory.getLogger(PullQuery.class);
  private static final long BATCH_ROWS = 2048;
  private static final Pattern NEAR = Pattern.compile("at or near \"(\\w+)\"");
  private static final Pattern BEFORE = Pattern.compile("(\\w+)\\W*$");
  private static final String RESERVED =
      "SELECT keyword_name FROM duckdb_keywords()"
          + " WHERE keyword_name IN (?, ?) AND keyword_category <> 'unreserved' AND keyword_name IN"
          + " (SELECT lower(column_name) FROM duckdb_columns() WHERE NOT internal)";

  private static final Pattern EXPLAIN =
      Pattern.compile(
          "^(?:\\s|--[^\\n]*\\n|/\\*.*?\\*/)*EXPLAIN\\s+(?:ANALYZE\\s+)?",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
  private static final String CHECK =
      "SELECT j ->> 'error', j ->> 'error_type', j ->> 'error_message',"
          + " j ->> 'position', json_array_length(j, '$.statements')"
          + " FROM (SELECT json_serialize_sql(CAST(? AS VARCHAR)) AS j)";

  private final DuckDBConnection connection;
  private final BufferAllocator allocator;
  private final String sql;
  private final List<Object> parameters;
  private final Supplier<Collection<String>> known;
  private volatile PreparedStatement statement;
  private ResultSet result;
  private ArrowReader reader;
  private ArrowValues values;
  private List<Column> columns;
  private List<FieldVector> vectors = List.of();
  private int rows;
  private int at = -1;
  private volatile boolean cancelled;
  private boolean closed;

  /** Takes the connection over and closes it, also where it throws. */
  PullQuery(
      DuckDBConnection connection,
      BufferAllocator allocator,
      String sql,
      List<Object> parameters,
      Supplier<Collection<String>> known) {
    this.connection = connection;
    this.allocator = allocator;
    this.sql = sql;
    this.parameters = parameters;
    this.known = known;
    try {
      checkReads();
      statement = connection.prepareStatement(sql);
      int wanted = statement.getParameterMetaData().getParameterCount();
      if (wanted != parameters.size()) {
        throw new MillraceException(
            ErrorCode.INVALID_REQUEST,
            "Cannot run query: it has "
                + wanted
                + " parameters and "
                + parameters.size()
                + " values were given");
      }
      bind(statement);
    } catch (SQLException e) {
      MillraceException error = DuckDbErrors.inQuery(e, sql, known.get());
      closeAfter(error);
      throw error;
    } catch (RuntimeException e) {
      closeAfter(e);
      throw e;
    }
  }

  private void bind(PreparedStatement to) throws SQLException {
    for (int i = 0; i < parameters.size(); i++) {
      to.setObject(i + 1, bound(parameters.get(i)));
    }
  }

  /** DuckDB's own parser says whether the text is one SELECT; only the transaction says all. */
  private void checkReads() throws SQLException {
    String select = EXPLAIN.matcher(sql).replaceFirst("");
    String message;
    String position;
    try (PreparedStatement check = connection.prepareStatement(CHECK)) {
      check.setString(1, select);
      try (ResultSet answer = check.executeQuery()) {
        answer.next();
        if (!Boolean.parseBoolean(answer.getString(1))) {
          if (answer.getInt(5) != 1) {
            throw new MillraceException(
                ErrorCode.INVALID_QUERY, "Cannot run query: there is more than one statement");
          }
          return;
        }
        if (!answer.getString(2).equals("parser")) {
          throw DuckDbErrors.writes(null);
        }
        message = answer.getString(3);
        position = answer.getString(4);
      }
    }
    // The connection has one result at a time, and the error asks for another.
    throw syntaxError(message, position, sql.length() - select.length());
  }

  private MillraceException syntaxError(String message, String position, int before)
      throws SQLException {
    MillraceException error =
        new MillraceException(
            ErrorCode.INVALID_QUERY, "Cannot run query (DuckDB): " + DuckDbErrors.plain(message));
    if (position == null) {
      return error;
    }
    // The position counts bytes of UTF-8.
    String text = sql.substring(before);
    int bytes = Integer.parseInt(position);
    int chars = 0;
    for (int seen = 0; seen < bytes && chars < text.length(); ) {
      int point = text.codePointAt(chars);
      seen += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
      chars += Character.charCount(point);
    }
    String head = sql.substring(0, before + chars);
    int line = (int) head.chars().filter(c -> c == '\n').count() + 1;
    error = error.at(new Place(line, head.length() - head.lastIndexOf('\n'), 1));
    Optional<String> column = reserved(firstWord(NEAR, message), firstWord(BEFORE, head));
    return column.isEmpty() ? error : error.hint("Quote the column: \"" + column.get() + "\".");
  }

  private static String firstWord(Pattern pattern, String text) {
    Matcher word = pattern.matcher(text);
    return word.find() ? word.group(1).toLowerCase(Locale.ROOT) : "";
  }

  /** Which of the words that the parser stumbled over is a column's name and a reserved one. */
  private Optional<String> reserved(String word, String wordBefore) throws SQLException {
    try (PreparedStatement keywords = connection.prepareStatement(RESERVED)) {
      keywords.setString(1, word);
      keywords.setString(2, wordBefore);
      try (ResultSet answer = keywords.executeQuery()) {
        return answer.next() ? Optional.of(answer.getString(1)) : Optional.empty();
      }
    }
  }

  private static Object bound(Object value) {
    if (value instanceof Instant instant) {
      return instant.atOffset(ZoneOffset.UTC);
    }
    return value;
  }

  private void run() {
    if (reader != null) {
      return;
    }
    if (cancelled) {
      throw cancelled();
    }
    try {
      result = statement.executeQuery();
      reader = (ArrowReader) ((DuckDBResultSet) result).arrowExportStream(allocator, BATCH_ROWS);
      VectorSchemaRoot root = reader.getVectorSchemaRoot();
      vectors = root.getFieldVectors();
      values = new ArrowValues(reader);
      columns = root.getSchema().getFields().stream().map(DuckDbTypes::column).toList();
    } catch (SQLException | IOException e) {
      throw failed(e);
    }
  }

  private MillraceException failed(Exception e) {
    if (!cancelled && DuckDbErrors.isMasked(e)) {
      return unmasked(e);
    }
    return cancelled ? cancelled() : DuckDbErrors.inQuery(e, sql, known.get());
  }

  /**
   * Where a streamed answer fails before its first rows, DuckDB's driver says only that there is no
   * result. Run for its measurements the query fails in the same way, and says why.
   */
  private MillraceException unmasked(Exception masked) {
    String analyzed = "EXPLAIN ANALYZE\n" + sql;
    try {
      statement.close();
      statement = connection.prepareStatement("ROLLBACK");
      statement.execute();
      statement.close();
      statement = connection.prepareStatement("BEGIN TRANSACTION READ ONLY");
      statement.execute();
      statement.close();
      statement = connection.prepareStatement(analyzed);
      bind(statement);
      statement.execute();
    } catch (SQLException e) {
      if (cancelled) {
        return cancelled();
      }
      MillraceException error = DuckDbErrors.inQuery(e, analyzed, known.get());
      return error
          .place()
          .map(p -> error.at(new Place(p.line() - 1, p.column(), p.length())))
          .orElse(error);
    }
    return DuckDbErrors.masked(masked);
  }

  private static MillraceException cancelled() {
    return new MillraceException(ErrorCode.CANCELLED, "Cannot go on: the query was cancelled");
  }

  @Override
  public List<Column> columns() {
    run();
    return columns;
  }

  @Override
  public boolean next() {
    run();
    if (cancelled) {
      throw cancelled();
    }
    try {
      while (++at >= rows) {
        if (!reader.loadNextBatch()) {
          rows = 0;
          at = -1;
          return false;
        }
        rows = reader.getVectorSchemaRoot().getRowCount();
        at = -1;
      }
      return true;
    } catch (IOException e) {
      throw failed(e);
    }
  }

  @Override
  public Object value(int column) {
    return values.value(vectors.get(column), at);
  }

  @Override
  public void cancel() {
    cancelled = true;
    PreparedStatement running = statement;
    try {
      if (!running.isClosed()) {
        running.cancel();
      }
    } catch (SQLException e) {
      // It has been closed since: there is nothing left to cancel.
      LOG.debug("A query ended while it was cancelled", e);
    }
  }

  private void closeAfter(RuntimeException why) {
    try {
      close();
    } catch (RuntimeException e) {
      why.addSuppressed(e);
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try (DuckDBConnection last = connection;
        PreparedStatement third = statement;
        ResultSet second = result;
        ArrowReader first = reader) {
      vectors = List.of();
    } catch (SQLException | IOException e) {
      throw DuckDbErrors.inQuery(e, sql, List.of());
    }
  }
}
