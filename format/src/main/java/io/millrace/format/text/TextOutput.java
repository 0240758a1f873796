package io.millrace.format.text;

import io.millrace.format.ByteSink;
import io.millrace.format.DecimalValue;
import io.millrace.model.BytesView;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

/**
 * Writes plain values as the text that {@link TextValues} reads back. Only FLOAT, DOUBLE and
 * decimals beyond a long allocate. Not thread-safe.
 */
public final class TextOutput {
  private static final byte[] TRUE = "true".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] FALSE = "false".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] MIN_LONG = "-9223372036854775808".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] BASE64 =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
          .getBytes(StandardCharsets.US_ASCII);
  private static final long SECONDS_PER_DAY = 86_400;

  private final char dateTimeSeparator;
  private final DecimalValue decimal = new DecimalValue();
  private final byte[] digits = new byte[20];

  /** The separator stands between date and time of a timestamp: T or a space. */
  public TextOutput(char dateTimeSeparator) {
    this.dateTimeSeparator = dateTimeSeparator;
  }

  /** Appends a value that is not null; a STRING as it is. */
  public void write(DataType type, RowReader row, int column, ByteSink out) {
    switch (type.kind()) {
      case BOOLEAN -> out.write(row.getBoolean(column) ? TRUE : FALSE);
      case INT -> writeLong(row.getInt(column), out);
      case BIGINT -> writeLong(row.getLong(column), out);
      case FLOAT -> writeAscii(Float.toString(row.getFloat(column)), out);
      case DOUBLE -> writeAscii(Double.toString(row.getDouble(column)), out);
      case DECIMAL -> writeDecimal(((DataType.Decimal) type).scale(), row, column, out);
      case STRING -> {
        BytesView text = row.utf8(column);
        out.write(text.array(), text.offset(), text.length());
      }
      case BYTES -> writeBase64(row.bytes(column), out);
      case DATE -> writeDate(row.getInt(column), out);
      case TIME -> writeTime(row.getLong(column), ((DataType.Temporal) type).precision(), out);
      case TIMESTAMP -> writeTimestamp(type, row.getLong(column), out);
      case TIMESTAMP_LTZ -> {
        writeTimestamp(type, row.getLong(column), out);
        out.write('Z');
      }
      case ARRAY, MAP, ROW -> throw new IllegalArgumentException(type + " is no plain value");
    }
  }

  /** Appends ASCII text. */
  public static void writeAscii(String text, ByteSink out) {
    out.ensure(text.length());
    for (int i = 0; i < text.length(); i++) {
      out.write(text.charAt(i));
    }
  }

  public void writeLong(long value, ByteSink out) {
    if (value == Long.MIN_VALUE) {
      out.write(MIN_LONG);
      return;
    }
    if (value < 0) {
      out.write('-');
    }
    writeDigits(Math.abs(value), 1, out);
  }

  /** Appends at least so many digits, with leading zeros. */
  private void writeDigits(long value, int atLeast, ByteSink out) {
    long left = value;
    int at = digits.length;
    do {
      digits[--at] = (byte) ('0' + left % 10);
      left /= 10;
    } while (left != 0);
    while (digits.length - at < atLeast) {
      digits[--at] = '0';
    }
    out.write(digits, at, digits.length - at);
  }

  private void writeDecimal(int scale, RowReader row, int column, ByteSink out) {
    decimal.set(row, column);
    if (!decimal.fitsLong() || decimal.toLong() == Long.MIN_VALUE || scale > 18) {
      writeAscii(new BigDecimal(decimal.toBigInteger(), scale).toPlainString(), out);
      return;
    }
    long value = decimal.toLong();
    if (value < 0) {
      out.write('-');
    }
    long unit = 1;
    for (int i = 0; i < scale; i++) {
      unit *= 10;
    }
    writeDigits(Math.abs(value) / unit, 1, out);
    if (scale > 0) {
      out.write('.');
      writeDigits(Math.abs(value) % unit, scale, out);
    }
  }

  private void writeDate(long days, ByteSink out) {
    // Civil from days, the reverse of TextValues.date().
    long z = days + 719468;
    long era = Math.floorDiv(z, 146097L);
    long dayOfEra = z - era * 146097;
    long yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
    long dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    long shifted = (5 * dayOfYear + 2) / 153;
    long month = shifted < 10 ? shifted + 3 : shifted - 9;
    long year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
    if (year < 0 || year > 9999) {
      throw new MillraceException(
          ErrorCode.ROW_REFUSED, "Cannot write a date outside the years 0000 to 9999: " + year);
    }
    writeDigits(year, 4, out);
    out.write('-');
    writeDigits(month, 2, out);
    out.write('-');
    writeDigits(dayOfYear - (153 * shifted + 2) / 5 + 1, 2, out);
  }

  private void writeTime(long value, int precision, ByteSink out) {
    long unit = precision == 3 ? 1000 : 1_000_000;
    long seconds = value / unit;
    writeDigits(seconds / 3600, 2, out);
    out.write(':');
    writeDigits(seconds / 60 % 60, 2, out);
    out.write(':');
    writeDigits(seconds % 60, 2, out);
    out.write('.');
    writeDigits(value % unit, precision, out);
  }

  private void writeTimestamp(DataType type, long value, ByteSink out) {
    int precision = ((DataType.Temporal) type).precision();
    long perDay = SECONDS_PER_DAY * (precision == 3 ? 1000 : 1_000_000);
    writeDate(Math.floorDiv(value, perDay), out);
    out.write(dateTimeSeparator);
    writeTime(Math.floorMod(value, perDay), precision, out);
  }

  private static void writeBase64(BytesView bytes, ByteSink out) {
    byte[] array = bytes.array();
    int at = bytes.offset();
    int end = at + bytes.length();
    out.ensure((bytes.length() + 2) / 3 * 4);
    for (; at < end; at += 3) {
      int left = end - at;
      int group =
          (array[at] & 0xff) << 16
              | (left > 1 ? (array[at + 1] & 0xff) << 8 : 0)
              | (left > 2 ? array[at + 2] & 0xff : 0);
      out.write(BASE64[group >> 18]);
      out.write(BASE64[group >> 12 & 63]);
      out.write(left > 1 ? BASE64[group >> 6 & 63] : '=');
      out.write(left > 2 ? BASE64[group & 63] : '=');
    }
  }
}
