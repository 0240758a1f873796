package io.millrace.sink.files;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.sink.EpochId;
import io.millrace.sink.WriterContext;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder {@code _staging/<sink>} in which files wait out of sight. What is in it:
 *
 * <ul>
 *   <li>{@code <epoch>-<subtask>-<random>.open}: being written, or full and not yet staged;
 *   <li>{@code <epoch>-<checkpoint>-<subtask>-<n>-<random>.staged}: whole, on the disk, waiting for
 *       its commit. Neither name ends in {@code .parquet}, so that a reader of {@code **}{@code
 *       /*.parquet} does not take it for rows;
 *   <li>{@code _epoch-<epoch>}, empty: a submission that has begun to write. The highest one
 *       counts. A file each, because making a file is atomic where rewriting one is not: whichever
 *       of two submissions comes last to the disk, the newer one wins.
 * </ul>
 *
 * <p><b>What is cleared away, and when it is safe.</b> No checkpoint knows an {@code .open} file: a
 * writer deletes those of older epochs and those of its predecessor in the same subtask when it
 * opens. A {@code .staged} file of an older epoch may belong to the checkpoint that the new
 * submission was restored from, and is then committed while the new writers open already; so
 * opening deletes none. But the new submission commits all of those before anything of its own.
 * Therefore the first commit of a newer epoch deletes all {@code .staged} files of older ones; a
 * zombie's commit after that finds its file gone and fails. A restart within an epoch leaves what
 * its predecessor had staged in vain (the random part keeps two of them from sharing a name); the
 * first commit of the next epoch clears it away.
 *
 * <p>Not thread-safe; several over one folder may be at work at once.
 */
final class Staging {
  private static final Logger LOG = LoggerFactory.getLogger(Staging.class);
  private static final String EPOCH = "_epoch-";
  private static final Pattern OPEN = Pattern.compile("(\\d+)-(\\d+)-[^-]+\\.open");
  private static final Pattern STAGED = Pattern.compile("(\\d+)-\\d+-\\d+-\\d+-[^-]+\\.staged");

  private final Path root;
  private final Path folder;
  private long sweptBelow;

  Staging(Path root, String sink) {
    this.root = root;
    this.folder = root.resolve("_staging").resolve(sink);
  }

  /** Marks the beginning of a submission; throws SINK_FAILED where a newer one has begun. */
  void begin(WriterContext context) throws IOException {
    createFolders(folder);
    Path mark = folder.resolve(EPOCH + context.epoch());
    try {
      Files.createFile(mark);
      force(folder);
    } catch (FileAlreadyExistsException e) {
      LOG.debug("Submission {} has begun already in {}", context.epoch(), folder);
    }
    check(context.epoch());
    for (Path file : list()) {
      String name = file.getFileName().toString();
      OptionalLong begun = epoch(name);
      Matcher open = OPEN.matcher(name);
      if (begun.isPresent() && begun.getAsLong() < context.epoch()
          || open.matches() && isLeftover(open, context)) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static boolean isLeftover(Matcher open, WriterContext successor) {
    long epoch = Long.parseLong(open.group(1));
    return epoch < successor.epoch()
        || epoch == successor.epoch() && Long.parseLong(open.group(2)) == successor.subtask();
  }

  /** Throws SINK_FAILED where a newer submission has begun. */
  void check(long epoch) throws IOException {
    long newest = epoch;
    for (Path file : list()) {
      newest = Math.max(newest, epoch(file.getFileName().toString()).orElse(epoch));
    }
    if (newest > epoch) {
      throw new MillraceException(
              ErrorCode.SINK_FAILED,
              "Cannot write to "
                  + root
                  + ": submission "
                  + newest
                  + " has taken over from "
                  + epoch)
          .hint(
              "If it was of a sink of the same name that is gone, remove "
                  + folder
                  + " or write to another folder.");
    }
  }

  private static OptionalLong epoch(String name) {
    String digits = name.startsWith(EPOCH) ? name.substring(EPOCH.length()) : "";
    return digits.matches("\\d{1,18}")
        ? OptionalLong.of(Long.parseLong(digits))
        : OptionalLong.empty();
  }

  /** A new file to write to. */
  Path open(WriterContext context) {
    String random = UUID.randomUUID().toString().replace("-", "");
    return folder.resolve(context.epoch() + "-" + context.subtask() + "-" + random + ".open");
  }

  /** Gives a whole file the name under which it waits, and answers it relative to the root. */
  String stage(Path open, EpochId epoch, int subtask, int number) throws IOException {
    Path staged =
        folder.resolve(
            epoch.epoch()
                + "-"
                + epoch.checkpoint()
                + "-"
                + subtask
                + "-"
                + number
                + "-"
                + UUID.randomUUID().toString().replace("-", "")
                + ".staged");
    Files.move(open, staged, StandardCopyOption.ATOMIC_MOVE);
    return root.relativize(staged).toString();
  }

  /** Makes the names of staged files durable, as their bytes are already. */
  void force() throws IOException {
    force(folder);
  }

  /** Puts a file in its place; safe to repeat. */
  void commit(StagedFile file) throws IOException {
    Path from = root.resolve(file.from());
    Path to = root.resolve(file.to());
    boolean waits = Files.exists(from);
    boolean there = Files.exists(to);
    if (waits && there) {
      throw new MillraceException(
              ErrorCode.SINK_FAILED, "Cannot commit " + to + ": another file of that name is there")
          .hint("A sink of the same name has written to this folder before; move its files away.");
    }
    if (!waits && !there) {
      throw new MillraceException(
              ErrorCode.SINK_FAILED,
              "Cannot commit " + to + ": its " + file.rows() + " rows are no longer staged")
          .hint(
              "Either "
                  + from
                  + " was removed, or a newer submission took over, or the file was committed and"
                  + " moved away since. DROP the sink and create it anew to write all rows again.");
    }
    if (waits) {
      createFolders(to.getParent());
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }
    force(to.getParent());
    sweep(file.epoch());
  }

  /** Deletes what waits from epochs before this one. */
  private void sweep(long epoch) throws IOException {
    if (epoch <= sweptBelow) {
      return;
    }
    for (Path file : list()) {
      Matcher staged = STAGED.matcher(file.getFileName().toString());
      if (staged.matches() && Long.parseLong(staged.group(1)) < epoch) {
        Files.deleteIfExists(file);
        LOG.info("Removed {}: it was staged for a checkpoint that never completed", file);
      }
    }
    sweptBelow = epoch;
  }

  private List<Path> list() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  /** Makes missing folders so that they are still there after a power cut. */
  private static void createFolders(Path wanted) throws IOException {
    if (!Files.isDirectory(wanted)) {
      createFolders(wanted.getParent());
      Files.createDirectories(wanted);
      force(wanted.getParent());
    }
  }

  /** A new or renamed file is durable once its folder is. */
  private static void force(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
