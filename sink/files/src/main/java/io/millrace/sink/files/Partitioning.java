package io.millrace.sink.files;

import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Nearest;
import io.millrace.model.RowSchema;
import io.millrace.sink.parquet.RowLog;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which folder a row belongs to, in Hive's style: {@code column=value}. The column stays in the
 * file too. The folder of consecutive rows with one value is worked out once.
 */
final class Partitioning {
  private static final Pattern CALL = Pattern.compile("(?i)(day|hour)\\s*\\(\\s*(.+?)\\s*\\)");
  private static final String NULL_FOLDER = "__HIVE_DEFAULT_PARTITION__";

  private enum Unit {
    VALUE,
    DAY,
    HOUR
  }

  private final int column;
  private final DataType type;
  private final Unit unit;
  private final String prefix;
  private final long unitsPerDay;

  private boolean known;
  private boolean lastNull;
  private long lastValue;
  private byte[] lastText = new byte[0];
  private String lastFolder = "";

  private Partitioning(int column, DataType type, Unit unit, String prefix) {
    this.column = column;
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
        case STRING, INT, BIGINT, BOOLEAN, DATE -> {
          return new Partitioning(column, type, Unit.VALUE, folder + "=");
        }
        default ->
            throw unfit(name, type, "Use day(" + name + ") or hour(" + name + ") for times.");
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
        column, type, unit, folder + "_" + unit.name().toLowerCase(Locale.ROOT) + "=");
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
        remember(false, prefix + escape(new String(lastText, StandardCharsets.UTF_8)));
      }
      return lastFolder;
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
    if (unit == Unit.DAY || type.kind() == DataType.Kind.DATE) {
      return LocalDate.ofEpochDay(bucket).toString();
    }
    return type.kind() == DataType.Kind.BOOLEAN
        ? String.valueOf(bucket != 0)
        : String.valueOf(bucket);
  }

  /** Percent signs for what a file name or Hive cannot bear, as Hive does it. */
  static String escape(String value) {
    if (value.isEmpty()) {
      return NULL_FOLDER;
    }
    StringBuilder escaped = new StringBuilder();
    for (char c : value.toCharArray()) {
      if (c < ' ' || c == 0x7F || "\"#%'*/:=?\\{[]^".indexOf(c) >= 0) {
        escaped.append(String.format("%%%02X", (int) c));
      } else {
        escaped.append(c);
      }
    }
    String text = escaped.toString();
    return text.equals(".") || text.equals("..") ? text.replace(".", "%2E") : text;
  }
}
