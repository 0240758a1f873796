package io.millrace.dist;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The data folder, held by one server at a time. */
final class DataFolder implements AutoCloseable {
  private final Path folder;
  private final FileChannel channel;
  private final FileLock lock;

  private DataFolder(Path folder, FileChannel channel, FileLock lock) {
    this.folder = folder;
    this.channel = channel;
    this.lock = lock;
  }

  /** Throws DATA_FOLDER_IN_USE where another server holds it. */
  static DataFolder open(Path folder) {
    try {
      Files.createDirectories(folder);
      FileChannel channel =
          FileChannel.open(
              folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = tryLock(channel);
      if (lock == null) {
        channel.close();
        throw new MillraceException(
                ErrorCode.DATA_FOLDER_IN_USE,
                "Cannot start on " + folder + ": another server runs on it")
            .hint("Stop that one, or set 'data' to another folder.");
      }
      return new DataFolder(folder, channel, lock);
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.INVALID_OPTION, "Cannot use data folder " + folder + ": " + e.getMessage(), e);
    }
  }

  private static FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  Path path() {
    return folder;
  }

  Path at(String name) {
    return folder.resolve(name);
  }

  /** Says on which ports the doors are; whole or not at all. */
  void writePorts(Map<String, Integer> ports) {
    String text =
        new TreeMap<>(ports)
            .entrySet().stream()
                .map(e -> e.getKey() + "=" + e.getValue() + "\n")
                .collect(Collectors.joining());
    try {
      Path draft = Files.writeString(at("ports.properties.new"), text);
      Files.move(draft, at("ports.properties"), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.INTERNAL_ERROR, "Failed to write ports: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(at("ports.properties"));
    lock.release();
    channel.close();
  }
}
