package io.millrace.sink.documents;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Text gathered as UTF-8 in an array that grows and is used again. Numbers, dates and times are
 * written digit by digit, so that nothing is allocated but for floating point. Not thread-safe.
 */
public final class Utf8Buffer {
  private static final byte[] SMALLEST_LONG =
      Long.toString(Long.MIN_VALUE).getBytes(StandardCharsets.US_ASCII);
  private static final byte[] HEXADECIMAL = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  /** Days from 0000-03-01 to 1970-01-01, and in the 400 years after which a calendar repeats. */
  private static final long DAYS_TO_EPOCH = 719_468;

  private static final long DAYS_OF_ERA = 146_097;

  private byte[] array = new byte[1024];
  private int size;

  /** Valid up to {@link #size()} and until the next call that adds. */
  public byte[] array() {
    return array;
  }

  public int size() {
    return size;
  }

  public byte[] toByteArray() {
    return Arrays.copyOf(array, size);
  }

  public void clear() {
    size = 0;
  }

  /** Forgets what came after the first {@code size} bytes. */
  public void truncate(int toSize) {
    size = toSize;
  }

  private void reserve(int more) {
    if (size + more > array.length) {
      array = Arrays.copyOf(array, Math.max(array.length * 2, Math.addExact(size, more)));
    }
  }

  public void add(char ascii) {
    reserve(1);
    array[size++] = (byte) ascii;
  }

  public void add(byte[] bytes, int offset, int length) {
    reserve(length);
    System.arraycopy(bytes, offset, array, size, length);
    size += length;
  }

  public void addAscii(String text) {
    reserve(text.length());
    for (int i = 0; i < text.length(); i++) {
      array[size++] = (byte) text.charAt(i);
    }
  }

  public void addHexadecimal(int value, int digits) {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
      add((char) HEXADECIMAL[value >> shift & 0xF]);
    }
  }

  public void addLong(long value) {
    if (value == Long.MIN_VALUE) {
      add(SMALLEST_LONG, 0, SMALLEST_LONG.length);
      return;
    }
    if (value < 0) {
      add('-');
    }
    long rest = Math.abs(value);
    addPadded(rest, digits(rest));
  }

  private static int digits(long value) {
    int digits = 1;
    for (long rest = value / 10; rest > 0; rest /= 10) {
      digits++;
    }
    return digits;
  }

  private void addPadded(long value, int digits) {
    reserve(digits);
    long rest = value;
    for (int i = size + digits - 1; i >= size; i--) {
      array[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    size += digits;
  }

  /** An unscaled decimal at a scale, such as {@code -0.05}. */
  public void addDecimal(long unscaled, int scale) {
    if (scale == 0 || unscaled == Long.MIN_VALUE) {
      addAscii(java.math.BigDecimal.valueOf(unscaled, scale).toPlainString());
      return;
    }
    if (unscaled < 0) {
      add('-');
    }
    long rest = Math.abs(unscaled);
    int digits = Math.max(digits(rest), scale + 1);
    addPadded(rest, digits);
    reserve(1);
    System.arraycopy(array, size - scale, array, size - scale + 1, scale);
    array[size - scale] = '.';
    size++;
  }

  /** {@code 2026-11-22}, by the proleptic Gregorian calendar; years of at least four digits. */
  public void addDate(long daysSince1970) {
    long shifted = daysSince1970 + DAYS_TO_EPOCH;
    long era = Math.floorDiv(shifted, DAYS_OF_ERA);
    long dayOfEra = Math.floorMod(shifted, DAYS_OF_ERA);
    long yearOfEra =
        (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / (DAYS_OF_ERA - 1)) / 365;
    long dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    long month = (5 * dayOfYear + 2) / 153; // from March, so that the leap day comes last
    long year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0);
    if (year < 0) {
      add('-');
    }
    addPadded(Math.abs(year), Math.max(4, digits(Math.abs(year))));
    add('-');
    addPadded(month < 10 ? month + 3 : month - 9, 2);
    add('-');
    addPadded(dayOfYear - (153 * month + 2) / 5 + 1, 2);
  }

  /** {@code 10:15:30.123}, with as many digits of a second as the precision, 3 or 6, says. */
  public void addTime(long sinceMidnight, int precision) {
    long perSecond = perSecond(precision);
    long seconds = sinceMidnight / perSecond;
    addPadded(seconds / 3600, 2);
    add(':');
    addPadded(seconds / 60 % 60, 2);
    add(':');
    addPadded(seconds % 60, 2);
    add('.');
    addPadded(sinceMidnight % perSecond, precision);
  }

  /** Date and time of a value since 1970 in the unit of the precision, 3 or 6. */
  public void addTimestamp(long since1970, int precision, char between) {
    long perDay = 86_400 * perSecond(precision);
    addDate(Math.floorDiv(since1970, perDay));
    add(between);
    addTime(Math.floorMod(since1970, perDay), precision);
  }

  private static long perSecond(int precision) {
    return precision == 3 ? 1_000 : 1_000_000;
  }

  @Override
  public String toString() {
    return new String(array, 0, size, StandardCharsets.UTF_8);
  }
}
