package io.millrace.sink.files;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Setting;
import io.millrace.model.Settings;
import io.millrace.sink.Capability;
import io.millrace.sink.Guarantee;
import io.millrace.sink.Sink;
import io.millrace.sink.SinkConnector;
import io.millrace.sink.SinkDefinition;
import io.millrace.sink.parquet.Compression;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/** {@code INTO parquet}: a stream as Parquet files in a folder of this machine. */
public final class ParquetConnector implements SinkConnector {
  private static final long serialVersionUID = 1L;

  /** In bytes; with numbers and ending, a file name stays within 255. */
  private static final int LONGEST_NAME = 150;

  static final Setting<String> PATH = Setting.text("path", null, "The folder of the files.");
  static final Setting<String> PARTITION_BY =
      Setting.text(
          "partition-by",
          null,
          "A column, day(column) or hour(column): one folder for each value.");
  static final Setting<Long> MAX_ROWS =
      Setting.number("max-rows", "10000000", "Rows after which a file is full.");
  static final Setting<Long> MAX_BYTES =
      Setting.bytes("max-bytes", "128 MB", "Size at which a file is full.");
  static final Setting<Long> MEMORY =
      Setting.bytes(
          "memory",
          "64 MB",
          "What a task gathers in memory over all open files; past it the largest is closed early.");
  static final Setting<Compression> COMPRESSION =
      Setting.oneOf("compression", Compression.class, "zstd", "How the files are compressed.");

  @Override
  public String type() {
    return "parquet";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(PATH, PARTITION_BY, MAX_ROWS, MAX_BYTES, MEMORY, COMPRESSION);
  }

  @Override
  public Capability capability() {
    return new Capability(Guarantee.EXACTLY_ONCE, true, false);
  }

  @Override
  public Sink create(SinkDefinition definition) {
    String what = "sink " + definition.name();
    if (definition.table()) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED, "Cannot create " + what + ": parquet takes streams only")
          .hint("A table changes its rows; files can only be added.");
    }
    Settings settings = Settings.of(what, definition.options(), settings());
    String fileName = FileNames.escape(definition.name().folded());
    if (FileNames.length(fileName) > LONGEST_NAME) {
      throw new MillraceException(
              ErrorCode.INVALID_NAME, "Cannot create " + what + ": its name is part of file names")
          .hint("Choose a name of at most " + LONGEST_NAME + " bytes.");
    }
    Limits limits =
        new Limits(
            positive(MAX_ROWS, settings),
            positive(MAX_BYTES, settings),
            positive(MEMORY, settings));
    settings.find(PARTITION_BY).ifPresent(text -> Partitioning.parse(text, definition.schema()));
    return new ParquetSink(
        definition.schema(),
        folder(what, settings.get(PATH)).toString(),
        fileName,
        settings.find(PARTITION_BY).orElse(""),
        limits,
        settings.get(COMPRESSION));
  }

  private static long positive(Setting<Long> setting, Settings settings) {
    long value = settings.get(setting);
    if (value <= 0) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION, "Invalid value for '" + setting.key() + "': " + value)
          .hint("Write a number above 0.");
    }
    return value;
  }

  private static Path folder(String what, String path) {
    try {
      Path folder = Path.of(path).toAbsolutePath().normalize();
      Files.createDirectories(folder);
      if (!Files.isWritable(folder)) {
        throw new MillraceException(
                ErrorCode.SINK_FAILED, "Cannot create " + what + ": cannot write to " + folder)
            .hint("Allow the server's user to write there, or correct 'path'.");
      }
      return folder;
    } catch (InvalidPathException e) {
      throw new MillraceException(
          ErrorCode.INVALID_OPTION, "Invalid value for 'path': " + e.getMessage(), e);
    } catch (IOException e) {
      throw new MillraceException(
              ErrorCode.SINK_FAILED, "Cannot create " + what + ": cannot make folder " + path, e)
          .hint("Create it, or correct 'path'.");
    }
  }
}
