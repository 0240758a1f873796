package io.millrace.sink.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.MillraceException;
import io.millrace.model.RowKind;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import io.millrace.sink.EpochId;
import io.millrace.sink.IdempotentSink;
import io.millrace.sink.KeyedWriter;
import io.millrace.sink.WriterContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Changes of a table, upserts and deletes of random keys in a log of several partitions, carried
 * into a sink by two writers as a delivery would: with checkpoints, crashes behind which the log is
 * read again from the last checkpoint, restarts with and without a new epoch, connections that are
 * cut, and cut-off writers that write on beside their successors. In the end the sink must hold
 * what the log says. All that is random comes from the seed, which a failure prints.
 */
public final class ChangeTrial {
  private static final int PARTITIONS = 4;
  private static final int WRITERS = 2;
  private static final RowSchema SCHEMA =
      new RowSchema(
          List.of(
              new Column("account", DataType.STRING.withNullable(false)),
              new Column("balance", DataType.BIGINT),
              new Column("note", DataType.STRING)),
          List.of("account"));

  private final SinkFixture fixture;
  private final long seed;
  private final Random random;
  private final List<List<Change>> log = new ArrayList<>();
  private final Map<Object, List<Object>> oracle = new HashMap<>();
  private final KeyedWriter[] writers = new KeyedWriter[WRITERS];
  private final List<KeyedWriter> zombies = new ArrayList<>();
  private final int[] next = new int[PARTITIONS];
  private final int changes;
  private int[] checkpointed = new int[PARTITIONS];
  private long epoch = 1;
  private long checkpoint;
  private IdempotentSink sink;

  /** A delete where the note is missing from {@code values}. */
  private record Change(List<Object> values) {
    boolean isDelete() {
      return values.size() == 1;
    }
  }

  public ChangeTrial(SinkFixture fixture, long seed, int changes, int keys) {
    this.fixture = fixture;
    this.seed = seed;
    this.random = new Random(seed);
    this.changes = changes;
    for (int partition = 0; partition < PARTITIONS; partition++) {
      log.add(new ArrayList<>());
    }
    for (int i = 0; i < changes; i++) {
      int key = random.nextInt(keys);
      String account = "account-" + key;
      boolean delete = random.nextInt(4) == 0;
      List<Object> values =
          delete ? List.of(account) : List.of(account, (long) i, "change " + random.nextInt(100));
      log.get(key % PARTITIONS).add(new Change(values));
      if (delete) {
        oracle.remove(account);
      } else {
        oracle.put(account, values);
      }
    }
  }

  /** Throws AssertionError with the seed where the sink does not end as the log does. */
  public void run() throws Exception {
    sink = KeyedSinkContract.sink(fixture, SCHEMA, Map.of());
    try {
      open();
      int crashes = 0;
      while (!atEnd()) {
        if (crashes < 20 && random.nextInt(Math.max(1, changes / 200)) == 0) {
          crashes++;
          crash();
        } else {
          step();
        }
      }
      while (!checkpoint()) {
        crash();
      }
      // All is written; what those that were cut off still hold is old by now.
      for (KeyedWriter zombie : zombies) {
        writeOn(zombie);
      }
    } finally {
      for (KeyedWriter writer : writers) {
        writer.close();
      }
      for (KeyedWriter zombie : zombies) {
        zombie.close();
      }
    }
    assertThat(fixture.visibleRows(SCHEMA))
        .as("the table of seed %d", seed)
        .containsExactlyInAnyOrderElementsOf(oracle.values());
  }

  private boolean atEnd() {
    for (int partition = 0; partition < PARTITIONS; partition++) {
      if (next[partition] < log.get(partition).size()) {
        return false;
      }
    }
    return true;
  }

  private void open() throws IOException {
    for (int subtask = 0; subtask < WRITERS; subtask++) {
      writers[subtask] = sink.writer(new WriterContext(subtask, WRITERS, epoch));
    }
  }

  private void step() throws Exception {
    int partition = random.nextInt(PARTITIONS);
    for (int i = 1 + random.nextInt(20);
        i > 0 && next[partition] < log.get(partition).size();
        i--) {
      try {
        write(writers[partition % WRITERS], partition, next[partition]);
        next[partition]++;
      } catch (UncheckedIOException e) {
        crash();
        return;
      }
    }
    if (random.nextInt(50) == 0 && !checkpoint()) {
      crash();
    }
  }

  private void write(KeyedWriter writer, int partition, int offset) {
    Change change = log.get(partition).get(offset);
    writer.next(partition, offset, change.isDelete() ? RowKind.DELETE : RowKind.UPSERT);
    RowWriter rows = writer.rows();
    rows.beginRow();
    for (int i = 0; i < change.values().size(); i++) {
      Rows.set(rows, i, SCHEMA.column(i).type(), change.values().get(i));
    }
    rows.endRow();
  }

  private boolean checkpoint() {
    checkpoint++;
    try {
      for (KeyedWriter writer : writers) {
        writer.flush(new EpochId(epoch, checkpoint));
      }
    } catch (IOException e) {
      return false;
    }
    checkpointed = next.clone();
    return true;
  }

  /** The log is read again from the last checkpoint, and what was left behind writes once more. */
  private void crash() throws Exception {
    if (random.nextInt(3) == 0) {
      fixture.cut();
    }
    if (random.nextBoolean()) {
      epoch++;
    }
    for (KeyedWriter writer : writers) {
      if (random.nextBoolean()) {
        writer.close();
      } else {
        zombies.add(writer);
      }
    }
    open();
    System.arraycopy(checkpointed, 0, next, 0, PARTITIONS);
    if (!zombies.isEmpty()) {
      writeOn(zombies.get(random.nextInt(zombies.size())));
    }
  }

  /**
   * A writer that was cut off writes what it holds. It may say that it was taken over from, or that
   * its connection is gone, or do nothing: what it must not do is seen in the end.
   */
  private void writeOn(KeyedWriter zombie) {
    try {
      zombie.flush(new EpochId(epoch, checkpoint));
    } catch (MillraceException | IOException fenced) {
      assertThat(fenced)
          .hasMessageStartingWith(fenced instanceof IOException ? "Failed" : "Cannot");
    }
  }
}
