package io.millrace.sink.parquet;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.bytes.BytesUtils;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.io.api.Binary;

/**
 * The values of a column of texts or bytes in one row group: entries of a dictionary, or one after
 * the other where a dictionary does not pay. The dictionary holds each value once, all in one
 * array, found by a hash table of open addressing; values are read eight bytes at a time, and a
 * page's least and greatest value is looked for among its entries, not among its rows. Parquet's
 * own holds an object for each value and reads every value byte by byte, three times. Nothing is
 * allocated per value once its arrays have grown. Not thread-safe.
 */
final class TextValues {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  /** An odd number whose bits are spread: 2^64 divided by the golden ratio (Knuth, TAOCP 6.4). */
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private static final int FIRST_SLOTS = 64;

  private static final int NO_PAGE = 0;

  private final int mostDictionaryBytes;
  private final HybridInts entriesOfPage;

  /** The hash of an entry's value over its number and one; 0 where none is. Half are free. */
  private long[] slots;

  /**
   * Where the bytes of each entry begin, behind their length, over the page it was last seen in.
   */
  private long[] places;

  private final PlainBytes dictionary = new PlainBytes();
  private int entries;

  /** What of the dictionary pages refer to. */
  private int usedEntries;

  private int usedBytes;

  /** Whether the rest of the row group goes without the dictionary. */
  private boolean plain;

  private final PlainBytes plainPage = new PlainBytes();
  private int page;
  private long pageBytes;
  private final Extreme least = new Extreme();
  private final Extreme greatest = new Extreme();

  TextValues(ParquetProperties properties) {
    this.mostDictionaryBytes = properties.getDictionaryPageSizeThreshold();
    this.entriesOfPage = new HybridInts(properties.getAllocator(), mostDictionaryBytes);
    beginRowGroup();
  }

  void beginRowGroup() {
    clearDictionary();
    usedEntries = 0;
    usedBytes = 0;
    plain = false;
    page = NO_PAGE;
    beginPage();
  }

  private void clearDictionary() {
    slots = new long[FIRST_SLOTS];
    places = new long[FIRST_SLOTS / 2];
    dictionary.clear();
    entries = 0;
  }

  private void beginPage() {
    page++;
    pageBytes = 0;
    entriesOfPage.clear();
    plainPage.clear();
    least.clear();
    greatest.clear();
  }

  void add(byte[] bytes, int offset, int length) {
    pageBytes += Integer.BYTES + length;
    if (plain) {
      plainPage.add(bytes, offset, length);
      compare(bytes, offset, length);
      return;
    }
    int entry = entry(bytes, offset, length);
    if ((int) places[entry] != page) {
      places[entry] = pack(start(entry), page);
      compare(bytes, offset, length);
    }
    entriesOfPage.add(entry);
    if (dictionary.size > mostDictionaryBytes) {
      spellOut();
    }
  }

  private void compare(byte[] bytes, int offset, int length) {
    if (!least.present || least.compareTo(bytes, offset, length) > 0) {
      least.set(bytes, offset, length);
    }
    if (!greatest.present || greatest.compareTo(bytes, offset, length) < 0) {
      greatest.set(bytes, offset, length);
    }
  }

  private static long pack(int high, int low) {
    return (long) high << 32 | low;
  }

  private int start(int entry) {
    return (int) (places[entry] >>> 32);
  }

  private int entry(byte[] bytes, int offset, int length) {
    int hash = hash(bytes, offset, length);
    int slot = hash & slots.length - 1;
    while (slots[slot] != 0) {
      if ((int) (slots[slot] >>> 32) == hash) {
        int entry = (int) slots[slot] - 1;
        int start = start(entry);
        if (dictionary.length(start) == length
            && same(dictionary.bytes, start, bytes, offset, length)) {
          return entry;
        }
      }
      slot = slot + 1 & slots.length - 1;
    }
    places[entries] = pack(dictionary.add(bytes, offset, length), NO_PAGE);
    entries++;
    slots[slot] = pack(hash, entries);
    if (entries * 2 == slots.length) {
      grow();
    }
    return entries - 1;
  }

  private void grow() {
    long[] before = slots;
    slots = new long[before.length * 2];
    places = Arrays.copyOf(places, slots.length / 2);
    for (long taken : before) {
      if (taken != 0) {
        int slot = (int) (taken >>> 32) & slots.length - 1;
        while (slots[slot] != 0) {
          slot = slot + 1 & slots.length - 1;
        }
        slots[slot] = taken;
      }
    }
  }

  private static int hash(byte[] bytes, int offset, int length) {
    long hash = length;
    int at = offset;
    for (; at + Long.BYTES <= offset + length; at += Long.BYTES) {
      hash = (hash ^ (long) LONGS.get(bytes, at)) * SPREAD;
      hash ^= hash >>> 32;
    }
    for (; at < offset + length; at++) {
      hash = (hash ^ bytes[at]) * SPREAD;
    }
    return (int) ((hash ^ hash >>> 32) * SPREAD >>> 32);
  }

  /** Most values are too short for what the intrinsic of {@link Arrays#equals} costs to call. */
  private static boolean same(byte[] one, int oneAt, byte[] other, int otherAt, int length) {
    int i = 0;
    for (; i + Long.BYTES <= length; i += Long.BYTES) {
      if ((long) LONGS.get(one, oneAt + i) != (long) LONGS.get(other, otherAt + i)) {
        return false;
      }
    }
    for (; i < length; i++) {
      if (one[oneAt + i] != other[otherAt + i]) {
        return false;
      }
    }
    return true;
  }

  /** Goes on without the dictionary, of which only what earlier pages refer to is kept. */
  private void spellOut() {
    plain = true;
    for (int i = 0; i < entriesOfPage.size(); i++) {
      int start = start(entriesOfPage.get(i));
      plainPage.add(dictionary.bytes, start, dictionary.length(start));
    }
    entriesOfPage.clear();
    if (usedEntries == 0) {
      clearDictionary();
    }
  }

  /** Bytes of the page's values as they are; the dictionary may make them far fewer. */
  long pageBytes() {
    return pageBytes;
  }

  /** Bytes that are held beside the page's. */
  long dictionaryBytes() {
    return dictionary.size;
  }

  /** A page's values and how they are encoded. */
  record Page(BytesInput values, Encoding encoding) {}

  /** Ends the page; what it answers is good until the next value comes. */
  Page endPage(Statistics<?> statistics) throws IOException {
    if (least.present) {
      statistics.updateStats(least.binary());
      statistics.updateStats(greatest.binary());
    }
    Page ended = encode();
    beginPage();
    return ended;
  }

  private Page encode() throws IOException {
    if (!plain) {
      int bitWidth = BytesUtils.getWidthFromMaxInt(entries - 1);
      BytesInput values =
          BytesInput.concat(
              BytesInput.from(new byte[] {(byte) bitWidth}), entriesOfPage.encode(bitWidth));
      if (usedEntries > 0 || values.size() + dictionary.size < pageBytes) {
        usedEntries = entries;
        usedBytes = dictionary.size;
        return new Page(values, Encoding.PLAIN_DICTIONARY);
      }
      spellOut();
    }
    return new Page(BytesInput.from(plainPage.bytes, 0, plainPage.size), Encoding.PLAIN);
  }

  /** The dictionary of the row group, or null where no page refers to one. */
  DictionaryPage dictionaryPage() {
    return usedEntries == 0
        ? null
        : new DictionaryPage(
            BytesInput.from(dictionary.bytes, 0, usedBytes),
            usedEntries,
            Encoding.PLAIN_DICTIONARY);
  }

  /** Values one after the other, each behind its length: Parquet's encoding PLAIN. */
  private static final class PlainBytes {
    private byte[] bytes = new byte[FIRST_SLOTS];
    private int size;

    /** Answers where the value begins, behind its length. */
    int add(byte[] source, int offset, int length) {
      int start = size + Integer.BYTES;
      if (start + length > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, start + length));
      }
      INTS.set(bytes, size, length);
      System.arraycopy(source, offset, bytes, start, length);
      size = start + length;
      return start;
    }

    int length(int start) {
      return (int) INTS.get(bytes, start - Integer.BYTES);
    }

    void clear() {
      size = 0;
    }
  }

  /** The least or greatest value of a page. */
  private static final class Extreme {
    private byte[] bytes = new byte[FIRST_SLOTS];
    private int length;
    private boolean present;

    int compareTo(byte[] other, int offset, int otherLength) {
      return Arrays.compareUnsigned(bytes, 0, length, other, offset, offset + otherLength);
    }

    void set(byte[] source, int offset, int sourceLength) {
      if (sourceLength > bytes.length) {
        bytes = new byte[sourceLength];
      }
      System.arraycopy(source, offset, bytes, 0, sourceLength);
      length = sourceLength;
      present = true;
    }

    Binary binary() {
      return Binary.fromReusedByteArray(bytes, 0, length);
    }

    void clear() {
      present = false;
    }
  }
}
