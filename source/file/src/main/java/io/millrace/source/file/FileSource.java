package io.millrace.source.file;

import io.millrace.catalog.Relation;
import io.millrace.format.Formats;
import io.millrace.format.LineDecoder;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.source.RowSource;
import io.millrace.source.SourceRun;
import java.io.IOException;
import java.nio.file.Files;

/** The rows of a folder's files. */
final class FileSource implements RowSource {
  private final Name name;
  private final FileOptions options;
  private final Formats formats;

  FileSource(Name name, FileOptions options, Formats formats) {
    this.name = name;
    this.options = options;
    this.formats = formats;
  }

  /** That there is a folder, and that the files' format has places for the columns. */
  @Override
  public void check(Relation target) {
    formats.fileDecoder(options.format(), options.formatOptions(), target.schema());
    if (!Files.isDirectory(options.folder())) {
      throw new MillraceException(
              ErrorCode.SOURCE_FAILED,
              "Cannot create source " + name + ": there is no folder " + options.folder())
          .hint("It has to be on the machine of the server.");
    }
    try {
      new Folder(options).list();
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.SOURCE_FAILED,
          "Cannot create source " + name + ": " + Troubles.of("read folder " + options.folder(), e),
          e);
    }
  }

  @Override
  public void run(SourceRun run) throws InterruptedException {
    Relation target = run.tables().get(TARGET);
    boolean oneRow =
        !(formats.fileDecoder(options.format(), options.formatOptions(), target.schema())
                instanceof LineDecoder)
            && !options.format().equalsIgnoreCase("avro");
    Following following = new Following(options, formats, run, oneRow);
    while (true) {
      if (following.pass()) {
        Thread.sleep(options.every().toMillis());
      }
    }
  }

  /** Nothing is left in a folder that was only read. */
  @Override
  public void forget() {}
}
