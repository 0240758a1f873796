package io.millrace.source.file;

import io.millrace.catalog.Relation;
import io.millrace.format.Formats;
import io.millrace.source.ChangeWriter;
import io.millrace.source.RowSource;
import io.millrace.source.SourceRun;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One run of a source of files: looks at the folder again and again. Not thread-safe. */
final class Following {
  /** After so long the folder is looked at again, however much there is left to read. */
  private static final Duration LONGEST_PASS = Duration.ofSeconds(10);

  /** After so long a file that could not be read is tried again though it is the same. */
  private static final Duration RETRY = Duration.ofMinutes(1);

  private final FileOptions options;
  private final Formats formats;
  private final SourceRun run;
  private final Folder folder;
  private final Stillness stillness;
  private final KnownFiles known;
  private final Batch batch;
  private Map<FoundFile, Failure> failures = new HashMap<>();
  private List<Integer> forgotten = List.of();

  private record Failure(String reason, long nanos) {}

  /** {@code oneRow}: a whole file is one row. */
  Following(FileOptions options, Formats formats, SourceRun run, boolean oneRow) {
    this.options = options;
    this.formats = formats;
    this.run = run;
    this.folder = new Folder(options);
    this.stillness = new Stillness(options.idle());
    this.known =
        new KnownFiles(run.writer().notes(), options, oneRow, stillness, run.writer()::newNote);
    this.batch = new Batch(run, this::keep);
  }

  private void keep(ChangeWriter writer) {
    known.takeChanged().forEach(file -> writer.note(file.number(), file.note().toBytes()));
    forgotten.forEach(writer::forgetNote);
    forgotten = List.of();
  }

  /**
   * Looks at the folder once and reads what is new. False where it was given up before its end, for
   * the folder is to be looked at again.
   */
  boolean pass() throws InterruptedException {
    Instant now = Instant.now();
    long begun = System.nanoTime();
    Folder.Listing listing;
    try {
      listing = folder.list();
    } catch (IOException e) {
      throwIfInterrupted(e);
      run.troubled(Troubles.told(List.of(Troubles.of("read folder " + options.folder(), e))));
      return true;
    }
    List<String> troubles = new ArrayList<>(listing.troubles());
    stillness.look(listing.files(), begun);
    Map<FoundFile, IOException> unreadable = new HashMap<>();
    List<KnownFile> files = known.recognize(listing.files(), now, unreadable::put);
    for (IOException e : unreadable.values()) {
      throwIfInterrupted(e);
    }
    Map<FoundFile, Failure> failed = new HashMap<>();
    unreadable.forEach((file, e) -> fail(file, e, failed));
    forgotten = known.forgetOld(now);
    boolean finished = true;
    for (KnownFile file : files) {
      if (System.nanoTime() - begun > LONGEST_PASS.toNanos()) {
        finished = false;
        break;
      }
      read(file, failed);
    }
    // With what has moved or gone, if nothing else.
    batch.commitIfNeeded(known.isChanged() || !forgotten.isEmpty());
    failures = failed;
    failed.values().forEach(failure -> troubles.add(failure.reason()));
    run.troubled(Troubles.told(troubles));
    if (finished) {
      run.caughtUp(readUntil(now, listing.files(), files));
    }
    return finished;
  }

  private void read(KnownFile file, Map<FoundFile, Failure> failed) throws InterruptedException {
    FoundFile found = file.found();
    boolean still = stillness.isStill(found);
    if (file.isRead(still)) {
      return;
    }
    Failure before = failures.get(found);
    if (before != null && System.nanoTime() - before.nanos() < RETRY.toNanos()) {
      failed.put(found, before);
      return;
    }
    try {
      Relation target = run.tables().get(RowSource.TARGET);
      new Reading(file, batch, target, options, formats).read(still);
    } catch (IOException e) {
      throwIfInterrupted(e);
      fail(found, e, failed);
    }
  }

  /** What was moved or removed since the folder was looked at is no trouble. */
  private static void fail(FoundFile file, IOException e, Map<FoundFile, Failure> failed) {
    if (!(e instanceof NoSuchFileException)) {
      failed.put(file, new Failure(Troubles.of("read " + file.name(), e), System.nanoTime()));
    }
  }

  private static void throwIfInterrupted(IOException e) throws InterruptedException {
    if (e instanceof ClosedByInterruptException) {
      throw new InterruptedException();
    }
  }

  /** Until when everything was read: what waits was changed after that. */
  private static Instant readUntil(Instant now, List<FoundFile> found, List<KnownFile> files) {
    Map<FoundFile, KnownFile> known = new HashMap<>();
    files.forEach(file -> known.put(file.found(), file));
    return found.stream()
        .filter(
            file ->
                file.size() > 0 && !(known.containsKey(file) && known.get(file).isReadToItsEnd()))
        .map(FoundFile::modified)
        .min(Instant::compareTo)
        .filter(oldest -> oldest.isBefore(now))
        .orElse(now);
  }
}
