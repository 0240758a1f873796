package io.millrace.bench.race;

/**
 * Stands for a bag of lines: two bags with the same lines, each as often, have the same digest in
 * any order. It is their number and the sum of their mixed 64-bit FNV-1a hashes, so that a lost,
 * doubled or changed line shows. Not thread-safe.
 */
public final class LineDigest {
  private static final long OFFSET = 0xcbf29ce484222325L;
  private static final long PRIME = 0x100000001b3L;

  private long count;
  private long sum;

  /** Adds one line, without its line feed. */
  public void add(CharSequence line) {
    long hash = OFFSET;
    for (int i = 0; i < line.length(); i++) {
      hash = (hash ^ line.charAt(i)) * PRIME;
    }
    hash ^= hash >>> 32;
    count++;
    sum += hash * PRIME;
  }

  long count() {
    return count;
  }

  boolean sameAs(LineDigest other) {
    return count == other.count && sum == other.sum;
  }

  @Override
  public String toString() {
    return String.format("%,d rows with digest %016x", count, sum);
  }
}
