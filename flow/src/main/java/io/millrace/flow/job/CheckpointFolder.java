package io.millrace.flow.job;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.util.FileUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of one statement or shared job, over all its submissions: {@code
 * <folder>/<job>/chk-<n>/_metadata}, and {@code <folder>/savepoint-...} where it was paused. Ids go
 * on counting from job to job, so the highest readable one is the newest. An empty {@code
 * created-<milliseconds>} says whose they are: a crash may have kept those of a dropped statement
 * from being deleted. Thread-safe.
 */
public final class CheckpointFolder {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointFolder.class);
  private static final String METADATA = "_metadata";
  private static final String CREATED = "created-";

  private final Path folder;

  public CheckpointFolder(Path checkpoints, Name job) {
    String name = URLEncoder.encode(job.folded(), StandardCharsets.UTF_8);
    this.folder = checkpoints.toAbsolutePath().resolve(name);
  }

  /** The folder as Flink wants it named. */
  public String uri() {
    return named(folder);
  }

  /** Flink takes what stands in its paths as it is: an escaped one would be another folder. */
  private static String named(Path path) {
    return org.apache.flink.core.fs.Path.fromLocalFile(path.toFile()).toString();
  }

  /**
   * One that can be read.
   *
   * @param bytes all state in it
   */
  record Checkpoint(Path metadata, long id, Set<OperatorID> operators, long bytes) {
    /** The checkpoint as Flink wants it named. */
    String uri() {
      return named(metadata.getParent());
    }

    /** Whether it has state of one of these operators. */
    boolean holds(Set<OperatorID> some) {
      return !Collections.disjoint(operators, some);
    }
  }

  /**
   * The newest checkpoint that can be read. One without metadata was never completed; one whose
   * metadata is torn was being written when the process died.
   */
  Optional<Checkpoint> newest() {
    if (!exists()) {
      return Optional.empty();
    }
    List<Checkpoint> candidates = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder, 3)) {
      for (Path metadata :
          files.filter(p -> p.getFileName().toString().equals(METADATA)).toList()) {
        read(metadata).ifPresent(candidates::add);
      }
    } catch (IOException | UncheckedIOException e) {
      throw new MillraceException(
          ErrorCode.INTERNAL_ERROR, "Failed to read the checkpoints in " + folder, e);
    }
    return candidates.stream().max(Comparator.comparingLong(Checkpoint::id));
  }

  private static Optional<Checkpoint> read(Path metadata) {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(metadata)))) {
      CheckpointMetadata read =
          Checkpoints.loadCheckpointMetadata(
              in, CheckpointFolder.class.getClassLoader(), metadata.toString());
      return Optional.of(
          new Checkpoint(
              metadata,
              read.getCheckpointId(),
              read.getOperatorStates().stream()
                  .map(OperatorState::getOperatorID)
                  .collect(Collectors.toSet()),
              read.getOperatorStates().stream().mapToLong(OperatorState::getStateSize).sum()));
    } catch (IOException | RuntimeException e) {
      LOG.warn("Passed over checkpoint {}: {}", metadata.getParent(), e.toString());
      return Optional.empty();
    }
  }

  /** Makes it that of the statement which was created then; what another of its name left goes. */
  void claim(Instant created) {
    Path mine = folder.resolve(CREATED + created.toEpochMilli());
    if (Files.isDirectory(mine)) {
      return;
    }
    if (!entries(CheckpointFolder::isOwner).isEmpty()) {
      delete();
    }
    try {
      Files.createDirectories(mine);
    } catch (IOException e) {
      throw new MillraceException(ErrorCode.INTERNAL_ERROR, "Failed to create " + mine, e);
    }
  }

  /** Removes the folder and everything in it; whose checkpoints they were is known to the last. */
  public void delete() {
    try {
      for (Path checkpoint : entries(entry -> !isOwner(entry))) {
        FileUtils.deleteFileOrDirectory(checkpoint.toFile());
      }
      FileUtils.deleteDirectory(folder.toFile());
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.INTERNAL_ERROR, "Failed to delete the checkpoints in " + folder, e);
    }
  }

  boolean exists() {
    return Files.isDirectory(folder);
  }

  private static boolean isOwner(Path entry) {
    return entry.getFileName().toString().startsWith(CREATED);
  }

  private List<Path> entries(Predicate<Path> wanted) {
    if (!exists()) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(wanted).toList();
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.INTERNAL_ERROR, "Failed to read the checkpoints in " + folder, e);
    }
  }
}
