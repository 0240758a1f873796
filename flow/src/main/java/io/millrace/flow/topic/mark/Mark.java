package io.millrace.flow.topic.mark;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * A writer's watermark in one partition, as it travels in header {@value #HEADER}. It says: every
 * row that this writer puts into this partition from here on is newer than {@code watermark}, or
 * was late already. Big-endian: epoch (long), writer (short), writers (short), flags (byte),
 * watermark (long), then the statement's name as UTF-8 to the end.
 *
 * <p>A record that has the header and a null value is a <em>control record</em>: it carries a mark
 * and no row, and readers that know nothing of marks have to skip it. In compacted topics its key
 * is {@link #controlKey}. The tombstone of a row never carries a mark.
 *
 * @param statement who writes; each statement has its own writers and epochs
 * @param epoch the statement's submission number
 * @param writer index of the writer, from 0
 * @param writers how many writers the statement has in this epoch
 * @param isFinal no row follows in this epoch
 * @param isIdle no row for a while: do not wait for this writer until its next mark
 * @param watermark milliseconds since 1970-01-01T00:00; {@link Long#MIN_VALUE} for none yet
 */
public record Mark(
    String statement,
    long epoch,
    int writer,
    int writers,
    boolean isFinal,
    boolean isIdle,
    long watermark) {
  public static final String HEADER = "wm";
  private static final int FINAL = 1;
  private static final int IDLE = 2;
  private static final int FIXED_BYTES = 21;
  private static final String CONTROL_KEY = "_millrace_mark/";

  public byte[] toBytes() {
    byte[] name = statement.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(FIXED_BYTES + name.length)
        .putLong(epoch)
        .putShort((short) writer)
        .putShort((short) writers)
        .put((byte) ((isFinal ? FINAL : 0) | (isIdle ? IDLE : 0)))
        .putLong(watermark)
        .put(name)
        .array();
  }

  /** Null where the bytes are no mark: a foreign header may bear the same name. */
  public static Mark parse(byte[] bytes) {
    if (bytes == null || bytes.length < FIXED_BYTES) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    long epoch = in.getLong();
    int writer = Short.toUnsignedInt(in.getShort());
    int writers = Short.toUnsignedInt(in.getShort());
    int flags = in.get();
    long watermark = in.getLong();
    if (writer >= writers) {
      return null;
    }
    String statement =
        new String(bytes, FIXED_BYTES, bytes.length - FIXED_BYTES, StandardCharsets.UTF_8);
    return new Mark(
        statement, epoch, writer, writers, (flags & FINAL) != 0, (flags & IDLE) != 0, watermark);
  }

  /** The record's mark, or null. */
  public static Mark of(ConsumerRecord<?, ?> record) {
    Header header = record.headers().lastHeader(HEADER);
    return header == null ? null : parse(header.value());
  }

  /** Whether the record holds a mark and no row. */
  public static boolean isControl(ConsumerRecord<byte[], byte[]> record) {
    return record.value() == null
        && record.headers().lastHeader(HEADER) != null
        && (record.key() == null || isControlKey(record.key()));
  }

  private static boolean isControlKey(byte[] key) {
    if (key.length < CONTROL_KEY.length()) {
      return false;
    }
    for (int i = 0; i < CONTROL_KEY.length(); i++) {
      if (key[i] != CONTROL_KEY.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * The key of a writer's control records in compacted topics, which take no null keys. It does not
   * begin with the zero byte of a contract's key, so it meets no row's key.
   */
  public static byte[] controlKey(String statement, int writer) {
    return (CONTROL_KEY + statement + "/" + writer).getBytes(StandardCharsets.UTF_8);
  }
}
