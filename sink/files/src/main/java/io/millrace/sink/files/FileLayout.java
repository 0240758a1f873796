package io.millrace.sink.files;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import io.millrace.model.Setting;
import io.millrace.model.Settings;
import io.millrace.sink.SinkDefinition;
import io.millrace.sink.parquet.Compression;
import java.io.Serializable;
import java.util.List;

/**
 * What is in a sink's files and how rows are spread over them, wherever they lie. Immutable; sent
 * to the tasks that write.
 *
 * @param fileName the sink's name as part of a file name
 * @param partitionBy as written, or empty
 */
record FileLayout(
    RowSchema schema, String fileName, String partitionBy, Limits limits, Compression compression)
    implements Serializable {
  /** In bytes; with numbers and ending, a file name stays within 255. */
  private static final int LONGEST_NAME = 150;

  private static final Setting<String> PARTITION_BY =
      Setting.text(
          "partition-by",
          null,
          "A column, day(column) or hour(column): one folder for each value.");
  private static final Setting<Long> MAX_ROWS =
      Setting.number("max-rows", "10000000", "Rows after which a file is full.");
  private static final Setting<Long> MAX_BYTES =
      Setting.bytes("max-bytes", "128 MB", "Size at which a file is full.");
  private static final Setting<Long> MEMORY =
      Setting.bytes(
          "memory",
          "64 MB",
          "What a task gathers in memory over all open files; past it the largest is closed"
              + " early.");
  private static final Setting<Compression> COMPRESSION =
      Setting.oneOf("compression", Compression.class, "zstd", "How the files are compressed.");

  static final List<Setting<?>> SETTINGS =
      List.of(PARTITION_BY, MAX_ROWS, MAX_BYTES, MEMORY, COMPRESSION);

  /** Refuses a name or a value that cannot be. */
  static FileLayout of(SinkDefinition definition, Settings settings) {
    String what = "sink " + definition.name();
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
    return new FileLayout(
        definition.schema(),
        fileName,
        settings.find(PARTITION_BY).orElse(""),
        limits,
        settings.get(COMPRESSION));
  }

  /** Throws NOT_SUPPORTED for a table. */
  static void requireStream(String type, SinkDefinition definition) {
    if (definition.table()) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot create sink " + definition.name() + ": " + type + " takes streams only")
          .hint("A table changes its rows; files can only be added.");
    }
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
}
