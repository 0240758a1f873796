package io.millrace.sink.files;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The hidden folder {@code _staging/<sink>} in which files wait. Names in it are {@code
 * <epoch>-<subtask>-<writer>-<n>.staged}, so no reader of {@code *.parquet} takes them for rows.
 *
 * <p>The file {@code _epoch} holds the highest submission that has begun to write: a writer of a
 * lower one is a zombie and is refused. What a crash leaves behind is of an epoch that has ended,
 * and what of it belonged to a complete checkpoint was committed when the next submission was
 * restored, before that one's own first checkpoint could complete. So the first commit of a newer
 * epoch may delete all that still waits from older ones.
 */
final class Staging {
  private final Path root;
  private final Path folder;

  Staging(Path root, String sink) {
    this.root = root;
    this.folder = root.resolve("_staging").resolve(Partitioning.escape(sink));
  }

  /** Marks the beginning of a submission; throws SINK_FAILED where a newer one has begun. */
  void begin(long epoch) throws IOException {
    Files.createDirectories(folder);
    check(epoch);
    Path draft = folder.resolve("_epoch." + UUID.randomUUID());
    Files.writeString(draft, Long.toString(epoch));
    Files.move(draft, folder.resolve("_epoch"), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Throws SINK_FAILED where a newer submission has begun. */
  void check(long epoch) throws IOException {
    Path file = folder.resolve("_epoch");
    long newest = Files.exists(file) ? Long.parseLong(Files.readString(file).strip()) : epoch;
    if (newest > epoch) {
      throw new MillraceException(
          ErrorCode.SINK_FAILED,
          "Cannot write to " + root + ": submission " + newest + " has taken over from " + epoch);
    }
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  String relative(Path file) {
    return root.relativize(file).toString();
  }

  /** Puts a file in its place; one that is there already is left. */
  void commit(StagedFile file) throws IOException {
    Path from = root.resolve(file.from());
    Path to = root.resolve(file.to());
    if (Files.exists(from)) {
      Files.createDirectories(to.getParent());
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
      force(to.getParent());
    } else if (!Files.exists(to)) {
      throw new MillraceException(
              ErrorCode.SINK_FAILED,
              "Cannot commit " + to + ": its " + file.rows() + " rows are no longer staged")
          .hint(
              "Somebody removed "
                  + from
                  + ". DROP the sink and create it anew to write it all again.");
    }
    sweep(file.epoch());
  }

  /** Deletes what waits from epochs before this one. */
  private void sweep(long epoch) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".staged")).toList()) {
        String name = file.getFileName().toString();
        if (Long.parseLong(name.substring(0, name.indexOf('-'))) < epoch) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  /** A rename is durable once its folder is. */
  private static void force(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
