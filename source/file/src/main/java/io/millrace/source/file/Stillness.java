package io.millrace.source.file;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Since when files have stood still, as far as was seen. Not thread-safe. */
final class Stillness {
  private final Duration idle;
  private Map<String, Look> looks = Map.of();
  private long now;

  /**
   * A file as it is.
   *
   * @param since when it was seen so first
   * @param first when it was seen first at all
   */
  private record Look(FoundFile file, long since, long first) {}

  Stillness(Duration idle) {
    this.idle = idle;
  }

  /** The files as they are at a time of {@code System.nanoTime()}. */
  void look(List<FoundFile> files, long nanos) {
    Map<String, Look> next = new HashMap<>();
    for (FoundFile file : files) {
      Look before = looks.get(file.key());
      boolean same =
          before != null
              && before.file().size() == file.size()
              && before.file().modified().equals(file.modified());
      next.put(
          file.key(),
          new Look(file, same ? before.since() : nanos, before == null ? nanos : before.first()));
    }
    looks = next;
    now = nanos;
  }

  /** Whether it was first seen less than that ago. */
  boolean isNewerThan(FoundFile file, Duration age) {
    return now - looks.get(file.key()).first() < age.toNanos();
  }

  /** Whether it has not changed for as long as a file at work would. */
  boolean isStill(FoundFile file) {
    return now - looks.get(file.key()).since() >= idle.toNanos();
  }
}
