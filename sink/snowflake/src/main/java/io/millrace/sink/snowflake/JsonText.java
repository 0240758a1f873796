package io.millrace.sink.snowflake;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * One nested value as JSON, for PARSE_JSON: BYTES in hexadecimal, dates and times in ISO 8601.
 * Keeps the first reason why the value cannot be written. Not thread-safe.
 */
final class JsonText {
  /** The longest text that PARSE_JSON takes ("VARIANT": 16 MB). */
  private static final int LONGEST = 16 << 20;

  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private byte[] bytes = new byte[256];
  private int size;
  private DataType[] types = new DataType[8];
  private int[] members = new int[8];
  private int[] required = new int[8];
  private int depth;
  private String problem;

  void start() {
    size = 0;
    depth = 0;
    problem = null;
  }

  byte[] bytes() {
    return bytes;
  }

  int size() {
    return size;
  }

  boolean isWhole() {
    return depth == 0;
  }

  /** Why the value cannot be written, or null. */
  String problem() {
    return problem == null && size > LONGEST ? "it is longer than 16 MB" : problem;
  }

  private void fail(String why) {
    if (problem == null) {
      problem = why;
    }
  }

  // ---- structure ------------------------------------------------------------------------------

  void begin(DataType type) {
    if (depth == types.length) {
      types = Arrays.copyOf(types, depth * 2);
      members = Arrays.copyOf(members, depth * 2);
      required = Arrays.copyOf(required, depth * 2);
    }
    types[depth] = type;
    members[depth] = 0;
    required[depth] = 0;
    depth++;
    write(type.kind() == DataType.Kind.ARRAY ? '[' : '{');
  }

  void end() {
    depth--;
    if (types[depth] instanceof DataType.Row row) {
      long wanted = row.fields().stream().filter(field -> !field.type().nullable()).count();
      if (required[depth] < wanted) {
        fail("a field that is NOT NULL has no value");
      }
    }
    write(types[depth].kind() == DataType.Kind.ARRAY ? ']' : '}');
  }

  /** The type of the member that comes next; writes what stands before it. */
  DataType member(int column, boolean isNull) {
    int at = depth - 1;
    DataType type = types[at];
    if (type instanceof DataType.Row row) {
      List<Column> fields = row.fields();
      DataType field = fields.get(column).type();
      separate(at);
      text(fields.get(column).name().getBytes(StandardCharsets.UTF_8));
      write(':');
      required[at] += field.nullable() || isNull ? 0 : 1;
      return field;
    }
    DataType value;
    if (type instanceof DataType.Map map) {
      if (column == 0) {
        separate(at);
        return DataType.STRING;
      }
      write(':');
      value = map.value();
    } else {
      separate(at);
      value = ((DataType.Array) type).element();
    }
    if (isNull && !value.nullable()) {
      fail("an element that is NOT NULL has no value");
    }
    return value;
  }

  private void separate(int at) {
    if (members[at]++ > 0) {
      write(',');
    }
  }

  // ---- values ---------------------------------------------------------------------------------

  void writeNull() {
    ascii("null");
  }

  void writeBoolean(boolean value) {
    ascii(String.valueOf(value));
  }

  void writeLong(long value, DataType type) {
    switch (type.kind()) {
      case DATE -> quoted(LocalDate.ofEpochDay(value).toString());
      case TIME -> quoted(LocalTime.ofNanoOfDay(value * nanos(type)).toString());
      case TIMESTAMP ->
          quoted(LocalDateTime.ofInstant(instant(value, type), ZoneOffset.UTC).toString());
      case TIMESTAMP_LTZ -> quoted(instant(value, type).toString());
      default -> ascii(String.valueOf(value));
    }
  }

  private static long nanos(DataType type) {
    return ((DataType.Temporal) type).precision() == 3 ? 1_000_000 : 1_000;
  }

  private static Instant instant(long value, DataType type) {
    long perSecond = 1_000_000_000 / nanos(type);
    return Instant.ofEpochSecond(
        Math.floorDiv(value, perSecond), Math.floorMod(value, perSecond) * nanos(type));
  }

  void writeDouble(double value, String text) {
    if (!Double.isFinite(value)) {
      fail("JSON has no " + value);
    }
    ascii(text);
  }

  void writeDecimal(BigInteger unscaled, DataType type) {
    ascii(new BigDecimal(unscaled, ((DataType.Decimal) type).scale()).toPlainString());
  }

  void writeHex(byte[] source, int offset, int length) {
    quoted(HexFormat.of().withUpperCase().formatHex(source, offset, offset + length));
  }

  void writeUtf8(byte[] source, int offset, int length) {
    write('"');
    for (int i = offset; i < offset + length; i++) {
      byte b = source[i];
      if (b == '"' || b == '\\') {
        write('\\');
        write(b);
      } else if (b >= 0 && b < ' ') {
        ascii("\\u00");
        write(HEX[b >> 4]);
        write(HEX[b & 15]);
      } else {
        write(b);
      }
    }
    write('"');
  }

  private void text(byte[] utf8) {
    writeUtf8(utf8, 0, utf8.length);
  }

  private void quoted(String plain) {
    write('"');
    ascii(plain);
    write('"');
  }

  private void ascii(String text) {
    for (int i = 0; i < text.length(); i++) {
      write(text.charAt(i));
    }
  }

  private void write(int b) {
    if (size == bytes.length) {
      bytes = Arrays.copyOf(bytes, size * 2);
    }
    bytes[size++] = (byte) b;
  }
}
