package io.millrace.source.cdc;

import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.millrace.catalog.Relation;
import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowReader;
import io.millrace.source.ChangeWriter;
import io.millrace.source.KnownRows;
import io.millrace.source.SourceRun;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Takes Debezium's batches and writes each as one transaction: its changes, and the place behind
 * them. Debezium is told that a batch is done, and the database that its log may be cut, after that
 * is committed.
 *
 * <p>Changes of one key keep their order: the database gives them rising positions in its log, and
 * times are never told as falling. What is read whole has one time, that at which the reading
 * began.
 */
final class Capture implements DebeziumEngine.ChangeConsumer<RecordChangeEvent<SourceRecord>> {
  private final SourceRun run;
  private final ChangeWriter writer;
  private final Map<String, Table> tables = new HashMap<>();
  private long time;
  private boolean snapshot;
  private long snapshotTime = -1;
  private long snapshotAt;
  private long changes;

  /** A table, and how its records are read. */
  private final class Table {
    private final String id;
    private Relation relation;
    private Schema schema;
    private Field[] fields;
    private KnownRows known;

    Table(String id, Relation relation) {
      this.id = id;
      this.relation = relation;
    }

    /** Fits the table to what records of this schema hold. INCOMPATIBLE_CONTRACT. */
    void prepare(Schema newSchema) throws InterruptedException {
      if (newSchema.equals(schema)) {
        schema = newSchema;
        return;
      }
      List<Column> added = new ArrayList<>();
      for (Field field : newSchema.fields()) {
        int column = relation.schema().indexOf(field.name());
        if (column < 0) {
          added.add(PostgresTypes.column(field.name(), field.schema()));
        } else {
          PostgresTypes.check(relation.schema().column(column), field.schema());
        }
      }
      if (!added.isEmpty()) {
        relation = run.addColumns(id, added);
      }
      fields = new Field[relation.schema().size()];
      for (int column = 0; column < fields.length; column++) {
        String wanted = relation.schema().column(column).name();
        for (Field field : newSchema.fields()) {
          if (field.name().equalsIgnoreCase(wanted)) {
            fields[column] = field;
          }
        }
      }
      schema = newSchema;
    }

    Object[] values(Struct row) {
      if (row == null) {
        return null;
      }
      Object[] values = new Object[fields.length];
      for (int column = 0; column < fields.length; column++) {
        if (fields[column] != null) {
          values[column] =
              PostgresTypes.value(
                  relation.schema().column(column),
                  fields[column].schema(),
                  row.getWithoutDefault(fields[column].name()));
        }
      }
      return values;
    }
  }

  Capture(SourceRun run, Optional<Position> position) {
    this.run = run;
    this.writer = run.writer();
    this.time = position.map(Position::time).orElse(0L);
    this.snapshot = position.isEmpty();
    run.tables().forEach((id, relation) -> tables.put(id, new Table(id, relation)));
  }

  @Override
  public void handleBatch(
      List<RecordChangeEvent<SourceRecord>> batch,
      DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
      throws InterruptedException {
    changes = 0;
    Instant beat = null;
    SourceRecord last = null;
    for (RecordChangeEvent<SourceRecord> event : batch) {
      SourceRecord before = last;
      last = event.record();
      if (last.value() instanceof Struct value) {
        if (value.schema().field("op") != null) {
          if (value.getString("op").equals("t") && before != null) {
            // What is deleted is looked up among what is committed.
            writer.commit(position(before));
          }
          take(value);
        } else if (value.schema().field("ts_ms") != null) {
          beat = Instant.ofEpochMilli(value.getInt64("ts_ms"));
        }
      }
    }
    if (last != null) {
      if (snapshot && !isOfSnapshot(last)) {
        endSnapshot();
      }
      writer.commit(position(last));
    }
    for (RecordChangeEvent<SourceRecord> event : batch) {
      committer.markProcessed(event);
    }
    committer.markBatchFinished();
    if (changes > 0) {
      run.committed(changes, Instant.EPOCH.plus(time, ChronoUnit.MICROS));
    }
    if (beat != null && !snapshot) {
      run.caughtUp(beat);
    }
  }

  private byte[] position(SourceRecord record) {
    return new Position(record.sourcePartition(), record.sourceOffset(), time, snapshot).toBytes();
  }

  /** Debezium's offset says so until the last row of the last table is told. */
  private static boolean isOfSnapshot(SourceRecord record) {
    Map<String, ?> offset = record.sourceOffset();
    return offset.get("snapshot") != null
        && !Boolean.TRUE.equals(offset.get("last_snapshot_record"));
  }

  private void take(Struct event) throws InterruptedException {
    Struct source = event.getStruct("source");
    Table table = tables.get(source.getString("schema") + "." + source.getString("table"));
    if (table == null) {
      return;
    }
    long at = source.getInt64("lsn");
    long micros = source.getInt64("ts_us");
    String op = event.getString("op");
    boolean read = op.equals("r");
    if (read && snapshotTime < 0) {
      snapshotTime = Math.max(time, micros);
    }
    if (!read && snapshot) {
      endSnapshot();
    }
    time = Math.max(time, read ? snapshotTime : micros);
    snapshotAt = read ? at : snapshotAt;
    try {
      table.prepare(event.schema().field("after").schema());
      write(table, op, event, at);
    } catch (MillraceException e) {
      if (e.code() != ErrorCode.ROW_REFUSED) {
        throw e;
      }
      writer.refuse(table.id, at, event.toString(), e);
    }
  }

  private void write(Table table, String op, Struct event, long at) {
    if (op.equals("t")) {
      writer.known(table.relation).unseen(row -> delete(table, row, at));
      return;
    }
    Object[] after = table.values(event.getStruct("after"));
    if (!op.equals("r")) {
      writer.write(table.relation, op, table.values(event.getStruct("before")), after, time, at);
      changes++;
      return;
    }
    if (table.known == null) {
      table.known = writer.known(table.relation);
    }
    KnownRows.Difference difference = table.known.compare(after);
    if (difference != KnownRows.Difference.SAME) {
      String told = difference == KnownRows.Difference.NEW ? "r" : "u";
      writer.write(table.relation, told, null, after, time, at);
      changes++;
    }
  }

  /** What was known and is not in the tables any more is gone. */
  private void endSnapshot() {
    for (Table table : tables.values()) {
      KnownRows known = table.known == null ? writer.known(table.relation) : table.known;
      known.unseen(row -> delete(table, row, snapshotAt));
      table.known = null;
    }
    snapshot = false;
  }

  private void delete(Table table, RowReader key, long at) {
    writer.delete(table.relation, key, time, at);
    changes++;
  }
}
