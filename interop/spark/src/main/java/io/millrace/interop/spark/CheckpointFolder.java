package io.millrace.interop.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.SparkSession;

/**
 * Small files in a folder of a query's checkpoint, wherever that lies. A file is there whole or not
 * at all, and is never written anew. Used by the driver.
 */
final class CheckpointFolder {
  private final Path folder;
  private final FileContext files;

  CheckpointFolder(String location) throws IOException {
    folder = new Path(location);
    files =
        FileContext.getFileContext(
            folder.toUri(), SparkSession.active().sparkContext().hadoopConfiguration());
    files.mkdir(folder, null, true);
  }

  Optional<String> read(String name) throws IOException {
    try (FSDataInputStream in = files.open(new Path(folder, name))) {
      return Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (FileNotFoundException e) {
      return Optional.empty();
    }
  }

  /** Writes the file and answers true, or leaves the one that is there and answers false. */
  boolean create(String name, String text) throws IOException {
    Path written = new Path(folder, "." + name + "." + UUID.randomUUID() + ".tmp");
    try (FSDataOutputStream out =
        files.create(written, EnumSet.of(CreateFlag.CREATE), Options.CreateOpts.createParent())) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.hsync();
    }
    try {
      files.rename(written, new Path(folder, name), Options.Rename.NONE);
      return true;
    } catch (FileAlreadyExistsException e) {
      files.delete(written, false);
      return false;
    }
  }

  /** The names of the files. */
  List<String> list() throws IOException {
    List<String> names = new ArrayList<>();
    for (RemoteIterator<FileStatus> all = files.listStatus(folder); all.hasNext(); ) {
      String name = all.next().getPath().getName();
      if (!name.startsWith(".")) {
        names.add(name);
      }
    }
    return names;
  }

  void delete(String name) throws IOException {
    files.delete(new Path(folder, name), false);
  }
}
