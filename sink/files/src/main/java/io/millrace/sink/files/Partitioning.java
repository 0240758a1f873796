package io.millrace.sink.files;

import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Nearest;
import io.millrace.model.RowSchema;
import io.millrace.sink.RowRefusedException;
import io.millrace.sink.parquet.RowLog;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which folder a row belongs to, in Hive's style: {@code column=value}, for {@code day(column)} and
 * {@code hour(column)} {@code column_day=2026-11-22} and {@code column_hour=2026-11-22-09} in UTC.
 * NULL and the empty text are {@code __HIVE_DEFAULT_PARTITION__}. The folder of consecutive rows
 * with one value is worked out once. Not thread-safe.
 *
 * <p>The column stays in the file too, so that a file is whole without its path. A reader that
 * takes columns from the path (DuckDB does when it sees such folders, unless told {@code
 * hive_partitioning = false}) shows the path's value instead of the file's, with a type that it
 * guesses.
 */
final class Partitioning {
  private static final Pattern CALL = Pattern.compile("(?i)(day|hour)\\s*\\(\\s*(.+?)\\s*\\)");
  private static final String NULL_FOLDER = "__HIVE_DEFAULT_PARTITION__";

  /** The longest name that common file systems bear, in bytes. */
  private static final int LONGEST_NAME = 255;

  private static final long NANOS_PER_DAY = 86_400_000_000_000L;

  private enum Unit {
    VALUE,
    DAY,
    HOUR
  }

  private final int column;
  private final String name;
  private final DataType type;
  private final Unit unit;
  private final String prefix;
  private final long unitsPerDay;

  private boolean known;
  private boolean lastNull;
  private long lastValue;
  private byte[] lastText = new byte[0];
  private String lastFolder = "";
  private boolean lastTooLong;

  private Partitioning(int column, String name, DataType type, Unit unit, String prefix) {
    this.column = column;
    this.name = name;
    this.type = type;
    this.unit = unit;
    this.prefix = prefix;
    this.unitsPerDay =
        type instanceof DataType.Temporal t && t.precision() == 6 ? 86_400_000_000L : 86_400_000L;
  }

  /** Throws INVALID_OPTION for a column that is not there or cannot name folders. */
  static Partitioning parse(String text, RowSchema schema) {
    Matcher call = CALL.matcher(text.strip());
    boolean isCall = call.matches();
    String name = (isCall ? call.group(2) : text.strip()).replaceAll("^[`\"]|[`\"]$", "");
    int column = schema.indexOf(name);
    if (column < 0) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION, "Invalid value for 'partition-by': no such column: " + name)
          .hint(
              Optional.of(
                      Nearest.question(name, schema.columns().stream().map(c -> c.name()).toList()))
                  .filter(q -> !q.isEmpty())
                  .orElse("Name a column, or day(column) or hour(column)."));
    }
    DataType type = schema.column(column).type();
    String folder = schema.column(column).name();
    if (!isCall) {
      switch (type.kind()) {
        case STRING, BOOLEAN, INT, BIGINT, FLOAT, DOUBLE, DECIMAL, DATE, TIME -> {
          return new Partitioning(column, folder, type, Unit.VALUE, prefix(folder));
        }
        case TIMESTAMP, TIMESTAMP_LTZ ->
            throw unfit(name, type, "Use day(" + name + ") or hour(" + name + ").");
        case BYTES, ARRAY, MAP, ROW ->
            throw unfit(name, type, "Name a column whose values can be the names of folders.");
      }
    }
    Unit unit = Unit.valueOf(call.group(1).toUpperCase(Locale.ROOT));
    boolean fits =
        switch (type.kind()) {
          case TIMESTAMP, TIMESTAMP_LTZ -> true;
          case DATE -> unit == Unit.DAY;
          default -> false;
        };
    if (!fits) {
      throw unfit(name, type, "day and hour take a TIMESTAMP or TIMESTAMP_LTZ column.");
    }
    return new Partitioning(
        column, folder, type, unit, prefix(folder + "_" + unit.name().toLowerCase(Locale.ROOT)));
  }

  private static String prefix(String name) {
    return FileNames.escape(name) + "=";
  }

  private static MillraceException unfit(String name, DataType type, String hint) {
    return new MillraceException(
            ErrorCode.INVALID_OPTION,
            "Invalid value for 'partition-by': " + name + " is " + type.bareText())
        .hint(hint);
  }

  /** The folder of the row in the log, relative to the sink's. */
  String folder(RowLog row) {
    boolean isNull = row.isNull(column);
    if (isNull) {
      if (!known || !lastNull) {
        remember(true, prefix + NULL_FOLDER);
      }
      return lastFolder;
    }
    if (type.kind() == DataType.Kind.STRING) {
      if (!known || lastNull || !row.equalsUtf8(column, lastText)) {
        lastText = row.getUtf8(column);
        String text = new String(lastText, StandardCharsets.UTF_8);
        remember(false, prefix + (text.isEmpty() ? NULL_FOLDER : FileNames.escape(text)));
      }
      if (lastTooLong) {
        throw new RowRefusedException(
            name, "Cannot write column " + name + ": the value is too long to name a folder");
      }
      return lastFolder;
    }
    if (type instanceof DataType.Decimal decimal) {
      return prefix + row.getDecimal(column, decimal.scale()).toPlainString();
    }
    long value = bucket(row.getLong(column));
    if (!known || lastNull || value != lastValue) {
      lastValue = value;
      remember(false, prefix + text(value));
    }
    return lastFolder;
  }

  private void remember(boolean isNull, String folder) {
    known = true;
    lastNull = isNull;
    lastFolder = folder;
    lastTooLong = FileNames.length(folder) > LONGEST_NAME;
  }

  private long bucket(long value) {
    if (unit == Unit.VALUE || type.kind() == DataType.Kind.DATE) {
      return value;
    }
    return Math.floorDiv(value, unit == Unit.DAY ? unitsPerDay : unitsPerDay / 24);
  }

  private String text(long bucket) {
    if (unit == Unit.HOUR) {
      return LocalDate.ofEpochDay(Math.floorDiv(bucket, 24L))
          + String.format("-%02d", Math.floorMod(bucket, 24L));
    }
    if (unit == Unit.DAY) {
      return LocalDate.ofEpochDay(bucket).toString();
    }
    return switch (type.kind()) {
      case BOOLEAN -> String.valueOf(bucket != 0);
      case DATE -> LocalDate.ofEpochDay(bucket).toString();
      case TIME ->
          FileNames.escape(
              LocalTime.ofNanoOfDay(bucket * (NANOS_PER_DAY / unitsPerDay)).toString());
      case FLOAT -> String.valueOf(Float.intBitsToFloat((int) bucket));
      case DOUBLE -> String.valueOf(Double.longBitsToDouble(bucket));
      default -> String.valueOf(bucket);
    };
  }
}
