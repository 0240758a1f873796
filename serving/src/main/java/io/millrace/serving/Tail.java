package io.millrace.serving;

import io.millrace.catalog.Relation;
import io.millrace.catalog.Relation.MetadataColumn;
import io.millrace.format.DecodeException;
import io.millrace.format.Formats;
import io.millrace.format.RecordDecoder;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Positions;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;

/**
 * One relation's way from its topic into DuckDB: records are decoded into a batch, and a batch goes
 * in together with the positions after it. For one worker's thread, but for what {@link Serving}
 * reads of its state.
 */
final class Tail {
  /** The header by which Millrace's own writers carry watermarks. */
  private static final String MARK = "wm";

  private static final int CONTRACT_HEADER = 5;
  private static final int KEPT_ROWS = 8192;
  private static final long SMALLEST_BATCH = 64 << 10;

  private final Relation relation;
  private final TopicFacts.Fact topic;
  private final ServedTable table;
  private final Ledger ledger;
  private final Optional<StreamWindow> window;
  private final RecordDecoder values;
  private final RecordDecoder keys;
  private final int[] valueTargets;
  private final int[] keyTargets;
  private final boolean avro;
  private final int latestFlag;

  private ArrowRowWriter batch;
  private final Map<Key, Integer> latest = new HashMap<>();
  private final TreeMap<Integer, Long> next;
  private long batchBytes;
  private long batchNewest = Long.MIN_VALUE;
  private long skipped;
  private int newestContract;
  private StreamWindow.Chunk pending;
  private boolean unsaved;

  private volatile Ledger.Copy copy;
  private volatile String lastError;
  private volatile boolean stopped;
  private boolean waiting;
  private long retryNanos;
  private long fullBytes;

  /** A record's key without the id of its contract. */
  private static final class Key {
    private final byte[] bytes;
    private final int hash;

    Key(byte[] bytes) {
      this.bytes = bytes;
      int h = 1;
      for (int i = CONTRACT_HEADER; i < bytes.length; i++) {
        h = 31 * h + bytes[i];
      }
      this.hash = h;
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Key key
          && Arrays.equals(
              bytes, from(bytes), bytes.length, key.bytes, from(key.bytes), key.bytes.length);
    }

    private static int from(byte[] bytes) {
      return Math.min(CONTRACT_HEADER, bytes.length);
    }
  }

  Tail(
      Relation relation,
      TopicFacts.Fact topic,
      ServedTable table,
      Ledger ledger,
      Ledger.Copy copy,
      Optional<StreamWindow> window,
      Formats formats) {
    this.relation = relation;
    this.topic = topic;
    this.table = table;
    this.ledger = ledger;
    this.copy = copy;
    this.window = window;
    this.next = new TreeMap<>(copy.positions().offsets());
    this.skipped = copy.skipped();
    this.newestContract = copy.newestContract();
    this.fullBytes = Long.MAX_VALUE;
    this.avro = relation.format().equalsIgnoreCase("avro");
    this.latestFlag = relation.schema().size() + relation.metadata().size();
    this.batch = new ArrowRowWriter(table.batchColumns());
    int[] keyIndexes = relation.isTable() ? relation.schema().keyIndexes() : new int[0];
    // A table's key columns are read from the record's key: a foreign value may lack them.
    this.valueTargets =
        IntStream.range(0, relation.schema().size())
            .filter(i -> Arrays.stream(keyIndexes).noneMatch(key -> key == i))
            .toArray();
    this.keyTargets = keyIndexes;
    this.values =
        formats.decoder(
            relation.format(),
            relation.options(),
            relation.schema(),
            valueTargets,
            relation.valueSchemaId());
    this.keys = relation.isTable() ? formats.keyDecoder(relation.schema(), keyTargets) : null;
  }

  Name name() {
    return relation.name();
  }

  Relation relation() {
    return relation;
  }

  TopicFacts.Fact topic() {
    return topic;
  }

  ServedTable table() {
    return table;
  }

  /** Where the copy stands: what it held when it was last written. */
  Ledger.Copy copy() {
    return copy;
  }

  Optional<String> lastError() {
    return Optional.ofNullable(lastError);
  }

  void error(String sentence) {
    lastError = sentence;
  }

  /** Whether it no longer follows its topic, and will not until it is followed anew. */
  boolean isStopped() {
    return stopped;
  }

  void stop(String sentence) {
    forgetBatch();
    lastError = sentence;
    stopped = true;
  }

  /** Whether it takes no records until a failure has passed. */
  boolean isWaiting() {
    return waiting;
  }

  boolean isDue() {
    return waiting && System.nanoTime() - retryNanos >= 0;
  }

  void waitFor(Duration wait) {
    waiting = true;
    retryNanos = System.nanoTime() + wait.toNanos();
  }

  Optional<Ledger.Held> held(Database.Transaction transaction) throws SQLException {
    return ledger.held(transaction, name());
  }

  /** Goes on from what the copy holds; what was accepted since is forgotten. */
  void goOnFrom(Ledger.Held held) {
    copy = held.copy();
    window.ifPresent(w -> w.reload(held.chunks()));
    forgetBatch();
    waiting = false;
  }

  /** A batch of so many bytes goes in at once. */
  boolean isFull(int rows, long atMost) {
    return batch.rows() >= rows || batchBytes >= Math.min(atMost, fullBytes);
  }

  /** Of what did not fit into memory half may. */
  void halveBatches() {
    fullBytes = Math.max(1, Math.min(fullBytes, Math.max(batchBytes, SMALLEST_BATCH)) / 2);
  }

  Collection<TopicPartition> partitions() {
    return next.keySet().stream().map(p -> new TopicPartition(relation.topic(), p)).toList();
  }

  long nextOffset(int partition) {
    return next.get(partition);
  }

  int batchRows() {
    return batch.rows();
  }

  long batchBytes() {
    return batchBytes;
  }

  /** Decodes a record into the batch; one that cannot be read is counted and left out. */
  void accept(ConsumerRecord<byte[], byte[]> record) {
    int before = batch.rows();
    try {
      if (!isControl(record)) {
        decode(record);
        putMetadata(record, before);
        if (relation.isTable()) {
          replace(record, before);
        }
        measure(record);
      }
    } catch (DecodeException | ArithmeticException e) {
      refuse(before);
    } catch (MillraceException e) {
      if (e.code() != ErrorCode.CONTRACT_NOT_FOUND && e.code() != ErrorCode.DECODE_FAILED) {
        throw e;
      }
      refuse(before);
    } finally {
      batch.wholeRow();
    }
    next.put(record.partition(), record.offset() + 1);
    unsaved = true;
  }

  private void decode(ConsumerRecord<byte[], byte[]> record) throws DecodeException {
    byte[] value = record.value();
    if (relation.isTable()) {
      change(record);
    } else if (value == null) {
      if (!values.skipsEmpty()) {
        throw new DecodeException("a record of a stream has no value", -1);
      }
    } else {
      values.at(record.offset());
      values.decode(value, 0, value.length, batch);
      noteContract(value);
    }
  }

  private void refuse(int rowsBefore) {
    batch.truncate(rowsBefore);
    skipped++;
  }

  /** A record that carries a watermark and no row. */
  private static boolean isControl(ConsumerRecord<byte[], byte[]> record) {
    if (record.value() != null || record.headers().lastHeader(MARK) == null) {
      return false;
    }
    byte[] key = record.key();
    return key == null || key.length == 0 || key[0] != 0;
  }

  private void noteContract(byte[] value) {
    if (avro && value.length >= CONTRACT_HEADER) {
      int id = value[1] << 24 | (value[2] & 0xff) << 16 | (value[3] & 0xff) << 8 | value[4] & 0xff;
      newestContract = Math.max(newestContract, id);
    }
  }

  /** An upsert or, without a value, a deletion: one row of the batch, the last of its key. */
  private void change(ConsumerRecord<byte[], byte[]> record) throws DecodeException {
    byte[] key = record.key();
    byte[] value = record.value();
    if (key == null) {
      throw new DecodeException("a record of a table has no key", -1);
    }
    batch.beginRow();
    batch.part(keyTargets);
    keys.decode(key, 0, key.length, batch);
    if (value != null) {
      batch.part(valueTargets);
      values.decode(value, 0, value.length, batch);
      noteContract(value);
    }
    batch.wholeRow();
    batch.endRow();
  }

  /** Marks the row as its key's last one in the batch. */
  private void replace(ConsumerRecord<byte[], byte[]> record, int row) {
    Slots.Booleans isLatest = (Slots.Booleans) batch.column(latestFlag);
    isLatest.putBoolean(true);
    batch.column(latestFlag + 1).putBoolean(record.value() == null);
    Integer replaced = latest.put(new Key(record.key()), row);
    if (replaced != null) {
      isLatest.set(replaced, false);
    }
  }

  private void putMetadata(ConsumerRecord<byte[], byte[]> record, int before) {
    int metadata = relation.schema().size();
    for (MetadataColumn column : relation.metadata()) {
      Slots slots = batch.column(metadata++);
      for (int row = before; row < batch.rows(); row++) {
        slots.padTo(row);
        putMetadata(slots, column, record);
      }
    }
  }

  private void measure(ConsumerRecord<byte[], byte[]> record) {
    batchBytes +=
        (record.key() == null ? 0 : record.key().length)
            + (record.value() == null ? 0 : record.value().length);
    batchNewest = Math.max(batchNewest, record.timestamp());
  }

  private static void putMetadata(
      Slots slots, MetadataColumn column, ConsumerRecord<byte[], byte[]> record) {
    switch (column.key()) {
      case "topic" -> putText(slots, record.topic());
      case "partition" -> putNumber(slots, column.type(), record.partition());
      case "offset" -> putNumber(slots, column.type(), record.offset());
      case "timestamp" -> {
        boolean millis =
            column.type() instanceof DataType.Temporal time && time.precision() == 3
                || column.type().kind() == DataType.Kind.BIGINT;
        slots.putLong(millis ? record.timestamp() : Math.multiplyExact(record.timestamp(), 1000L));
      }
      case "timestamp-type" -> putText(slots, record.timestampType().name);
      case "key" -> {
        if (record.key() == null) {
          slots.appendNull();
        } else {
          slots.putBytes(record.key(), 0, record.key().length);
        }
      }
      case "headers" -> putHeaders(slots, record);
      default -> slots.appendNull();
    }
  }

  private static void putText(Slots slots, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    slots.putBytes(bytes, 0, bytes.length);
  }

  private static void putNumber(Slots slots, DataType type, long number) {
    if (type.kind() == DataType.Kind.INT) {
      slots.putInt(Math.toIntExact(number));
    } else {
      slots.putLong(number);
    }
  }

  /** The last of the headers that bear the same name, as a map can hold but one. */
  private static void putHeaders(Slots slots, ConsumerRecord<byte[], byte[]> record) {
    slots.begin();
    for (Header header : record.headers()) {
      if (record.headers().lastHeader(header.key()) == header) {
        putText(slots.inner(0), header.key());
        Slots value = slots.inner(1);
        if (header.value() == null) {
          value.appendNull();
        } else {
          value.putBytes(header.value(), 0, header.value().length);
        }
      }
    }
    slots.end();
  }

  /** Says that all records before {@code offset} have been accepted, markers between them too. */
  void advance(int partition, long offset) {
    Long before = next.put(partition, offset);
    if (before == null || before != offset) {
      unsaved = true;
    }
  }

  /** Makes what has been accepted known where it brought no row: nothing is to be written. */
  void advanceIdle() {
    if (batch.rows() == 0 && unsaved) {
      copy = state();
      lastError = null;
    }
  }

  private Ledger.Copy state() {
    return new Ledger.Copy(
        table.shape(), Positions.of(next), skipped, newestContract, copy.since());
  }

  boolean isUnsaved() {
    return unsaved;
  }

  /** Writes the batch and the positions after it; {@link #written} follows the commit. */
  void write(Database.Transaction transaction) throws SQLException {
    Ledger.Copy after = state();
    if (batch.rows() > 0) {
      if (relation.isTable()) {
        transaction.load(batch, table.deleteReplaced());
      }
      transaction.load(batch, table.insert());
      if (window.isPresent()) {
        pending = window.get().with(batch.rows(), batchBytes, batchNewest, after.positions());
        ledger.save(transaction, name(), pending);
      }
    }
    ledger.save(transaction, name(), after);
  }

  void written() {
    copy = state();
    fullBytes = Math.max(fullBytes, fullBytes + (fullBytes >> 3));
    if (pending != null) {
      window.orElseThrow().put(pending);
    }
    clear();
    unsaved = false;
    lastError = null;
  }

  /** Forgets what has been accepted and not written: it is to be read again from the copy on. */
  void forgetBatch() {
    clear();
    next.putAll(copy.positions().offsets());
    skipped = copy.skipped();
    newestContract = copy.newestContract();
    unsaved = false;
  }

  private void clear() {
    // A batch of a catch-up is large; a thousand tails that keep theirs are too large.
    if (batch.rows() > KEPT_ROWS) {
      batch = new ArrowRowWriter(table.batchColumns());
    } else {
      batch.clear();
    }
    latest.clear();
    batchBytes = 0;
    batchNewest = Long.MIN_VALUE;
    pending = null;
  }

  /** Whether a row that is held has a timestamp of {@code start} or later. */
  boolean reachesInto(Instant start) {
    OptionalLong newest = window.map(StreamWindow::newest).orElse(OptionalLong.empty());
    return newest.isPresent() && newest.getAsLong() >= start.toEpochMilli();
  }

  /** Lets go of rows that have left the window, in a transaction of their own. */
  void prune(Database database, Instant now, Positions topicBegins) {
    if (window.isEmpty()) {
      return;
    }
    List<StreamWindow.Chunk> expired = window.get().expired(now, topicBegins);
    if (expired.isEmpty()) {
      return;
    }
    Ledger.Copy held = copy;
    Ledger.Copy after =
        new Ledger.Copy(
            held.shape(),
            held.positions(),
            held.skipped(),
            held.newestContract(),
            StreamWindow.since(held.since(), expired, topicBegins));
    long rows = expired.stream().mapToLong(StreamWindow.Chunk::rows).sum();
    database.write(
        transaction -> {
          transaction.execute(table.deleteOldest(rows));
          ledger.forgetChunks(transaction, name(), expired.get(expired.size() - 1).number());
          ledger.save(transaction, name(), after);
          return null;
        });
    window.get().drop(expired);
    copy = after;
  }

  /** Goes on at these positions, past rows that are gone; whole again since {@code since}. */
  void moveTo(Database database, Positions positions, Optional<Instant> since) {
    forgetBatch();
    Ledger.Copy held = copy;
    Ledger.Copy moved =
        new Ledger.Copy(
            held.shape(), positions, held.skipped(), held.newestContract(), since.or(held::since));
    database.write(
        transaction -> {
          ledger.save(transaction, name(), moved);
          return null;
        });
    copy = moved;
    next.putAll(moved.positions().offsets());
  }
}
