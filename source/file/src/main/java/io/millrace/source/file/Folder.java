package io.millrace.source.file;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The files of a folder that a source reads. */
final class Folder {
  private static final List<String> UNFINISHED = List.of(".tmp", ".part");

  private final FileOptions options;

  Folder(FileOptions options) {
    this.options = options;
  }

  /**
   * What was found.
   *
   * @param files in the order in which they were changed last, then by name; one that has several
   *     names is there once
   * @param troubles what could not be looked at, and why
   */
  record Listing(List<FoundFile> files, List<String> troubles) {}

  /** Looks at the folder; throws where it cannot be read itself. */
  Listing list() throws IOException {
    List<FoundFile> files = new ArrayList<>();
    List<String> troubles = new ArrayList<>();
    int depth = options.recursive() ? Integer.MAX_VALUE : 1;
    Files.walkFileTree(options.folder(), Set.of(), depth, new Visitor(files, troubles));
    files.sort(Comparator.comparing(FoundFile::modified).thenComparing(FoundFile::name));
    Set<String> keys = new HashSet<>();
    files.removeIf(file -> !keys.add(file.key()));
    return new Listing(List.copyOf(files), troubles);
  }

  /** Others are not finished, or none of the reader's business. */
  private boolean isAsked(Path path) {
    Path name = path.getFileName();
    String text = name.toString();
    return !text.startsWith(".")
        && UNFINISHED.stream().noneMatch(text::endsWith)
        && options.files().matches(name);
  }

  private final class Visitor extends SimpleFileVisitor<Path> {
    private final List<FoundFile> files;
    private final List<String> troubles;

    Visitor(List<FoundFile> files, List<String> troubles) {
      this.files = files;
      this.troubles = troubles;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
      return folder.equals(options.folder()) || !folder.getFileName().toString().startsWith(".")
          ? FileVisitResult.CONTINUE
          : FileVisitResult.SKIP_SUBTREE;
    }

    @Override
    public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
      if (!isAsked(path)) {
        return FileVisitResult.CONTINUE;
      }
      try {
        BasicFileAttributes file =
            attributes.isSymbolicLink()
                ? Files.readAttributes(path, BasicFileAttributes.class)
                : attributes;
        if (file.isRegularFile()) {
          files.add(
              new FoundFile(
                  path,
                  options.folder().relativize(path).toString(),
                  String.valueOf(file.fileKey() == null ? path : file.fileKey()),
                  file.size(),
                  file.lastModifiedTime().toInstant()));
        }
      } catch (IOException e) {
        failed(path, e);
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path path, IOException e) throws IOException {
      if (path.equals(options.folder())) {
        throw e;
      }
      failed(path, e);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, IOException e) throws IOException {
      return e == null ? FileVisitResult.CONTINUE : visitFileFailed(folder, e);
    }

    /** What is gone since its folder was read is no trouble. */
    private void failed(Path path, IOException e) {
      if (!(e instanceof NoSuchFileException)) {
        troubles.add(Troubles.of("read " + options.folder().relativize(path), e));
      }
    }
  }
}
