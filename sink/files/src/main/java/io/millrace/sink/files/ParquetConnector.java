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
import java.nio.file.Path;
import java.util.List;

/** {@code INTO parquet}: a stream as Parquet files in a folder of this machine. */
public final class ParquetConnector implements SinkConnector {
  private static final long serialVersionUID = 1L;

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
    Path folder = Path.of(settings.get(PATH)).toAbsolutePath().normalize();
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new MillraceException(
              ErrorCode.SINK_FAILED, "Cannot create " + what + ": cannot make folder " + folder, e)
          .hint("Create it, or correct 'path'.");
    }
    settings.find(PARTITION_BY).ifPresent(text -> Partitioning.parse(text, definition.schema()));
    return new ParquetSink(
        definition.schema(),
        folder.toString(),
        definition.name().toString(),
        settings.find(PARTITION_BY).orElse(""),
        new Limits(settings.get(MAX_ROWS), settings.get(MAX_BYTES), settings.get(MEMORY)),
        settings.get(COMPRESSION));
  }
}
