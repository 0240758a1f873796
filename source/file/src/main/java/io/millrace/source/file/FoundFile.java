package io.millrace.source.file;

import java.nio.file.Path;
import java.time.Instant;

/**
 * A file as it was when the folder was looked at.
 *
 * @param name its path within the folder
 * @param key what the file system knows it by, whatever its name: device and inode
 */
record FoundFile(Path path, String name, String key, long size, Instant modified) {
  /** The ending of files that are unpacked while they are read. */
  static final String PACKED = ".gz";

  boolean isPacked() {
    return name.endsWith(PACKED);
  }
}
