package io.millrace.source;

import io.millrace.catalog.History;
import io.millrace.catalog.Relation;
import io.millrace.format.ByteSink;
import io.millrace.format.DecodeException;
import io.millrace.format.Formats;
import io.millrace.format.ObjectRow;
import io.millrace.format.RecordDecoder;
import io.millrace.format.RecordEncoder;
import io.millrace.format.RowBuffer;
import io.millrace.log.LogClient;
import io.millrace.model.BytesView;
import io.millrace.model.RowReader;
import io.millrace.model.RowSchema;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * The rows that a table with history has according to the changes written so far, to compare a
 * whole read of its source with. Of each row a digest of its key and one of its values are kept (32
 * bytes in a table that is one to two thirds full), not the row: what is gone from the source is
 * found by reading the topics a second time.
 *
 * <p>The table's own topic is read first and its changes after it. The query that fills the table
 * may be behind, but by no more than the changes that the topic still holds; and of each key the
 * last change that was written tells how it stands, since a source is the one that writes them. To
 * be made while no change of the table is in an open transaction. Not thread-safe.
 */
public final class KnownRows {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final int FIRST = 1 << 10;

  private final LogClient log;
  private final Formats formats;
  private final Relation table;
  private final RecordEncoder keys;
  private final RecordEncoder values;
  private final ObjectRow row;
  private final ByteSink bytes = new ByteSink();
  private final MessageDigest digest;

  /** How far changes had been written, when no transaction with changes of the table was open. */
  private final Map<Integer, Long> written;

  /** Four numbers a slot: the digest of the key, that of the values; 0, 0 is an empty slot. */
  private long[] slots = new long[4 * FIRST];

  private final BitSet gone = new BitSet();
  private BitSet seen = new BitSet();
  private int used;
  private long high;
  private long low;

  /** What a row that was read means for the table. */
  public enum Difference {
    NEW,
    CHANGED,
    SAME
  }

  KnownRows(LogClient log, Formats formats, Relation table) {
    this.log = log;
    this.formats = formats;
    this.table = table;
    this.keys = formats.keyEncoder(table.schema(), table.keySchemaId());
    this.values = formats.encoder("avro", Map.of(), table.schema(), table.valueSchemaId());
    this.row = new ObjectRow(table.schema());
    this.written = log.end(History.changes(table.name()).topic(), false).offsets();
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
    scan(
        (key, values) -> {
          int slot = slot(key);
          gone.set(slot, values == null);
          if (values != null) {
            hash(this.values, values);
            slots[4 * slot + 2] = high;
            slots[4 * slot + 3] = low;
          }
        });
  }

  private interface Visitor {
    /** {@code key} has the key columns at least; {@code values} is null where the row is gone. */
    void visit(RowReader key, RowReader values);
  }

  /** What was the case becomes what is: rows in the order in which they were written. */
  private void scan(Visitor visitor) {
    RowSchema schema = table.schema();
    int[] all = IntStream.range(0, schema.size()).toArray();
    Read current = new Read(schema);
    RecordDecoder rows = formats.decoder("avro", Map.of(), schema, all, table.valueSchemaId());
    RecordDecoder keysOnly = formats.keyDecoder(schema, all);
    read(
        table.topic(),
        log.end(table.topic()).offsets(),
        record -> {
          if (record.value() == null) {
            if (current.decode(keysOnly, record.key())) {
              visitor.visit(current.row(), null);
            }
          } else if (current.decode(rows, record.value())) {
            visitor.visit(current.row(), current.row());
          }
        });
    RowSchema ofChanges = History.changes(schema);
    Read change = new Read(ofChanges);
    RecordDecoder changes =
        formats.decoder(
            "avro", Map.of(), ofChanges, IntStream.range(0, ofChanges.size()).toArray(), -1);
    read(
        History.changes(table.name()).topic(),
        written,
        record -> {
          if (record.value() != null && change.decode(changes, record.value())) {
            visit(change.row(), visitor);
          }
        });
  }

  private static void visit(RowReader change, Visitor visitor) {
    RowReader before = change.isNull(1) ? null : change.getStruct(1);
    RowReader after = change.isNull(2) ? null : change.getStruct(2);
    BytesView op = change.utf8(0);
    boolean deleted = op.length() == 1 && op.array()[op.offset()] == 'd';
    RowReader key = deleted && before != null ? before : after;
    if (key != null) {
      visitor.visit(key, deleted ? null : after);
    }
  }

  /** A row as it is read. Records that cannot be read are dead letters of the table's query. */
  private static final class Read extends RowBuffer {
    Read(RowSchema schema) {
      super(schema);
    }

    boolean decode(RecordDecoder decoder, byte[] record) {
      try {
        decoder.decode(record, 0, record.length, this);
        return true;
      } catch (DecodeException e) {
        return false;
      }
    }
  }

  /**
   * What was committed when {@code ends} were asked for is waited for: that shows a little later.
   */
  private void read(
      String topic, Map<Integer, Long> ends, Consumer<ConsumerRecord<byte[], byte[]>> visitor) {
    List<TopicPartition> places =
        ends.keySet().stream().map(partition -> new TopicPartition(topic, partition)).toList();
    try (var consumer = log.consumer(Map.of())) {
      consumer.assign(places);
      consumer.seekToBeginning(places);
      while (places.stream().anyMatch(p -> consumer.position(p) < ends.get(p.partition()))) {
        consumer.poll(POLL).forEach(visitor);
      }
    } catch (KafkaException e) {
      throw log.explain(e, "read topic " + topic);
    }
  }

  private void hash(RecordEncoder encoder, RowReader row) {
    bytes.reset();
    encoder.encode(row, bytes);
    digest.update(bytes.array(), 0, bytes.length());
    ByteBuffer hash = ByteBuffer.wrap(digest.digest());
    high = hash.getLong();
    low = hash.getLong() | 1; // not that of an empty slot
  }

  /** The slot of the row's key; where there is none a new one, of a row that is gone. */
  private int slot(RowReader row) {
    if (3 * used >= 2 * (slots.length / 4)) {
      grow();
    }
    hash(keys, row);
    int slot = find(slots, high, low);
    if (slots[4 * slot + 1] == 0) {
      slots[4 * slot] = high;
      slots[4 * slot + 1] = low;
      gone.set(slot);
      used++;
    }
    return slot;
  }

  private static int find(long[] slots, long high, long low) {
    int mask = slots.length / 4 - 1;
    int slot = (int) (high & mask);
    while (slots[4 * slot + 1] != 0 && (slots[4 * slot] != high || slots[4 * slot + 1] != low)) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private void grow() {
    long[] larger = new long[Math.multiplyExact(slots.length, 2)];
    BitSet wasGone = (BitSet) gone.clone();
    BitSet wasSeen = seen;
    gone.clear();
    seen = new BitSet();
    for (int slot = 0; slot < slots.length / 4; slot++) {
      if (slots[4 * slot + 1] != 0) {
        int place = find(larger, slots[4 * slot], slots[4 * slot + 1]);
        System.arraycopy(slots, 4 * slot, larger, 4 * place, 4);
        gone.set(place, wasGone.get(slot));
        seen.set(place, wasSeen.get(slot));
      }
    }
    slots = larger;
  }

  /**
   * Compares a row that was read, and remembers that it was. ROW_REFUSED where a value does not fit
   * its column.
   *
   * @param read one value per column, as {@link RowChange} has them
   */
  public Difference compare(Object[] read) {
    row.set(read);
    int slot = slot(row);
    boolean isNew = gone.get(slot);
    hash(values, row);
    boolean same = slots[4 * slot + 2] == high && slots[4 * slot + 3] == low;
    slots[4 * slot + 2] = high;
    slots[4 * slot + 3] = low;
    gone.clear(slot);
    seen.set(slot);
    return isNew ? Difference.NEW : same ? Difference.SAME : Difference.CHANGED;
  }

  /** Gives each row that was not read, with the columns of its key alone; the others are null. */
  public void unseen(Consumer<RowReader> visitor) {
    if (used == seen.cardinality()) {
      return;
    }
    RowSchema schema = table.schema();
    RecordDecoder decoder = formats.keyDecoder(schema, IntStream.range(0, schema.size()).toArray());
    Read deleted = new Read(schema);
    scan(
        (key, ignored) -> {
          int slot = slot(key);
          if (!gone.get(slot) && !seen.get(slot)) {
            seen.set(slot);
            deleted.decode(decoder, bytes.toByteArray());
            visitor.accept(deleted.row());
          }
        });
  }
}
