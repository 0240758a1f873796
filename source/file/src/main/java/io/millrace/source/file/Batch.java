package io.millrace.source.file;

import io.millrace.source.ChangeWriter;
import io.millrace.source.SourceRun;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;

/**
 * The transaction that rows of files and what was read of them go into: no larger than a second or
 * ten thousand rows. Not thread-safe.
 */
final class Batch {
  private static final int LARGEST = 10_000;
  private static final Duration LONGEST = Duration.ofSeconds(1);

  /** What is read of each file stands in its note. */
  private static final byte[] POSITION = "{}".getBytes(StandardCharsets.UTF_8);

  private final SourceRun run;
  private final Consumer<ChangeWriter> notes;
  private int told;
  private long rows;
  private long begun;
  private Instant newest = Instant.EPOCH;
  private boolean committing;

  /** {@code notes} adds what is to be kept of files to the transaction. */
  Batch(SourceRun run, Consumer<ChangeWriter> notes) {
    this.run = run;
    this.notes = notes;
  }

  ChangeWriter writer() {
    return run.writer();
  }

  /** A row of a file that was changed at that time is in it, or its dead letter. */
  void add(boolean isRow, Instant changed) {
    if (told++ == 0) {
      begun = System.nanoTime();
    }
    rows += isRow ? 1 : 0;
    newest = changed.isAfter(newest) ? changed : newest;
  }

  boolean isFull() {
    return told >= LARGEST || told > 0 && System.nanoTime() - begun >= LONGEST.toNanos();
  }

  /** Whether it was given up in the midst of a commit, after which nothing more can be added. */
  boolean isBroken() {
    return committing;
  }

  /** Commits where rows were added, or something else is to be kept. */
  void commitIfNeeded(boolean more) {
    if (told > 0 || more) {
      commit();
    }
  }

  void commit() {
    committing = true;
    notes.accept(run.writer());
    run.writer().commit(POSITION);
    committing = false;
    if (rows > 0) {
      run.committed(rows, newest);
    }
    told = 0;
    rows = 0;
    newest = Instant.EPOCH;
  }
}
