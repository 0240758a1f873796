package io.millrace.sink.files;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Positions;
import io.millrace.sink.EpochId;
import io.millrace.sink.Staged;
import io.millrace.sink.WriterContext;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
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
final class FolderStaging implements Staging {
  private static final Logger LOG = LoggerFactory.getLogger(FolderStaging.class);
  private static final String EPOCH = "_epoch-";
  private static final Pattern OPEN = Pattern.compile("(\\d+)-(\\d+)-[^-]+\\.open");
  private static final Pattern STAGED = Pattern.compile("(\\d+)-\\d+-\\d+-\\d+-[^-]+\\.staged");

  private final Path root;
  private final Path folder;
  private final String sink;
  private long sweptBelow;

  FolderStaging(Path root, String sink) {
    this.root = root;
    this.sink = sink;
    this.folder = root.resolve("_staging").resolve(sink);
  }

  @Override
  public void begin(WriterContext context) throws IOException {
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

  @Override
  public void check(long epoch) throws IOException {
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

  @Override
  public FileOutput open(WriterContext context, String subfolder, RowPosition first)
      throws IOException {
    return new DiskFile(
        folder.resolve(context.epoch() + "-" + context.subtask() + "-" + random() + ".open"));
  }

  private static String random() {
    return UUID.randomUUID().toString().replace("-", "");
  }

  @Override
  public List<Staged> stage(
      WriterContext context, EpochId epoch, List<WholeFile> files, Positions next)
      throws IOException {
    List<Staged> staged = new ArrayList<>();
    for (WholeFile file : files) {
      String name =
          String.format(
              "part-%s-%05d-%08d-%03d-%04d.parquet",
              sink, epoch.epoch(), epoch.checkpoint(), context.subtask(), staged.size());
      staged.add(
          new StagedFile(
                  epoch.epoch(),
                  stage(file, epoch, context.subtask(), staged.size()),
                  file.folder().isEmpty() ? name : file.folder() + "/" + name,
                  file.rows())
              .encode());
    }
    if (!staged.isEmpty()) {
      force(folder); // the names; the bytes are on the disk already
    }
    return staged;
  }

  /** Gives a whole file the name under which it waits, and answers it relative to the root. */
  private String stage(WholeFile file, EpochId epoch, int subtask, int number) throws IOException {
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
                + random()
                + ".staged");
    Files.move(((DiskFile) file.output()).path, staged, StandardCopyOption.ATOMIC_MOVE);
    return root.relativize(staged).toString();
  }

  @Override
  public void commit(Staged staged) throws IOException {
    StagedFile file = StagedFile.decode(staged);
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

  @Override
  public void close() {}

  /** Bytes that are on the disk when the stream is closed. */
  private static final class DiskFile extends FileOutput {
    private static final int BUFFER_BYTES = 1 << 16;

    private final Path path;
    private final FileChannel channel;
    private final BufferedOutputStream out;

    DiskFile(Path path) throws IOException {
      this.path = path;
      this.channel =
          FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      this.out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
    }

    @Override
    public void write(int b) throws IOException {
      out.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    long held() {
      return BUFFER_BYTES;
    }

    @Override
    public void close() throws IOException {
      if (channel.isOpen()) {
        try (channel) {
          out.flush();
          channel.force(true);
        }
      }
    }

    @Override
    void abandon() throws IOException {
      try (channel) {
        Files.deleteIfExists(path);
      }
    }
  }
}
