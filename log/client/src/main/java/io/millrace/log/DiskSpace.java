package io.millrace.log;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The space on the disk that holds the log. Writers are refused while there is still some left,
 * since a broker that finds none stops, and so that queries can finish what they have begun.
 * Immutable, thread-safe.
 */
public final class DiskSpace {
  private static final DiskSpace ELSEWHERE = new DiskSpace(Optional.empty(), 0);

  /** A broker makes files of some megabytes at once. */
  private static final long FULL = 16L << 20;

  private final Optional<Path> folder;
  private final long least;

  private DiskSpace(Optional<Path> folder, long least) {
    this.folder = folder;
    this.least = least;
  }

  /** Of a cluster that sees to its own disks. */
  public static DiskSpace elsewhere() {
    return ELSEWHERE;
  }

  /** Of a broker in this folder; writers leave {@code least} bytes free. */
  public static DiskSpace of(Path folder, long least) {
    return new DiskSpace(Optional.of(folder), least);
  }

  /** Throws DISK_FULL, as "Cannot {@code act}: ...", where less is free than is to stay free. */
  public void require(String act) {
    if (folder.isEmpty()) {
      return;
    }
    long free = free(folder.get());
    if (free < least) {
      throw new MillraceException(
              ErrorCode.DISK_FULL,
              "Cannot "
                  + act
                  + ": only "
                  + (free >> 20)
                  + " MB are free in "
                  + folder.get()
                  + ", and "
                  + (least >> 20)
                  + " MB stay free (setting 'data.min-free')")
          .hint("Free some space, DROP what is not needed, or set 'data' to a larger disk.");
    }
  }

  /** Throws DISK_FULL where a broker in this folder could not even start. */
  public static void requireToStart(Path folder) {
    if (isFull(folder)) {
      throw new MillraceException(
              ErrorCode.DISK_FULL,
              "Cannot start: only " + (free(folder) >> 20) + " MB are free in " + folder)
          .hint("Free some space, or set 'data' to a larger disk.");
    }
  }

  /** Whether so little is free that a broker in this folder cannot go on. */
  public static boolean isFull(Path folder) {
    return free(folder) < FULL;
  }

  private static long free(Path folder) {
    try {
      return Files.getFileStore(folder).getUsableSpace();
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.INVALID_OPTION, "Cannot use data folder " + folder + ": " + e.getMessage(), e);
    }
  }
}
