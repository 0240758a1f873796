package io.millrace.testserver.snowflake;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Internal stages and file formats, as folders and files. A stage is no part of a transaction.
 * Thread-safe as far as the file system is.
 */
final class Stages {
  private final Path root;

  Stages(Path root) {
    this.root = root;
  }

  void create(ObjectName name) throws SnowflakeException {
    make(folder(name));
  }

  void createFormat(ObjectName name) throws SnowflakeException {
    make(format(name));
  }

  private static void make(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void drop(ObjectName name) {
    Path folder = folder(name);
    if (Files.isDirectory(folder)) {
      below(folder).forEach(Stages::delete);
    }
    delete(folder);
  }

  private Path folder(ObjectName name) {
    return root.resolve("stages").resolve(name.toString());
  }

  private Path format(ObjectName name) {
    return root.resolve("formats").resolve(name.toString());
  }

  void requireFormat(String name, Session session) throws SnowflakeException {
    ObjectName format = ObjectName.read(new Cursor(Token.read(name)), session);
    if (!Files.isDirectory(format(format))) {
      throw SnowflakeException.missing("File format", format.toString());
    }
  }

  private static String stageOf(String reference) {
    int slash = reference.indexOf('/');
    return slash < 0 ? reference : reference.substring(0, slash);
  }

  /** Where {@code stage/path} is; the stage must exist. */
  Path resolve(String reference, Session session) throws SnowflakeException {
    String stage = stageOf(reference);
    ObjectName name = ObjectName.read(new Cursor(Token.read(stage)), session);
    Path folder = folder(name);
    if (!Files.isDirectory(folder)) {
      throw SnowflakeException.missing("Stage", name.toString());
    }
    Path path =
        stage.length() == reference.length()
            ? folder
            : folder.resolve(reference.substring(stage.length() + 1)).normalize();
    if (!path.startsWith(folder)) {
      throw SnowflakeException.syntax("a path leads out of its stage: " + reference);
    }
    return path;
  }

  /** The files whose path begins so, as Snowflake matches a prefix and not a folder. */
  List<Path> files(String reference, Session session) throws SnowflakeException {
    Path stage = resolve(stageOf(reference), session);
    String prefix = resolve(reference, session).toString() + (reference.endsWith("/") ? "/" : "");
    return below(stage).stream().filter(f -> f.toString().startsWith(prefix)).toList();
  }

  private static List<Path> below(Path folder) {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As LIST prints it: the stage's name in lower case and the path below it. */
  String listed(Path file, String reference, Session session) throws SnowflakeException {
    String stage = stageOf(reference);
    Path folder = resolve(stage, session);
    return stage.replace("\"", "").toLowerCase(Locale.ROOT) + "/" + folder.relativize(file);
  }

  static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
