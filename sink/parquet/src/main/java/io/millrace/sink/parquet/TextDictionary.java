package io.millrace.sink.parquet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.apache.parquet.bytes.ByteBufferAllocator;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.values.ValuesWriter;
import org.apache.parquet.column.values.dictionary.DictionaryValuesWriter;
import org.apache.parquet.column.values.dictionary.IntList;
import org.apache.parquet.column.values.plain.PlainValuesWriter;
import org.apache.parquet.io.api.Binary;

/**
 * The dictionary of a column of texts or bytes: each value once, all in one array, found by a hash
 * table of open addressing. Parquet's own holds an object for each value and reads every value byte
 * by byte, once for its hash and once to compare; here it is eight bytes at a time. Not
 * thread-safe.
 */
final class TextDictionary extends DictionaryValuesWriter {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** An odd number whose bits are spread: 2^64 divided by the golden ratio (Knuth, TAOCP 6.4). */
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private static final int FIRST_SLOTS = 64;

  /** An entry's number and one; 0 where none is. At most half of them are taken. */
  private int[] slots;

  private int[] hashes;

  /** Where each entry begins, and where the last one ends. */
  private int[] starts;

  private byte[] texts;
  private int entries;

  TextDictionary(int maxDictionaryBytes, ByteBufferAllocator allocator) {
    super(maxDictionaryBytes, Encoding.PLAIN_DICTIONARY, Encoding.PLAIN_DICTIONARY, allocator);
    clearDictionaryContent();
  }

  @Override
  public void writeBytes(Binary value) {
    ByteBuffer buffer = value.toByteBuffer();
    encodedValues.add(
        entry(buffer.array(), buffer.arrayOffset() + buffer.position(), value.length()));
  }

  private int entry(byte[] bytes, int offset, int length) {
    int hash = hash(bytes, offset, length);
    int slot = hash & slots.length - 1;
    while (slots[slot] != 0) {
      int entry = slots[slot] - 1;
      if (hashes[entry] == hash
          && Arrays.equals(
              texts, starts[entry], starts[entry + 1], bytes, offset, offset + length)) {
        return entry;
      }
      slot = slot + 1 & slots.length - 1;
    }
    slots[slot] = entries + 1;
    add(hash, bytes, offset, length);
    return entries - 1;
  }

  private void add(int hash, byte[] bytes, int offset, int length) {
    int start = starts[entries];
    if (start + length > texts.length) {
      texts = Arrays.copyOf(texts, Math.max(texts.length * 2, start + length));
    }
    System.arraycopy(bytes, offset, texts, start, length);
    hashes[entries] = hash;
    entries++;
    starts[entries] = start + length;
    dictionaryByteSize += Integer.BYTES + length;
    if (entries * 2 == slots.length) {
      grow();
    }
  }

  private void grow() {
    slots = new int[slots.length * 2];
    hashes = Arrays.copyOf(hashes, slots.length / 2);
    starts = Arrays.copyOf(starts, slots.length / 2 + 1);
    for (int entry = 0; entry < entries; entry++) {
      int slot = hashes[entry] & slots.length - 1;
      while (slots[slot] != 0) {
        slot = slot + 1 & slots.length - 1;
      }
      slots[slot] = entry + 1;
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

  private Binary value(int entry) {
    return Binary.fromReusedByteArray(texts, starts[entry], starts[entry + 1] - starts[entry]);
  }

  @Override
  public DictionaryPage toDictPageAndClose() {
    if (lastUsedDictionarySize == 0) {
      return null;
    }
    PlainValuesWriter page =
        new PlainValuesWriter(lastUsedDictionaryByteSize, maxDictionaryByteSize, allocator);
    for (int entry = 0; entry < lastUsedDictionarySize; entry++) {
      page.writeBytes(value(entry));
    }
    return dictPage(page);
  }

  @Override
  protected void fallBackDictionaryEncodedData(ValuesWriter plain) {
    IntList.IntIterator values = encodedValues.iterator();
    while (values.hasNext()) {
      plain.writeBytes(value(values.next()));
    }
  }

  @Override
  protected int getDictionarySize() {
    return entries;
  }

  @Override
  protected void clearDictionaryContent() {
    slots = new int[FIRST_SLOTS];
    hashes = new int[FIRST_SLOTS / 2];
    starts = new int[FIRST_SLOTS / 2 + 1];
    texts = new byte[FIRST_SLOTS];
    entries = 0;
  }
}
