package io.millrace.format;

import io.millrace.model.BytesView;
import io.millrace.model.RowReader;
import io.millrace.model.RowWriter;
import java.math.BigInteger;

/**
 * The unscaled value of a decimal of up to 38 digits, changed in place so that decoders allocate
 * nothing: a sign and a magnitude of 128 bits. Not thread-safe.
 */
public final class DecimalValue {
  private static final int MAX_POWER = 38;
  private static final long[] POWER_HIGH = new long[MAX_POWER + 1];
  private static final long[] POWER_LOW = new long[MAX_POWER + 1];

  static {
    BigInteger power = BigInteger.ONE;
    for (int i = 0; i <= MAX_POWER; i++) {
      POWER_LOW[i] = power.longValue();
      POWER_HIGH[i] = power.shiftRight(64).longValue();
      power = power.multiply(BigInteger.TEN);
    }
  }

  private boolean negative;
  private long high;
  private long low;
  private final byte[] bytes = new byte[17];

  public void set(long value) {
    negative = value < 0;
    high = 0;
    low = Math.abs(value); // Long.MIN_VALUE stays itself, which is its magnitude read unsigned
  }

  public void set(BigInteger value) {
    negative = value.signum() < 0;
    BigInteger magnitude = value.abs();
    if (magnitude.bitLength() > 127) {
      throw new IllegalArgumentException("over 38 digits");
    }
    low = magnitude.longValue();
    high = magnitude.shiftRight(64).longValue();
  }

  /** Reads big-endian two's complement; false where it is empty or over 127 bits. */
  public boolean set(byte[] array, int offset, int length) {
    if (length == 0) {
      return false;
    }
    int sign = array[offset] >> 7;
    int at = offset;
    int end = offset + length;
    while (end - at > 16) {
      if (array[at] != sign) {
        return false;
      }
      at++;
    }
    if (at > offset && array[at] >> 7 != sign) {
      return false;
    }
    long h = sign;
    long l = sign;
    for (; at < end; at++) {
      h = h << 8 | l >>> 56;
      l = l << 8 | array[at] & 0xff;
    }
    negative = sign != 0;
    if (negative) {
      l = -l;
      h = ~h + (l == 0 ? 1 : 0);
    }
    high = h;
    low = l;
    return h >= 0;
  }

  /** Reads the column of a row. */
  public void set(RowReader row, int column) {
    if (row.isCompactDecimal(column)) {
      set(row.getDecimal(column));
      return;
    }
    BytesView view = row.getDecimalBytes(column);
    if (!set(view.array(), view.offset(), view.length())) {
      throw new IllegalArgumentException("not a decimal of at most 38 digits");
    }
  }

  public void setZero() {
    set(0L);
  }

  public void negate() {
    negative = !negative && (high | low) != 0;
  }

  /** Appends a decimal digit to the magnitude; the caller counts to 38 at most. */
  public void appendDigit(int digit) {
    multiply(10);
    long sum = low + digit;
    if (Long.compareUnsigned(sum, low) < 0) {
      high++;
    }
    low = sum;
  }

  private void multiply(long factor) {
    high = high * factor + multiplyHighUnsigned(low, factor);
    low *= factor;
  }

  private static long multiplyHighUnsigned(long a, long positive) {
    return Math.multiplyHigh(a, positive) + (a >> 63 & positive);
  }

  /** Moves from one scale to another; false, and undefined, where that loses digits. */
  public boolean rescale(int from, int to) {
    if (from == to || (high | low) == 0) {
      return true;
    }
    if (to > from) {
      return scaleUp(to - from);
    }
    int drop = from - to;
    return drop <= MAX_POWER && scaleDown(drop);
  }

  private boolean scaleUp(int digits) {
    if (digits > MAX_POWER || !fits(MAX_POWER - digits)) {
      return false;
    }
    for (int left = digits; left > 0; left -= 18) {
      multiply(POWER_LOW[Math.min(left, 18)]);
    }
    return true;
  }

  private boolean scaleDown(int digits) {
    if (high == 0) {
      if (POWER_HIGH[digits] != 0 || Long.remainderUnsigned(low, POWER_LOW[digits]) != 0) {
        return false;
      }
      low = Long.divideUnsigned(low, POWER_LOW[digits]);
      return true;
    }
    // Dropping digits of a value beyond 64 bits is rare enough for BigInteger.
    BigInteger[] parts = toBigInteger().divideAndRemainder(BigInteger.TEN.pow(digits));
    if (parts[1].signum() != 0) {
      return false;
    }
    set(parts[0]);
    return true;
  }

  /** Whether the value has at most so many digits. */
  public boolean fits(int precision) {
    int order = Long.compareUnsigned(high, POWER_HIGH[precision]);
    return order < 0 || order == 0 && Long.compareUnsigned(low, POWER_LOW[precision]) < 0;
  }

  public boolean isNegative() {
    return negative;
  }

  public boolean fitsLong() {
    return high == 0 && (low >= 0 || negative && low == Long.MIN_VALUE);
  }

  /** The value where {@link #fitsLong}. */
  public long toLong() {
    return negative ? -low : low;
  }

  public void writeTo(RowWriter target, int column) {
    if (fitsLong()) {
      target.setDecimal(column, toLong());
    } else {
      int start = minimal();
      target.setDecimal(column, bytes, start, bytes.length - start);
    }
  }

  /** Appends the shortest big-endian two's complement and answers its length. */
  public int writeMinimal(ByteSink out) {
    int start = minimal();
    out.write(bytes, start, bytes.length - start);
    return bytes.length - start;
  }

  /** How many bytes {@link #writeMinimal} will append. */
  public int minimalLength() {
    return bytes.length - minimal();
  }

  /** Fills {@link #bytes} and answers where the shortest form starts. */
  private int minimal() {
    long h = high;
    long l = low;
    if (negative) {
      l = -l;
      h = ~h + (l == 0 ? 1 : 0);
    }
    bytes[0] = (byte) (h >> 63);
    for (int i = 0; i < 8; i++) {
      bytes[1 + i] = (byte) (h >>> 56 - 8 * i);
      bytes[9 + i] = (byte) (l >>> 56 - 8 * i);
    }
    int start = 0;
    while (start < 16 && bytes[start] == bytes[start + 1] >> 7) {
      start++;
    }
    return start;
  }

  public BigInteger toBigInteger() {
    int start = minimal();
    return new BigInteger(bytes, start, bytes.length - start);
  }
}
