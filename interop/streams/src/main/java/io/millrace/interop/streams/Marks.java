package io.millrace.interop.streams;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;

/**
 * Leaves out what Millrace's writers tell each other between the rows. A watermark travels in a
 * header of a row, or in a control record: no value, that header, and no key but, in compacted
 * topics, one that begins with {@code _millrace_mark/}. A control record is no row, and in a table
 * it deletes none.
 *
 * <p>The header goes too: Kafka Streams copies the headers of what it reads to what it writes, and
 * there a mark would tell another stream's readers a watermark that is not theirs.
 */
final class Marks implements FixedKeyProcessor<Row, Row, Row> {
  static final String HEADER = "wm";

  /** A key by a contract begins with a zero byte. */
  private static final byte[] CONTROL_KEY = "_millrace_mark/".getBytes(StandardCharsets.UTF_8);

  private final boolean ofTable;
  private FixedKeyProcessorContext<Row, Row> context;

  Marks(boolean ofTable) {
    this.ofTable = ofTable;
  }

  static boolean isControlKey(byte[] key) {
    return key.length >= CONTROL_KEY.length
        && Arrays.equals(key, 0, CONTROL_KEY.length, CONTROL_KEY, 0, CONTROL_KEY.length);
  }

  /** Whether a record with no value is a control record; {@code key} is null where it has none. */
  static boolean isControl(Object key, Object value, Headers headers) {
    return value == null && key == null && headers.lastHeader(HEADER) != null;
  }

  @Override
  public void init(FixedKeyProcessorContext<Row, Row> newContext) {
    context = newContext;
  }

  /** A null is a deletion in a table that has a key, and no row at all in a stream. */
  @Override
  public void process(FixedKeyRecord<Row, Row> record) {
    boolean isRow = ofTable ? record.key() != null : record.value() != null;
    if (isRow) {
      record.headers().remove(HEADER);
      context.forward(record);
    }
  }
}
