package io.millrace.examples.weblogs;

/**
 * Stands for a bag of lines: two bags with the same lines, each as often, have the same value in
 * any order. It is the sum of each line's 64-bit FNV-1a hash (Fowler, Noll, Vo), so that a lost,
 * doubled or changed line shows.
 */
final class Digest {
  private static final long OFFSET = 0xcbf29ce484222325L;
  private static final long PRIME = 0x100000001b3L;

  private long sum;

  void add(String line) {
    long hash = OFFSET;
    for (int i = 0; i < line.length(); i++) {
      hash = (hash ^ line.charAt(i)) * PRIME;
    }
    sum += hash;
  }

  long value() {
    return sum;
  }
}
