package io.millrace.format.text;

import io.millrace.format.ByteSink;
import io.millrace.format.DecimalValue;
import io.millrace.format.DecodeException;
import io.millrace.format.Utf8;
import io.millrace.model.DataType;
import io.millrace.model.RowWriter;
import java.nio.charset.StandardCharsets;

/**
 * Reads values of the plain column types from UTF-8 text, strictly and without a String: a value
 * either is exactly what the text says or the text is refused. Fractions of a second finer than the
 * column's precision are cut off, as SQL's CAST does. Keeps buffers: not thread-safe.
 *
 * <p>INT and BIGINT: digits with an optional sign. DECIMAL: also a fraction and an exponent, exact
 * at the column's scale. FLOAT and DOUBLE: nearest value; {@code NaN}, {@code Infinity}, {@code
 * -Infinity}. BOOLEAN: true, false, t, f, 1, 0. DATE: {@code yyyy-MM-dd}. TIME: {@code
 * HH:mm[:ss[.fraction]]}. TIMESTAMP: a date, {@code T} or a space, a time; TIMESTAMP_LTZ: also
 * {@code Z} or an offset, else UTC. BYTES: base64, plain or URL-safe.
 */
public final class TextValues {
  private static final double[] POWERS = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22
  };
  private static final float[] FLOAT_POWERS = {
    1e0f, 1e1f, 1e2f, 1e3f, 1e4f, 1e5f, 1e6f, 1e7f, 1e8f, 1e9f, 1e10f
  };
  private static final int MAX_EXPONENT = 100_000;
  private static final long MICROS_PER_SECOND = 1_000_000;
  private static final long MICROS_PER_DAY = 86_400 * MICROS_PER_SECOND;

  /** The years 0000 to 9999. */
  private static final long FIRST_MICROS = -719_528 * MICROS_PER_DAY;

  private static final long LAST_MICROS = 2_932_897 * MICROS_PER_DAY - 1;

  private final DecimalValue decimal = new DecimalValue();
  private final ByteSink scratch = new ByteSink();

  private byte[] text;
  private int start;
  private int end;
  private int base;
  private int at;
  private long mantissa;
  private int exponent10;

  /**
   * Reads {@code bytes[from, to)} as a value of this type into the column. Positions in errors
   * count from {@code base}.
   */
  public void read(
      DataType type, byte[] bytes, int from, int to, int base, RowWriter target, int column)
      throws DecodeException {
    text = bytes;
    start = from;
    end = to;
    at = from;
    this.base = base;
    switch (type.kind()) {
      case STRING -> {
        Utf8.check(bytes, from, to - from, base);
        target.setUtf8(column, bytes, from, to - from);
      }
      case INT -> target.setInt(column, readInt());
      case BIGINT -> target.setLong(column, readLong());
      case BOOLEAN -> target.setBoolean(column, readBoolean());
      case DOUBLE -> target.setDouble(column, readDouble());
      case FLOAT -> target.setFloat(column, readFloat());
      case DECIMAL -> {
        readDecimal((DataType.Decimal) type);
        decimal.writeTo(target, column);
      }
      case DATE -> {
        int days = date();
        requireEnd("a date as yyyy-MM-dd");
        target.setInt(column, days);
      }
      case TIME -> {
        long micros = time();
        requireEnd("a time as HH:mm:ss");
        target.setLong(column, inUnit(micros, type));
      }
      case TIMESTAMP, TIMESTAMP_LTZ ->
          target.setLong(
              column, inUnit(timestamp(type.kind() == DataType.Kind.TIMESTAMP_LTZ), type));
      case BYTES -> {
        readBase64(scratch);
        target.setBytes(column, scratch.array(), 0, scratch.length());
      }
      case ARRAY, MAP, ROW -> throw new IllegalArgumentException(type + " is no plain value");
    }
  }

  private static long inUnit(long micros, DataType type) {
    return ((DataType.Temporal) type).precision() == 3 ? Math.floorDiv(micros, 1000) : micros;
  }

  private DecodeException not(String what) {
    return new DecodeException("not " + what + ": " + excerpt(), start - (long) base);
  }

  private DecodeException outOfRange() {
    return new DecodeException("out of range: " + excerpt(), start - (long) base);
  }

  /** The text in quotes, cut after 40 bytes, with anything unprintable as a question mark. */
  private String excerpt() {
    int shown = Math.min(end - start, 40);
    StringBuilder excerpt = new StringBuilder("'");
    for (int i = start; i < start + shown; i++) {
      excerpt.append(text[i] >= ' ' && text[i] < 127 ? (char) text[i] : '?');
    }
    return excerpt.append(shown < end - start ? "...'" : "'").toString();
  }

  private int readInt() throws DecodeException {
    long value = readLong();
    if ((int) value != value) {
      throw outOfRange();
    }
    return (int) value;
  }

  private long readLong() throws DecodeException {
    boolean negative = sign();
    if (at == end) {
      throw not("a number");
    }
    long value = 0; // negated, since the negative range is the wider one
    for (; at < end; at++) {
      int digit = text[at] - '0';
      if (digit < 0 || digit > 9) {
        throw not("a number");
      }
      if (value < -922337203685477579L && (value < -922337203685477580L || digit > 8)) {
        throw outOfLong();
      }
      value = value * 10 - digit;
    }
    if (!negative && value == Long.MIN_VALUE) {
      throw outOfRange();
    }
    return negative ? value : -value;
  }

  /** Out of range only if the rest are digits too. */
  private DecodeException outOfLong() {
    for (; at < end; at++) {
      if (text[at] < '0' || text[at] > '9') {
        return not("a number");
      }
    }
    return outOfRange();
  }

  private boolean sign() {
    if (at < end && (text[at] == '-' || text[at] == '+')) {
      return text[at++] == '-';
    }
    return false;
  }

  private boolean readBoolean() throws DecodeException {
    if (is("true") || is("t") || is("1")) {
      return true;
    }
    if (is("false") || is("f") || is("0")) {
      return false;
    }
    throw not("a boolean");
  }

  private boolean is(String word) {
    if (end - start != word.length()) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      int c = text[start + i];
      if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private void readDecimal(DataType.Decimal type) throws DecodeException {
    boolean negative = sign();
    int scale = 0;
    int significant = 0;
    int pendingZeros = 0;
    boolean fraction = false;
    boolean anyDigit = false;
    decimal.setZero();
    for (; at < end; at++) {
      int c = text[at];
      if (c == '.' && !fraction) {
        fraction = true;
        continue;
      }
      int digit = c - '0';
      if (digit < 0 || digit > 9) {
        break;
      }
      anyDigit = true;
      scale += fraction ? 1 : 0;
      if (digit == 0) {
        // Zeros count only once another digit follows: they are the scale's business until then.
        pendingZeros += significant == 0 ? 0 : 1;
        continue;
      }
      if (significant + pendingZeros + 1 > 38) {
        throw tooManyDigits(type);
      }
      for (; pendingZeros > 0; pendingZeros--, significant++) {
        decimal.appendDigit(0);
      }
      decimal.appendDigit(digit);
      significant++;
    }
    if (!anyDigit) {
      throw not("a number");
    }
    long unscaledBy = (long) scale - pendingZeros - exponent();
    if (at < end) {
      throw not("a number");
    }
    if (significant == 0) {
      return;
    }
    if (unscaledBy > MAX_EXPONENT || unscaledBy < -MAX_EXPONENT) {
      throw unscaledBy > 0 ? inexact(type) : outOf(type);
    }
    if (!decimal.rescale((int) unscaledBy, type.scale())) {
      throw unscaledBy > type.scale() ? inexact(type) : outOf(type);
    }
    if (!decimal.fits(type.precision())) {
      throw outOf(type);
    }
    if (negative) {
      decimal.negate();
    }
  }

  private DecodeException tooManyDigits(DataType.Decimal type) {
    return new DecodeException(
        "more digits than " + type.bareText() + " holds: " + excerpt(), start - (long) base);
  }

  private DecodeException inexact(DataType.Decimal type) {
    return new DecodeException(
        "not exact at scale " + type.scale() + ": " + excerpt(), start - (long) base);
  }

  private DecodeException outOf(DataType.Decimal type) {
    return new DecodeException(
        "out of range for " + type.bareText() + ": " + excerpt(), start - (long) base);
  }

  /** Reads an exponent if there is one; leaves {@link #at} before it where it is malformed. */
  private int exponent() {
    if (at >= end || (text[at] | 0x20) != 'e') {
      return 0;
    }
    int mark = at++;
    boolean negative = sign();
    int digits = 0;
    int value = 0;
    for (; at < end && text[at] >= '0' && text[at] <= '9'; at++, digits++) {
      value = Math.min(value * 10 + text[at] - '0', 10 * MAX_EXPONENT);
    }
    if (digits == 0) {
      at = mark;
    }
    return negative ? -value : value;
  }

  /** Sets mantissa and exponent10; answers whether the mantissa holds all digits. */
  private boolean scan() throws DecodeException {
    boolean fraction = false;
    boolean anyDigit = false;
    boolean exact = true;
    mantissa = 0;
    exponent10 = 0;
    for (; at < end; at++) {
      int c = text[at];
      if (c == '.' && !fraction) {
        fraction = true;
        continue;
      }
      int digit = c - '0';
      if (digit < 0 || digit > 9) {
        break;
      }
      anyDigit = true;
      if (mantissa > 900_000_000_000_000_000L) {
        exact = false;
        continue;
      }
      mantissa = mantissa * 10 + digit;
      exponent10 -= fraction ? 1 : 0;
    }
    if (!anyDigit) {
      throw not("a number");
    }
    exponent10 += exponent();
    if (at < end) {
      throw not("a number");
    }
    return exact;
  }

  private double readDouble() throws DecodeException {
    boolean negative = sign();
    if (at < end && text[at] > '9') {
      return wordNumber();
    }
    boolean exact = scan();
    // Clinger's fast path: an integer below 2^53 times or over an exact power of ten rounds once.
    if (exact && mantissa <= 1L << 53 && exponent10 >= -22 && exponent10 <= 22) {
      double value =
          exponent10 < 0 ? mantissa / POWERS[-exponent10] : mantissa * POWERS[exponent10];
      return negative ? -value : value;
    }
    double value = Double.parseDouble(string());
    if (Double.isInfinite(value)) {
      throw outOfRange();
    }
    return value;
  }

  private float readFloat() throws DecodeException {
    boolean negative = sign();
    if (at < end && text[at] > '9') {
      return (float) wordNumber();
    }
    boolean exact = scan();
    if (exact && mantissa <= 1L << 24 && exponent10 >= -10 && exponent10 <= 10) {
      float value =
          exponent10 < 0
              ? mantissa / FLOAT_POWERS[-exponent10]
              : mantissa * FLOAT_POWERS[exponent10];
      return negative ? -value : value;
    }
    float value = Float.parseFloat(string());
    if (Float.isInfinite(value)) {
      throw outOfRange();
    }
    return value;
  }

  private double wordNumber() throws DecodeException {
    return switch (end - start > 9 ? "" : string()) {
      case "NaN" -> Double.NaN;
      case "Infinity" -> Double.POSITIVE_INFINITY;
      case "-Infinity" -> Double.NEGATIVE_INFINITY;
      default -> throw not("a number");
    };
  }

  private String string() {
    return new String(text, start, end - start, StandardCharsets.ISO_8859_1);
  }

  private void requireEnd(String what) throws DecodeException {
    if (at != end) {
      throw not(what);
    }
  }

  /** Days since 1970-01-01. */
  private int date() throws DecodeException {
    int year = digits(4, "a date as yyyy-MM-dd");
    expect('-');
    int month = digits(2, "a date as yyyy-MM-dd");
    expect('-');
    int day = digits(2, "a date as yyyy-MM-dd");
    if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) {
      throw new DecodeException("no such day: " + excerpt(), start - (long) base);
    }
    // Days from civil: years begin in March, so that the leap day is the last of its year.
    int y = month <= 2 ? year - 1 : year;
    int era = Math.floorDiv(y, 400);
    int yearOfEra = y - era * 400;
    int dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
    return era * 146097 + dayOfEra - 719468;
  }

  private static int daysIn(int year, int month) {
    return switch (month) {
      case 2 -> year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
      case 4, 6, 9, 11 -> 30;
      default -> 31;
    };
  }

  private int digits(int count, String what) throws DecodeException {
    if (end - at < count) {
      throw not(what);
    }
    int value = 0;
    for (int i = 0; i < count; i++) {
      int digit = text[at++] - '0';
      if (digit < 0 || digit > 9) {
        throw not(what);
      }
      value = value * 10 + digit;
    }
    return value;
  }

  private void expect(char c) throws DecodeException {
    if (at >= end || text[at] != c) {
      throw not("a date as yyyy-MM-dd");
    }
    at++;
  }

  /** Microseconds since midnight. */
  private long time() throws DecodeException {
    String what = "a time as HH:mm:ss";
    int hour = digits(2, what);
    if (at >= end || text[at++] != ':') {
      throw not(what);
    }
    int minute = digits(2, what);
    int second = 0;
    long micros = 0;
    if (at < end && text[at] == ':') {
      at++;
      second = digits(2, what);
      micros = fraction();
    }
    if (hour > 23 || minute > 59 || second > 59) {
      throw new DecodeException("no such time: " + excerpt(), start - (long) base);
    }
    return ((hour * 60L + minute) * 60 + second) * MICROS_PER_SECOND + micros;
  }

  private long fraction() throws DecodeException {
    if (at >= end || text[at] != '.') {
      return 0;
    }
    at++;
    int digits = 0;
    long micros = 0;
    for (; at < end && text[at] >= '0' && text[at] <= '9'; at++, digits++) {
      if (digits < 6) {
        micros = micros * 10 + text[at] - '0';
      }
    }
    if (digits == 0) {
      throw not("a fraction of a second");
    }
    for (; digits < 6; digits++) {
      micros *= 10;
    }
    return micros;
  }

  /** Microseconds since 1970-01-01T00:00, of UTC where a zone is read. */
  private long timestamp(boolean zoned) throws DecodeException {
    int days = date();
    if (at >= end || text[at] != 'T' && text[at] != 't' && text[at] != ' ') {
      throw not("a timestamp as yyyy-MM-ddTHH:mm:ss");
    }
    at++;
    long micros = days * MICROS_PER_DAY + time();
    if (at < end && zoned) {
      micros -= offset();
      if (micros < FIRST_MICROS || micros > LAST_MICROS) {
        throw outOfRange(); // no text could say it in UTC
      }
    }
    requireEnd(zoned ? "a timestamp as yyyy-MM-ddTHH:mm:ssZ" : "a timestamp without a zone");
    return micros;
  }

  private long offset() throws DecodeException {
    String what = "an offset as +hh:mm or Z";
    int c = text[at++];
    if (c == 'Z' || c == 'z') {
      return 0;
    }
    if (c != '+' && c != '-') {
      throw not("a timestamp as yyyy-MM-ddTHH:mm:ssZ");
    }
    int hours = digits(2, what);
    int minutes = 0;
    if (at < end) {
      at += text[at] == ':' ? 1 : 0;
      minutes = digits(2, what);
    }
    if (hours > 18 || minutes > 59) {
      throw not(what);
    }
    long micros = (hours * 60L + minutes) * 60 * MICROS_PER_SECOND;
    return c == '-' ? -micros : micros;
  }

  /** Puts what base64 in {@code bytes[from, to)} stands for into {@code target}, alone. */
  public void readBase64(byte[] bytes, int from, int to, ByteSink target) throws DecodeException {
    text = bytes;
    start = from;
    end = to;
    at = from;
    base = from;
    readBase64(target);
  }

  private void readBase64(ByteSink target) throws DecodeException {
    target.reset();
    target.ensure((end - at) / 4 * 3 + 3);
    int stop = end;
    while (stop > at && end - stop < 2 && text[stop - 1] == '=') {
      stop--;
    }
    if ((stop - at) % 4 == 1 || stop != end && (end - start) % 4 != 0) {
      throw not("base64");
    }
    int bits = 0;
    int held = 0;
    for (; at < stop; at++) {
      int six = six(text[at]);
      if (six < 0) {
        throw not("base64");
      }
      bits = bits << 6 | six;
      held += 6;
      if (held >= 8) {
        held -= 8;
        target.write(bits >> held);
      }
    }
    if ((bits & (1 << held) - 1) != 0) {
      throw not("base64");
    }
  }

  private static int six(int c) {
    if (c >= 'A' && c <= 'Z') {
      return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
      return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
      return c - '0' + 52;
    }
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
  }
}
