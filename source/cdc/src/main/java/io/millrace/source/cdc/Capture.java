package io.millrace.source.cdc;

import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowReader;
import io.millrace.source.ChangeWriter;
import io.millrace.source.KnownRows;
import io.millrace.source.SourceRun;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
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
  private static final int RETRIED_AT_ONCE = 4096;

  private final SourceRun run;
  private final CapturedDatabase database;
  private final TableDefinitions.Memory definitions;
  private final ChangeWriter writer;
  private final Map<String, CapturedTable> tables = new HashMap<>();
  private final Map<String, Long> held = new TreeMap<>();
  private final HeldChanges heldChanges = new HeldChanges();
  private long time;
  private volatile boolean snapshot;
  private long snapshotTime = -1;
  private long snapshotAt;
  private long changes;
  private boolean anew;
  private volatile long heard = System.nanoTime();
  private volatile boolean busy;

  Capture(
      SourceRun run,
      CapturedDatabase database,
      TableDefinitions.Memory definitions,
      Optional<Position> position) {
    this.run = run;
    this.database = database;
    this.definitions = definitions;
    this.writer = run.writer();
    this.time = position.map(Position::time).orElse(0L);
    this.snapshot = position.isEmpty();
    this.anew = snapshot;
    position.ifPresent(known -> held.putAll(known.held()));
    run.tables()
        .forEach(
            (id, relation) ->
                tables.put(id, new CapturedTable(id, relation, database.types(), run)));
  }

  /** Whether Debezium, which tells at least its heartbeats, has told nothing for so long. */
  boolean isSilentFor(Duration time) {
    return !snapshot && !busy && System.nanoTime() - heard > time.toNanos();
  }

  @Override
  public void handleBatch(
      List<RecordChangeEvent<SourceRecord>> batch,
      DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
      throws InterruptedException {
    busy = true; // a batch may take its time, and is heard of all the while
    try {
      handle(batch, committer);
    } finally {
      heard = System.nanoTime();
      busy = false;
    }
  }

  private void handle(
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
            commitAt(before);
          }
          take(last.keySchema(), last.key(), value);
        } else if (value.schema().field("ts_ms") != null) {
          beat = Instant.ofEpochMilli(value.getInt64("ts_ms"));
        }
      }
    }
    if (last != null) {
      if (snapshot && !isOfSnapshot(last)) {
        endSnapshot();
      }
      commitAt(last);
    }
    for (RecordChangeEvent<SourceRecord> event : batch) {
      committer.markProcessed(event);
    }
    committer.markBatchFinished();
    if (changes > 0 && snapshot) {
      run.committed(changes);
    } else if (changes > 0) {
      run.committed(changes, Instant.EPOCH.plus(time, ChronoUnit.MICROS));
    }
    if (beat != null && !snapshot) {
      run.caughtUp(beat);
    }
  }

  private void commitAt(SourceRecord record) {
    if (anew) {
      writer.forgetNotes();
      anew = false;
    }
    definitions.drain(writer::note);
    writer.commit(
        new Position(record.sourcePartition(), record.sourceOffset(), time, snapshot, held)
            .toBytes());
  }

  /** Debezium's offset says so until the last row of the last table is told. */
  private static boolean isOfSnapshot(SourceRecord record) {
    Map<String, ?> offset = record.sourceOffset();
    return offset.get("snapshot") != null
        && !Boolean.TRUE.equals(offset.get("last_snapshot_record"));
  }

  private void take(Schema keySchema, Object key, Struct event) throws InterruptedException {
    Struct source = event.getStruct("source");
    CapturedTable table = tables.get(database.tableOf(source));
    if (table == null) {
      return;
    }
    long micros = source.getInt64("ts_us");
    boolean read = event.getString("op").equals("r");
    if (read && snapshotTime < 0) {
      snapshotTime = Math.max(time, micros);
    }
    if (!read && snapshot) {
      endSnapshot();
    }
    time = Math.max(time, read ? snapshotTime : micros);
    snapshotAt = read ? database.placeOf(source) : snapshotAt;
    if (!held.containsKey(table.id())) {
      try {
        if (!event.getString("op").equals("t")) {
          table.prepare(keySchema, rowsOf(event));
        }
        write(table, event, time);
        return;
      } catch (MillraceException e) {
        if (e.code() != ErrorCode.INCOMPATIBLE_CONTRACT || snapshot) {
          throw e;
        }
        held.put(table.id(), writer.holdFrom());
        run.stopped(table.id(), e.getMessage());
      }
    }
    writer.hold(heldChanges.write(table.id(), keySchema, key, event, time));
  }

  private static Schema rowsOf(Struct event) {
    return event.schema().field("after").schema();
  }

  private void write(CapturedTable table, Struct event, long when) throws InterruptedException {
    long at = database.placeOf(event.getStruct("source"));
    String op = event.getString("op");
    if (op.equals("t")) {
      writer.known(table.relation()).unseen(row -> delete(table, row, when, at));
      return;
    }
    table.read(rowsOf(event));
    try {
      Object[] after = table.values(event.getStruct("after"));
      if (op.equals("r")) {
        compare(table, after, when, at);
      } else {
        Object[] before = table.before(event.getStruct("before"));
        writer.write(table.relation(), op, before, after, when, at);
        changes++;
      }
    } catch (MillraceException e) {
      if (e.code() != ErrorCode.ROW_REFUSED) {
        throw e;
      }
      writer.refuse(table.id(), at, event.toString(), e);
    }
  }

  private void compare(CapturedTable table, Object[] row, long when, long at) {
    KnownRows.Difference difference = table.known().compare(row);
    if (difference != KnownRows.Difference.SAME) {
      String told = difference == KnownRows.Difference.NEW ? "r" : "u";
      writer.write(table.relation(), told, null, row, when, at);
      changes++;
    }
  }

  /** What was known and is not in the tables any more is gone. */
  private void endSnapshot() {
    for (CapturedTable table : tables.values()) {
      table.known().unseen(row -> delete(table, row, time, snapshotAt));
      table.forgetKnown();
    }
    snapshot = false;
  }

  private void delete(CapturedTable table, RowReader key, long when, long at) {
    writer.delete(table.relation(), key, when, at);
    changes++;
  }

  /**
   * Before the database is followed on: tables that stand still go on where the newest of their
   * changes fits again. Those before it that do not are dead letters then.
   */
  void retryHeld(Position position) throws InterruptedException {
    for (String id : List.copyOf(held.keySet())) {
      CapturedTable table = tables.get(id);
      AtomicReference<ChangeWriter.Held> newest = new AtomicReference<>();
      writer.held(id, held.get(id), (change, next) -> newest.set(change));
      HeldChanges.Change last = heldChanges.read(newest.get());
      try {
        table.prepare(last.key(), rowsOf(last.event()));
      } catch (MillraceException e) {
        if (e.code() != ErrorCode.INCOMPATIBLE_CONTRACT) {
          throw e;
        }
        run.stopped(id, e.getMessage());
        continue;
      }
      writer.held(
          id,
          held.get(id),
          (change, next) -> {
            retry(table, heldChanges.read(change), position);
            held.put(id, next);
          });
      held.remove(id);
      commit(position);
    }
  }

  private void retry(CapturedTable table, HeldChanges.Change change, Position position) {
    if (change.event().getString("op").equals("t") || changes >= RETRIED_AT_ONCE) {
      commit(position);
    }
    try {
      write(table, change.event(), change.time());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MillraceException(ErrorCode.CANCELLED, "The source stops", e);
    }
  }

  private void commit(Position position) {
    writer.commit(
        new Position(position.partition(), position.offset(), time, false, held).toBytes());
    if (changes > 0) {
      run.committed(changes, Instant.EPOCH.plus(time, ChronoUnit.MICROS));
    }
    changes = 0;
  }
}
