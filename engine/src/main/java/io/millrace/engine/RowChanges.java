package io.millrace.engine;

import io.millrace.catalog.History;
import io.millrace.catalog.Relation;
import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Positions;
import io.millrace.model.RowKind;
import io.millrace.serving.ResultCursor;
import io.millrace.source.RowChange;
import io.millrace.source.RowsWriter.Refused;
import io.millrace.source.RowsWriter.WriteResult;
import io.millrace.sql.Dialects;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What INSERT VALUES, UPDATE and DELETE share: rows that the pull dialect computes, then written.
 */
final class RowChanges {
  private static final Duration CATCH_UP = Duration.ofSeconds(30);

  private RowChanges() {}

  /**
   * {@code CAST(expression AS type)}, in DuckDB's dialect, so that literals take the column's type.
   */
  static String cast(String expression, Column column) {
    return "CAST(("
        + expression
        + ") AS "
        + io.millrace.serving.DuckDbTypes.sqlType(column.type())
        + ")";
  }

  static String quoted(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }

  static String quoted(Relation relation) {
    return quoted(relation.name().schema()) + "." + quoted(relation.name().object());
  }

  /** Runs a query of the target's columns and writes what it gives as changes of one kind. */
  static Result.Message write(
      Parts parts,
      Relation target,
      String sql,
      List<Object> parameters,
      RowKind kind,
      String verb) {
    Sources.refuseWrites(parts.catalog().image(), target);
    List<RowChange> changes = new ArrayList<>();
    try (ResultCursor cursor = parts.serving().query(Dialects.toDuckDb(sql), parameters)) {
      while (cursor.next()) {
        Object[] values = new Object[target.schema().size()];
        for (int i = 0; i < values.length; i++) {
          values[i] = cursor.value(i);
        }
        changes.add(new RowChange(kind, values));
      }
    }
    Positions positions = Positions.NONE;
    if (!changes.isEmpty()) {
      WriteResult result = parts.rows().writeRows(target, changes);
      if (result.refusedCount() > 0) {
        throw refusal(target, result.refused().get(0), changes.size());
      }
      // Positions in a stream of changes say nothing of the table that is filled from it.
      positions = History.isKeptOf(target) ? Positions.NONE : result.positions();
    }
    int rows = changes.size();
    return new Result.Message(
        verb + " " + rows + (rows == 1 ? " row" : " rows") + ".",
        Map.of("rows", (long) rows, "positions", positions.toString()));
  }

  private static MillraceException refusal(Relation target, Refused first, int rows) {
    return new MillraceException(
            ErrorCode.ROW_REFUSED,
            "Cannot write to "
                + target.name()
                + ": "
                + (rows == 1 ? "" : "row " + first.row() + ": ")
                + first.reason())
        .hint(rows == 1 ? "Nothing was written." : "None of the rows was written.");
  }

  /** The rows of a table that {@link #currentTable} answered, as the pull dialect reads them. */
  static String rowsOf(Relation target) {
    return History.isKeptOf(target) ? lastChanges(target) : quoted(target);
  }

  /**
   * The table as it will be once every change that was written is applied: of each key the newest
   * change that the copy still holds, and the row itself where it holds none.
   */
  private static String lastChanges(Relation target) {
    String changes =
        quoted(target.name().schema()) + "." + quoted(History.changes(target.name()).object());
    List<String> keys =
        target.schema().primaryKey().stream()
            .map(key -> "coalesce(c.after." + quoted(key) + ", c.before." + quoted(key) + ")")
            .toList();
    List<String> columns =
        target.schema().columns().stream().map(column -> quoted(column.name())).toList();
    String matches =
        IntStream.range(0, keys.size())
            .mapToObj(i -> keys.get(i) + " = t." + quoted(target.schema().primaryKey().get(i)))
            .collect(Collectors.joining(" AND "));
    return "(SELECT "
        + columns.stream()
            .map(column -> "newest.after." + column + " AS " + column)
            .collect(Collectors.joining(", "))
        + " FROM (SELECT arg_max({'op': c.op, 'after': c.after}, (c.source_time,"
        + " coalesce(c.source_position, -9223372036854775808))) AS newest FROM "
        + changes
        + " AS c GROUP BY "
        + String.join(", ", keys)
        + ") WHERE newest.op <> 'd' UNION ALL SELECT "
        + columns.stream().map(column -> "t." + column).collect(Collectors.joining(", "))
        + " FROM "
        + quoted(target)
        + " AS t WHERE NOT EXISTS (SELECT 1 FROM "
        + changes
        + " AS c WHERE "
        + matches
        + ")) AS "
        + quoted(target.name().object());
  }

  /** A table whose serving copy holds all that was written until now. */
  static Relation currentTable(Parts parts, Relation target, String verb) {
    if (target.kind() != Relation.Kind.TABLE) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED, "Cannot " + verb + " " + target.name() + ": it is a stream")
          .hint("A stream's rows are never changed; tables have a PRIMARY KEY.");
    }
    Sources.refuseWrites(parts.catalog().image(), target);
    if (target.filledBy().isPresent() && !History.isKeptOf(target)) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot " + verb + " " + target.name() + ": its continuous query fills it")
          .hint("Change the rows that the query reads.");
    }
    Name written = History.isKeptOf(target) ? History.changes(target.name()) : target.name();
    Positions end =
        parts.log().end(written.equals(target.name()) ? target.topic() : written.topic());
    if (!parts.serving().awaitPositions(written, end, CATCH_UP)) {
      throw new MillraceException(
          ErrorCode.TIMED_OUT,
          "Cannot " + verb + " " + target.name() + ": its serving copy is still behind");
    }
    return target;
  }
}
