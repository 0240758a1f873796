package io.millrace.format;

import io.millrace.model.DataType;

/**
 * A record could not be read: which column, where and why. Made in numbers when input is broken, so
 * it carries no stack trace. Immutable.
 */
public final class DecodeException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String field;
  private final String type;
  private final long position;
  private final String reason;

  /** A failure that no column is known for yet; {@code position} is -1 where there is none. */
  public DecodeException(String reason, long position) {
    this("", "", reason, position);
  }

  private DecodeException(String field, String type, String reason, long position) {
    super(message(field, type, reason, position), null, false, false);
    this.field = field;
    this.type = type;
    this.reason = reason;
    this.position = position;
  }

  private static String message(String field, String type, String reason, long position) {
    StringBuilder text = new StringBuilder("Cannot read ");
    if (field.isEmpty()) {
      text.append("record");
    } else {
      text.append("column ").append(field);
    }
    if (!type.isEmpty()) {
      text.append(" as ").append(type);
    }
    text.append(": ").append(reason);
    if (position >= 0) {
      text.append(" (byte ").append(position).append(')');
    }
    return text.toString();
  }

  /** A null, or no value at all, for a column that is NOT NULL. */
  public static DecodeException missing(String field, DataType type, long position) {
    return new DecodeException(field, type.bareText(), "NULL in a NOT NULL column", position);
  }

  /**
   * The same failure inside this column; a failure that names a field already gets this name before
   * it: {@code address.city}.
   */
  public DecodeException in(String column, DataType columnType) {
    return field.isEmpty()
        ? new DecodeException(
            column, columnType == null ? "" : columnType.bareText(), reason, position)
        : new DecodeException(column + "." + field, type, reason, position);
  }

  /** The column, with dots into nested fields; empty where the record as a whole is at fault. */
  public String field() {
    return field;
  }

  /** Byte offset in the record, -1 where there is none. */
  public long position() {
    return position;
  }

  public String reason() {
    return reason;
  }
}
