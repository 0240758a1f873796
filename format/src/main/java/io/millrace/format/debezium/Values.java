package io.millrace.format.debezium;

import io.millrace.format.ByteSink;
import io.millrace.format.DecimalValue;
import io.millrace.format.DecodeException;
import io.millrace.format.Utf8;
import io.millrace.format.text.TextValues;
import io.millrace.model.DataType;
import io.millrace.model.RowWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Values as Debezium tells them, written as the column that is declared wants them. A value that
 * the column cannot hold exactly is refused before anything is written. Keeps buffers: not
 * thread-safe.
 */
final class Values {
  private static final long MICROS_PER_DAY = 86_400_000_000L;

  /** The years 0001 to 9999. */
  private static final long FIRST_MICROS = -62_135_596_800_000_000L;

  private static final long LAST_MICROS = 253_402_300_799_999_999L;

  private final Modes modes;
  private final TextValues texts = new TextValues();
  private final DecimalValue decimal = new DecimalValue();
  private final ByteSink scratch = new ByteSink();

  Values(Modes modes) {
    this.modes = modes;
  }

  private static DecodeException failed(String reason) {
    return new DecodeException(reason, -1);
  }

  private static DecodeException not(String what) {
    return failed("not " + what);
  }

  void bool(Slot slot, boolean value, RowWriter target) throws DecodeException {
    switch (slot.type.kind()) {
      case BOOLEAN -> target.setBoolean(slot.target, value);
      case STRING -> string(slot, Boolean.toString(value), target);
      default -> throw failed("it is " + value);
    }
  }

  void number(Slot slot, long value, RowWriter target) throws DecodeException {
    switch (slot.type.kind()) {
      case INT -> {
        if ((int) value != value) {
          throw failed("out of range: " + value);
        }
        target.setInt(slot.target, (int) value);
      }
      case BIGINT -> target.setLong(slot.target, value);
      case FLOAT -> target.setFloat(slot.target, value);
      case DOUBLE -> target.setDouble(slot.target, value);
      case DECIMAL -> {
        decimal.set(value);
        decimal(slot, 0, target);
      }
      case BOOLEAN -> {
        if (value != 0 && value != 1) {
          throw failed("not a boolean: " + value);
        }
        target.setBoolean(slot.target, value == 1);
      }
      case STRING ->
          string(
              slot, slot.ofDay ? clock(micros(slot.meaning, value)) : Long.toString(value), target);
      case DATE -> {
        if (slot.meaning != Meaning.UNTOLD && slot.meaning != Meaning.DAYS) {
          throw failed("it is told in " + slot.meaning.name().toLowerCase(Locale.ROOT));
        }
        timestamp((int) value == value ? value * MICROS_PER_DAY : Long.MAX_VALUE);
        target.setInt(slot.target, (int) value);
      }
      case TIME -> target.setLong(slot.target, inUnit(timeOfDay(slot, value), slot.type));
      case TIMESTAMP, TIMESTAMP_LTZ -> {
        Meaning unit =
            slot.meaning == Meaning.UNTOLD
                ? modes.timestamp(((DataType.Temporal) slot.type).precision())
                : slot.meaning;
        target.setLong(slot.target, inUnit(timestamp(micros(unit, value)), slot.type));
      }
      case BYTES -> throw not("bytes");
      case ARRAY -> throw not("an array");
      case MAP, ROW -> throw not("an object");
    }
  }

  private long timeOfDay(Slot slot, long value) throws DecodeException {
    Meaning unit = slot.meaning == Meaning.UNTOLD ? modes.timeOfDay() : slot.meaning;
    if (unit == Meaning.UNTOLD) {
      throw failed(
          "a number of which nothing says whether it counts milliseconds or microseconds; set"
              + " 'time.precision.mode' as the connector has it, or declare the column BIGINT");
    }
    long micros = micros(unit, value);
    if (micros < 0 || micros >= MICROS_PER_DAY) {
      throw failed("no time of day: " + value);
    }
    return micros;
  }

  private static long micros(Meaning unit, long value) throws DecodeException {
    return switch (unit) {
      case MILLIS -> {
        if (value > LAST_MICROS / 1000 || value < FIRST_MICROS / 1000) {
          throw failed("out of range: " + value + " milliseconds");
        }
        yield value * 1000;
      }
      case MICROS -> value;
      case NANOS -> Math.floorDiv(value, 1000L);
      default -> throw failed("it is told in " + unit.name().toLowerCase(Locale.ROOT));
    };
  }

  private static long timestamp(long micros) throws DecodeException {
    if (micros < FIRST_MICROS || micros > LAST_MICROS) {
      throw failed("outside the years 1 to 9999");
    }
    return micros;
  }

  private static long inUnit(long micros, DataType type) {
    return ((DataType.Temporal) type).precision() == 3 ? Math.floorDiv(micros, 1000L) : micros;
  }

  /** As databases write it: {@code -838:59:59.000001}, without a fraction that is zero. */
  private static String clock(long micros) {
    long seconds = Math.abs(micros) / 1_000_000;
    long fraction = Math.abs(micros) % 1_000_000;
    return String.format(
        Locale.ROOT,
        "%s%02d:%02d:%02d%s",
        micros < 0 ? "-" : "",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        fraction == 0 ? "" : String.format(Locale.ROOT, ".%06d", fraction));
  }

  void floating(Slot slot, double value, RowWriter target) throws DecodeException {
    switch (slot.type.kind()) {
      case DOUBLE -> target.setDouble(slot.target, value);
      case FLOAT -> target.setFloat(slot.target, (float) value);
      default -> {
        byte[] digits = Double.toString(value).getBytes(StandardCharsets.US_ASCII);
        digits(slot, digits, 0, digits.length, target);
      }
    }
  }

  /** A number by its digits. */
  void digits(Slot slot, byte[] bytes, int from, int to, RowWriter target) throws DecodeException {
    switch (slot.type.kind()) {
      case INT, BIGINT, FLOAT, DOUBLE, DECIMAL, STRING -> plain(slot, bytes, from, to, target);
      default -> throw failed("it is a number");
    }
  }

  /** {@code bytes[from, to)} is UTF-8. */
  void text(Slot slot, byte[] bytes, int from, int to, RowWriter target) throws DecodeException {
    switch (slot.type.kind()) {
      case STRING -> {
        if (slot.meaning == Meaning.DECIMAL || slot.meaning == Meaning.BINARY) {
          base64(bytes, from, to);
          binary(slot, scratch.array(), 0, scratch.length(), target);
        } else {
          target.setUtf8(slot.target, bytes, from, to - from);
        }
      }
      case DECIMAL -> {
        boolean isBytes =
            slot.meaning == Meaning.UNTOLD
                ? modes.decimalsAreBytes()
                : slot.meaning != Meaning.TEXT;
        if (isBytes) {
          base64(bytes, from, to);
          int scale =
              slot.meaning == Meaning.UNTOLD ? ((DataType.Decimal) slot.type).scale() : slot.scale;
          unscaled(slot, scale, scratch.array(), 0, scratch.length(), target);
        } else {
          plain(slot, bytes, from, to, target);
        }
      }
      case BYTES -> bytes(slot, bytes, from, to, target);
      case DATE, TIME, TIMESTAMP -> {
        // Without a zone of its own, Debezium's text is of UTC and says so.
        boolean utc = to > from && (bytes[to - 1] == 'Z' || bytes[to - 1] == 'z');
        plain(slot, bytes, from, utc ? to - 1 : to, target);
      }
      case ARRAY -> throw not("an array");
      case MAP, ROW -> throw not("an object");
      default -> plain(slot, bytes, from, to, target);
    }
  }

  private void plain(Slot slot, byte[] bytes, int from, int to, RowWriter target)
      throws DecodeException {
    try {
      texts.read(slot.type, bytes, from, to, from, target, slot.target);
    } catch (DecodeException e) {
      throw failed(e.reason());
    }
  }

  private void bytes(Slot slot, byte[] text, int from, int to, RowWriter target)
      throws DecodeException {
    if (modes.binariesAreHex() && slot.meaning != Meaning.BINARY) {
      hex(text, from, to);
    } else if (modes.binariesAreBytes() && slot.meaning == Meaning.TEXT) {
      throw failed(
          "a text of which nothing says how it stands for bytes; set 'binary.handling.mode' as the"
              + " connector has it");
    } else {
      base64(text, from, to);
    }
    target.setBytes(slot.target, scratch.array(), 0, scratch.length());
  }

  private void base64(byte[] text, int from, int to) throws DecodeException {
    base64(text, from, to, scratch);
  }

  /** Puts the bytes that a text stands for into {@code target}, alone. */
  void base64(byte[] text, int from, int to, ByteSink target) throws DecodeException {
    try {
      texts.readBase64(text, from, to, target);
    } catch (DecodeException e) {
      throw failed(e.reason());
    }
  }

  private void hex(byte[] text, int from, int to) throws DecodeException {
    scratch.reset();
    if ((to - from) % 2 != 0) {
      throw not("hexadecimal");
    }
    for (int at = from; at < to; at += 2) {
      int high = Character.digit(text[at], 16);
      int low = Character.digit(text[at + 1], 16);
      if (high < 0 || low < 0) {
        throw not("hexadecimal");
      }
      scratch.write(high << 4 | low);
    }
  }

  /** Bytes that came as such. */
  void binary(Slot slot, byte[] bytes, int offset, int length, RowWriter target)
      throws DecodeException {
    switch (slot.type.kind()) {
      case BYTES -> target.setBytes(slot.target, bytes, offset, length);
      case DECIMAL -> {
        if (slot.meaning != Meaning.DECIMAL) {
          throw failed("it is bytes, and no decimal");
        }
        unscaled(slot, slot.scale, bytes, offset, length, target);
      }
      case STRING -> {
        if (slot.meaning == Meaning.DECIMAL) {
          decimalText(slot, slot.scale, bytes, offset, length, target);
        } else {
          if (Utf8.firstInvalid(bytes, offset, length) >= 0) {
            throw failed("not UTF-8");
          }
          target.setUtf8(slot.target, bytes, offset, length);
        }
      }
      default -> throw failed("it is bytes");
    }
  }

  /** A number and its own scale. */
  void scaled(Slot slot, int scale, byte[] bytes, int offset, int length, RowWriter target)
      throws DecodeException {
    if (slot.type.kind() == DataType.Kind.STRING) {
      decimalText(slot, scale, bytes, offset, length, target);
    } else {
      unscaled(slot, scale, bytes, offset, length, target);
    }
  }

  private void unscaled(
      Slot slot, int scale, byte[] bytes, int offset, int length, RowWriter target)
      throws DecodeException {
    set(bytes, offset, length);
    decimal(slot, scale, target);
  }

  private void set(byte[] bytes, int offset, int length) throws DecodeException {
    if (!decimal.set(bytes, offset, length)) {
      throw failed(length == 0 ? "a decimal of no bytes" : "a decimal of over 38 digits");
    }
  }

  private void decimal(Slot slot, int scale, RowWriter target) throws DecodeException {
    if (!(slot.type instanceof DataType.Decimal type)) {
      throw failed("it is a decimal");
    }
    if (!decimal.rescale(scale, type.scale())) {
      throw failed(
          scale > type.scale()
              ? "not exact at scale " + type.scale()
              : "out of range for " + type.bareText());
    }
    if (!decimal.fits(type.precision())) {
      throw failed("out of range for " + type.bareText());
    }
    decimal.writeTo(target, slot.target);
  }

  private void decimalText(
      Slot slot, int scale, byte[] bytes, int offset, int length, RowWriter target)
      throws DecodeException {
    if (length == 0 || Math.abs(scale) > 10_000) {
      throw failed("no decimal");
    }
    BigDecimal value = new BigDecimal(new BigInteger(bytes, offset, length), scale);
    string(slot, value.toPlainString(), target);
  }

  private static void string(Slot slot, String text, RowWriter target) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    target.setUtf8(slot.target, utf8, 0, utf8.length);
  }
}
