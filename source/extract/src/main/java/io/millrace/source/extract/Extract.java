package io.millrace.source.extract;

import io.millrace.catalog.Extracts;
import io.millrace.catalog.Relation;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.source.ChangeWriter;
import io.millrace.source.KnownRows;
import io.millrace.source.SourceRun;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * One run: its changes, its record in the stream of extracts and how far it came go into one
 * transaction. All changes have the time at which it began. Not thread-safe.
 */
final class Extract {
  private final SourceRun run;
  private final ChangeWriter writer;
  private final Plan plan;
  private final Progress before;
  private final Instant began;
  private final long micros;
  private final String id;
  private Relation table;
  private int[] places;
  private String read;
  private long rows;
  private long inserted;
  private long updated;
  private long deleted;

  Extract(SourceRun run, Plan plan, Progress before, Instant began) {
    this.run = run;
    this.writer = run.writer();
    this.plan = plan;
    this.before = before;
    this.began = began;
    this.micros = ChronoUnit.MICROS.between(Instant.EPOCH, began);
    this.read = before.read();
    var only = run.tables().entrySet().iterator().next();
    this.id = only.getKey();
    this.table = only.getValue();
  }

  Instant began() {
    return began;
  }

  /** Compares what is read with what the table has; INCOMPATIBLE_CONTRACT where it has no place. */
  void compare(ResultSet result) throws SQLException, InterruptedException {
    prepare(result.getMetaData());
    KnownRows known = writer.known(table);
    while (result.next()) {
      Object[] row = values(result);
      rows++;
      try {
        KnownRows.Difference difference = known.compare(row);
        if (difference == KnownRows.Difference.NEW) {
          writer.write(table, "c", null, row, micros, rows);
          inserted++;
        } else if (difference == KnownRows.Difference.CHANGED) {
          writer.write(table, "u", null, row, micros, rows);
          updated++;
        }
      } catch (MillraceException e) {
        refuse(row, e);
      }
    }
    if (plan.mode() == Plan.Mode.SNAPSHOT) {
      known.unseen(
          key -> {
            writer.delete(table, key, micros, rows + 1 + deleted);
            deleted++;
          });
    }
  }

  /** Takes the rows behind those that were read, up to the last that was there a while ago. */
  void append(Connection connection) throws SQLException, InterruptedException {
    String cursor = plan.cursor().orElseThrow();
    String highest;
    try (PreparedStatement statement =
            connection.prepareStatement("SELECT max(" + cursor + ") FROM " + plan.from());
        ResultSet row = statement.executeQuery()) {
      DataType type = JdbcTypes.of(row.getMetaData(), 1);
      row.next();
      Object value = JdbcTypes.value(row, 1, type);
      highest = value == null ? null : value.toString();
    }
    connection.commit(); // what is committed meanwhile is to be seen
    if (highest == null || highest.equals(read)) {
      return;
    }
    Thread.sleep(plan.safetyLag().toMillis());
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT * FROM "
                + plan.from()
                + " WHERE "
                + cursor
                + " <= ?"
                + (read == null ? "" : " AND " + cursor + " > ?")
                + " ORDER BY "
                + cursor)) {
      statement.setFetchSize(1000);
      DataType type = table.schema().column(table.schema().indexOf(cursor)).type();
      bind(statement, 1, type, highest);
      if (read != null) {
        bind(statement, 2, type, read);
      }
      try (ResultSet result = statement.executeQuery()) {
        prepare(result.getMetaData());
        while (result.next()) {
          Object[] row = values(result);
          rows++;
          try {
            writer.write(table, "c", null, row, micros, rows);
            inserted++;
          } catch (MillraceException e) {
            refuse(row, e);
          }
        }
      }
    }
    read = highest;
  }

  private static void bind(PreparedStatement statement, int at, DataType type, String text)
      throws SQLException {
    switch (type.kind()) {
      case INT, BIGINT -> statement.setLong(at, Long.parseLong(text));
      case DECIMAL -> statement.setBigDecimal(at, new BigDecimal(text));
      case DATE -> statement.setObject(at, LocalDate.parse(text));
      case TIMESTAMP -> statement.setObject(at, LocalDateTime.parse(text));
      case TIMESTAMP_LTZ ->
          statement.setObject(at, OffsetDateTime.ofInstant(Instant.parse(text), ZoneOffset.UTC));
      default -> statement.setString(at, text);
    }
  }

  private void prepare(ResultSetMetaData result) throws SQLException, InterruptedException {
    List<Column> added = new ArrayList<>();
    for (int i = 1; i <= result.getColumnCount(); i++) {
      String name = result.getColumnLabel(i);
      DataType type = JdbcTypes.of(result, i);
      int known = table.schema().indexOf(name);
      if (known < 0) {
        added.add(new Column(name, type));
      } else if (!table.schema().column(known).type().withNullable(true).equals(type)) {
        throw new MillraceException(
                ErrorCode.INCOMPATIBLE_CONTRACT,
                "Cannot extract "
                    + id
                    + ": column "
                    + name
                    + " became "
                    + type.bareText()
                    + ", but is "
                    + table.schema().column(known).type().bareText()
                    + " here")
            .hint("Change it back, or drop the source and its table and create both anew.");
      }
    }
    if (!added.isEmpty()) {
      table = run.addColumns(id, added);
    }
    places = new int[table.schema().size()];
    for (int i = 1; i <= result.getColumnCount(); i++) {
      places[table.schema().indexOf(result.getColumnLabel(i))] = i;
    }
  }

  private Object[] values(ResultSet result) throws SQLException {
    Object[] values = new Object[places.length];
    for (int column = 0; column < places.length; column++) {
      if (places[column] > 0) {
        values[column] =
            JdbcTypes.value(result, places[column], table.schema().column(column).type());
      }
    }
    return values;
  }

  private void refuse(Object[] row, MillraceException why) {
    if (why.code() != ErrorCode.ROW_REFUSED) {
      throw why;
    }
    writer.refuse(id, rows, Arrays.toString(row), why);
  }

  void commit() {
    record(null);
    writer.commit(new Progress(began.toString(), read).toBytes());
    run.committed(inserted + updated + deleted, began);
    run.caughtUp(began);
  }

  /** Nothing of the run is kept but that it failed. It is due as before. */
  void fail(MillraceException why) {
    inserted = 0;
    updated = 0;
    deleted = 0;
    try {
      writer.abort();
      record(why.code() + ": " + why.getMessage());
      writer.commit(before.toBytes());
    } catch (MillraceException e) {
      why.addSuppressed(e);
    }
  }

  private void record(String error) {
    writer.append(
        Extracts.NAME,
        Extracts.SCHEMA,
        writer.source().toString(),
        plan.mode().name().toLowerCase(Locale.ROOT),
        began,
        Instant.now(),
        rows,
        inserted,
        updated,
        deleted,
        error);
  }
}
