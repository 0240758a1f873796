package io.millrace.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Finds a key that a map has twice, which decoders refuse: targets of rows differ in what they make
 * of it, and some fail for good. Maps nest. Nothing is allocated once its room has grown; not
 * thread-safe.
 */
public final class UniqueKeys {
  private final List<Keys> levels = new ArrayList<>();

  /** Nobody can write keys that all fall on one place without knowing it. */
  private final int multiplier = new SplittableRandom().nextInt() | 1;

  private int depth;

  /** Forgets maps that a failed row left open. */
  public void reset() {
    depth = 0;
  }

  /** A map begins inside the one that is open, if any. */
  public void beginMap() {
    if (depth == levels.size()) {
      levels.add(new Keys());
    }
    levels.get(depth++).clear();
  }

  /** Adds a key to the map that is open and answers whether it is new there. */
  public boolean add(byte[] bytes, int offset, int length) {
    int hash = length;
    for (int i = offset; i < offset + length; i++) {
      hash = (hash + bytes[i]) * multiplier;
    }
    return levels.get(depth - 1).add(hash ^ hash >>> 15, bytes, offset, length);
  }

  public void endMap() {
    depth--;
  }

  private static final class Keys {
    private static final int SOME = 16;

    private final ByteSink content = new ByteSink();
    private int[] table = new int[2 * SOME]; // entry + 1 by hash; 0 for none
    private int[] hashes = new int[SOME];
    private int[] ends = new int[SOME];
    private int count;

    void clear() {
      if (table.length > 64 * SOME) {
        table = new int[2 * SOME];
        hashes = new int[SOME];
        ends = new int[SOME];
      } else if (count > 0) {
        Arrays.fill(table, 0);
      }
      content.reset();
      count = 0;
    }

    boolean add(int hash, byte[] bytes, int offset, int length) {
      int at = hash & table.length - 1;
      for (int entry = table[at]; entry != 0; entry = table[at]) {
        if (hashes[entry - 1] == hash && isKey(entry - 1, bytes, offset, length)) {
          return false;
        }
        at = at + 1 & table.length - 1;
      }
      if (count == hashes.length) {
        grow();
        return add(hash, bytes, offset, length);
      }
      content.write(bytes, offset, length);
      hashes[count] = hash;
      ends[count++] = content.length();
      table[at] = count;
      return true;
    }

    private boolean isKey(int entry, byte[] bytes, int offset, int length) {
      int start = entry == 0 ? 0 : ends[entry - 1];
      return Arrays.equals(content.array(), start, ends[entry], bytes, offset, offset + length);
    }

    private void grow() {
      hashes = Arrays.copyOf(hashes, count * 2);
      ends = Arrays.copyOf(ends, count * 2);
      table = new int[count * 4];
      for (int i = 0; i < count; i++) {
        int at = hashes[i] & table.length - 1;
        while (table[at] != 0) {
          at = at + 1 & table.length - 1;
        }
        table[at] = i + 1;
      }
    }
  }
}
