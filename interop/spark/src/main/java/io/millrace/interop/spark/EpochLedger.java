package io.millrace.interop.spark;

import io.millrace.sink.Staged;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * What the epochs of a query staged, in its checkpoint folder: the place of Flink's checkpoint.
 *
 * <ul>
 *   <li>{@code submission-<n>}, empty: an attempt at an epoch that has begun. Numbers rise, from
 *       the clock where that is ahead, so that a query with a new folder is above its predecessor.
 *   <li>{@code epoch-<id>}: what is committed for this epoch, and nothing else ever is. It is there
 *       before the first commit.
 * </ul>
 *
 * Used by the driver, by one thread.
 */
final class EpochLedger {
  /** As many as Spark keeps of its own logs. */
  private static final long EPOCHS_KEPT = 100;

  private static final String SUBMISSION = "submission-";
  private static final String EPOCH = "epoch-";

  private final CheckpointFolder folder;

  EpochLedger(String location) throws IOException {
    folder = new CheckpointFolder(location);
  }

  /** A number above all that were given before, also to drivers that are gone. */
  long newSubmission() throws IOException {
    long last = 0;
    List<String> old = new ArrayList<>();
    for (String name : folder.list()) {
      if (name.startsWith(SUBMISSION)) {
        old.add(name);
        last = Math.max(last, Long.parseLong(name.substring(SUBMISSION.length())));
      }
    }
    long next = Math.max(last + 1, Instant.now().getEpochSecond());
    while (!folder.create(SUBMISSION + next, "")) {
      next++;
    }
    for (String name : old) {
      folder.delete(name);
    }
    return next;
  }

  /** Keeps what an epoch staged, or answers what an earlier attempt at it did. */
  List<Staged> keep(long epoch, List<Staged> staged) throws IOException {
    StringBuilder text = new StringBuilder();
    for (Staged one : staged) {
      text.append(Base64.getEncoder().encodeToString(one.payload())).append('\n');
    }
    if (folder.create(EPOCH + epoch, text.toString())) {
      folder.delete(EPOCH + (epoch - EPOCHS_KEPT));
      return staged;
    }
    Optional<String> kept = folder.read(EPOCH + epoch);
    return kept.orElseThrow()
        .lines()
        .map(line -> new Staged(Base64.getDecoder().decode(line)))
        .toList();
  }
}
