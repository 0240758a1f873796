package io.millrace.source;

import io.millrace.catalog.DeadLetters;
import io.millrace.catalog.History;
import io.millrace.catalog.Relation;
import io.millrace.format.ByteSink;
import io.millrace.format.Formats;
import io.millrace.format.ObjectRow;
import io.millrace.format.RecordEncoder;
import io.millrace.log.LogClient;
import io.millrace.log.Retention;
import io.millrace.log.TopicSpec;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowReader;
import io.millrace.model.RowSchema;
import io.millrace.registry.AvroContracts;
import io.millrace.registry.Contracts;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.utils.Utils;

/**
 * Writes the changes of a source's tables, or its rows, and with them the position up to which the
 * source was read, in one Kafka transaction: after a crash both are there or neither. Changes go
 * into {@code t$changes} under the table's key, to the partition that Kafka's murmur2 of it names.
 * One writer exists per source: a new one fences the one before and aborts what that left open. Not
 * thread-safe.
 */
public final class ChangeWriter implements AutoCloseable {
  /** Positions by source name, of which the newest counts, and notes by name and number. */
  public static final String POSITIONS = "_millrace_source_positions";

  /** Changes that wait until their table can take them. */
  public static final String HELD = "_millrace_source_held";

  /** The stage of what a source could not write. */
  public static final String STAGE = "source";

  /** What is read whole in one run may take its time. */
  private static final Duration TIMEOUT = Duration.ofHours(1);

  private static final Duration CLOSE = Duration.ofSeconds(5);
  private static final char NOTE = '\0';
  private static final TopicPartition PLACE = new TopicPartition(POSITIONS, 0);
  private static final Map<String, Object> SENDING =
      Map.of(ProducerConfig.BATCH_SIZE_CONFIG, 128 << 10, ProducerConfig.LINGER_MS_CONFIG, 5);

  private final LogClient log;
  private final Contracts contracts;
  private final Formats formats;
  private final Name source;
  private final Producer<byte[], byte[]> producer;
  private final Map<Name, Target> targets = new HashMap<>();
  private final Map<Relation, RowAppender> appenders = new HashMap<>();
  private final ChangeClock clock = new ChangeClock();
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final ByteSink bytes = new ByteSink();
  private final SortedMap<Integer, byte[]> notes;
  private final Set<Integer> noted;
  private byte[] position;
  private int nextNote;
  private int turn;
  private boolean open;

  /** A table, and how changes of it are written. */
  private final class Target {
    private final Relation relation;
    private final String topic;
    private final int partitions;
    private final RecordEncoder keys;
    private final RecordEncoder values;
    private final ChangeRow change = new ChangeRow();
    private final ObjectRow before;
    private final ObjectRow after;

    Target(Relation relation) {
      this.relation = relation;
      Name changes = History.changes(relation.name());
      this.topic = changes.topic();
      this.partitions = log.partitions(topic);
      int id = contracts.latest(topic + "-value").orElseThrow(() -> noContract(topic)).id();
      contracts.schemaById(relation.keySchemaId());
      this.keys = formats.keyEncoder(relation.schema(), relation.keySchemaId());
      this.values = formats.encoder("avro", Map.of(), History.changes(relation.schema()), id);
      this.before = new ObjectRow(relation.schema());
      this.after = new ObjectRow(relation.schema());
    }
  }

  /** The letters of rows that could not be written. */
  private final class Letters {
    private final RecordEncoder keys;
    private final RecordEncoder values;
    private final ObjectRow row = new ObjectRow(DeadLetters.SCHEMA);

    Letters() {
      RowSchema schema = DeadLetters.SCHEMA;
      String topic = DeadLetters.NAME.topic();
      this.keys =
          formats.keyEncoder(
              schema, contracts.register(topic + "-key", AvroContracts.keySchema(schema)));
      this.values =
          formats.encoder(
              "avro",
              Map.of(),
              schema,
              contracts.register(
                  topic + "-value",
                  AvroContracts.valueSchema(DeadLetters.NAME, schema, Optional.empty())));
    }
  }

  private Letters letters;

  /** Fences the source's earlier writer and reads how far that came. */
  public ChangeWriter(LogClient log, Contracts contracts, Formats formats, Name source) {
    this.log = log;
    this.contracts = contracts;
    this.formats = formats;
    this.source = source;
    log.ensure(TopicSpec.of(POSITIONS, 1, new Retention.Compacted()));
    Duration timeout =
        log.transactionTimeoutLimit().filter(limit -> limit.compareTo(TIMEOUT) < 0).orElse(TIMEOUT);
    this.producer =
        log.transactionalProducer("millrace-source-" + source.folded(), timeout, SENDING);
    try {
      Kept kept = kept(log, source);
      this.position = kept.position;
      this.notes = Collections.unmodifiableSortedMap(kept.notes);
      this.noted = new TreeSet<>(kept.notes.keySet());
      this.nextNote = kept.notes.isEmpty() ? 0 : kept.notes.lastKey() + 1;
    } catch (RuntimeException e) {
      producer.close(Duration.ZERO);
      throw e;
    }
  }

  private byte[] key() {
    return source.folded().getBytes(StandardCharsets.UTF_8);
  }

  /** What is known of a source: its position, and its notes by their numbers. */
  private static final class Kept {
    private final TreeMap<Integer, byte[]> notes = new TreeMap<>();
    private byte[] position;
  }

  private static Kept kept(LogClient log, Name source) {
    Kept kept = new Kept();
    read(
        log,
        PLACE,
        log.beginning(POSITIONS).offsets().get(0),
        record -> {
          String key = new String(record.key(), StandardCharsets.UTF_8);
          int end = key.indexOf(NOTE);
          if (!source.folded().equals(end < 0 ? key : key.substring(0, end))) {
            return;
          }
          if (end < 0) {
            kept.position = record.value();
          } else if (record.value() == null) {
            kept.notes.remove(Integer.parseInt(key.substring(end + 1)));
          } else {
            kept.notes.put(Integer.parseInt(key.substring(end + 1)), record.value());
          }
        });
    return kept;
  }

  private static byte[] noteKey(Name source, int number) {
    return (source.folded() + NOTE + number).getBytes(StandardCharsets.UTF_8);
  }

  private static MillraceException noContract(String topic) {
    return new MillraceException(
            ErrorCode.CONTRACT_NOT_FOUND, "Cannot write to topic " + topic + ": it has no contract")
        .hint("Register it anew under the subject " + topic + "-value.");
  }

  /** What the source noted and did not forget, by number, as it was when this writer was made. */
  public SortedMap<Integer, byte[]> notes() {
    return notes;
  }

  /** Adds to the transaction what the source must know besides its position. */
  public void note(byte[] note) {
    note(newNote(), note);
  }

  /** A number that no note of the source has had as far as is known. */
  public int newNote() {
    return nextNote++;
  }

  /** Adds to the transaction that the note of this number is another from now on. */
  public void note(int number, byte[] note) {
    send(new ProducerRecord<>(POSITIONS, 0, noteKey(source, number), note));
    noted.add(number);
  }

  /** Adds to the transaction that nothing is noted under this number any more. */
  public void forgetNote(int number) {
    send(new ProducerRecord<>(POSITIONS, 0, noteKey(source, number), null));
    noted.remove(number);
  }

  /** Adds to the transaction that nothing is noted any more. */
  public void forgetNotes() {
    List.copyOf(noted).forEach(this::forgetNote);
  }

  /** What the newest commit was given; empty where the source was never read. */
  public Optional<byte[]> position() {
    return Optional.ofNullable(position);
  }

  /**
   * Adds a change to the transaction. ROW_REFUSED where a value does not fit its column: nothing is
   * added then.
   *
   * @param op {@code c}, {@code u}, {@code d} or {@code r}
   * @param before one value per column as {@link RowChange} has them, or null; where one does not
   *     fit, the key alone is written
   * @param after null for a delete
   * @param time in microseconds since the epoch
   * @param at the change's position in the source; of two at one time, the higher counts
   */
  public void write(
      Relation table, String op, Object[] before, Object[] after, long time, long at) {
    Target target = target(table);
    write(
        target,
        op,
        before == null ? null : before(target, before),
        after == null ? null : target.after.set(after),
        time,
        at);
  }

  /** A row that was never taken in, for it did not fit, may be changed to one that does. */
  private static RowReader before(Target target, Object[] row) {
    try {
      return target.before.set(row);
    } catch (MillraceException e) {
      if (e.code() != ErrorCode.ROW_REFUSED) {
        throw e;
      }
      Object[] key = new Object[row.length];
      for (int column : target.relation.schema().keyIndexes()) {
        key[column] = row[column];
      }
      return target.before.set(key);
    }
  }

  /** Adds the delete of a row of which the key is known at least. */
  public void delete(Relation table, RowReader key, long time, long at) {
    write(target(table), "d", key, null, time, at);
  }

  /**
   * Adds rows to a stream or table in its own format, as {@link RowsWriter} does: rows without a
   * key go to one partition after the other, the next one at the latest with the next transaction.
   * NOT_FOUND or NOT_SUPPORTED where a contract is missing.
   */
  public RowAppender rows(Relation target) {
    RowAppender appender = appenders.get(target);
    if (appender == null) {
      RowRecords records =
          new RowRecords(
              target, log, contracts, formats, partitions -> Math.floorMod(turn++, partitions));
      records.begin(clock.next());
      appender = new RowAppender(records, this::send);
      appenders.clear(); // of what the target was before
      appenders.put(target, appender);
    }
    return appender;
  }

  /** The rows that the table has by now, to compare a whole read with. */
  public KnownRows known(Relation table) {
    return new KnownRows(log, formats, table);
  }

  private Target target(Relation table) {
    Target target = targets.get(table.name());
    if (target == null || !target.relation.equals(table)) {
      target = new Target(table);
      targets.put(table.name(), target);
    }
    return target;
  }

  private void write(Target target, String op, RowReader old, RowReader now, long time, long at) {
    Relation table = target.relation;
    RowReader whole = now == null ? old : now;
    RowSchema schema = table.schema();
    int[] keys = schema.keyIndexes();
    for (int column = 0; column < schema.size(); column++) {
      boolean required =
          now == null ? contains(keys, column) : !schema.column(column).type().nullable();
      if (required && whole.isNull(column)) {
        throw new MillraceException(
            ErrorCode.ROW_REFUSED,
            "Cannot write to "
                + table.name()
                + ": NULL in column "
                + schema.column(column).name()
                + ", which is NOT NULL");
      }
    }
    target.change.set(op.getBytes(StandardCharsets.US_ASCII), old, now, time, at);
    byte[] key = encode(target.keys, whole);
    byte[] value = encode(target.values, target.change);
    if (key.length + value.length + 512 > log.maxRequestBytes()) {
      throw new MillraceException(
          ErrorCode.ROW_REFUSED,
          "Cannot write to " + table.name() + ": a record of " + value.length + " bytes");
    }
    int partition = Utils.toPositive(Utils.murmur2(key)) % target.partitions;
    send(new ProducerRecord<>(target.topic, partition, key, value));
  }

  private static boolean contains(int[] values, int wanted) {
    for (int value : values) {
      if (value == wanted) {
        return true;
      }
    }
    return false;
  }

  /**
   * Adds a dead letter of stage {@code source} to the transaction.
   *
   * @param table how the source calls the table
   * @param at the change's position in the source
   * @param change the change as it came, as text
   */
  public void refuse(String table, long at, String change, MillraceException why) {
    refuse(
        new Refusal(
            table,
            0,
            at,
            why.code(),
            why.getMessage(),
            "",
            change.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * What a source could not write. Place, number and position together are its own.
   *
   * @param place what it came from, as the source calls it
   * @param number tells places of one name apart
   * @param at its position in the place
   * @param field the column at fault, empty where none is
   * @param bytes as it came; null where that is not known
   */
  public record Refusal(
      String place,
      int number,
      long at,
      ErrorCode code,
      String message,
      String field,
      byte[] bytes) {}

  /** Adds a dead letter of stage {@code source} to the transaction; of large ones the beginning. */
  public void refuse(Refusal refusal) {
    if (letters == null) {
      letters = new Letters();
    }
    Instant now = Instant.now();
    int room = log.maxRequestBytes() / 2;
    byte[] kept = refusal.bytes();
    RowReader row =
        letters.row.set(
            source.toString(),
            STAGE,
            refusal.place(),
            refusal.number(),
            refusal.at(),
            now,
            refusal.code().name(),
            refusal.message(),
            refusal.field().isEmpty() ? null : refusal.field(),
            null,
            kept == null || kept.length <= room ? kept : Arrays.copyOf(kept, room),
            Map.of(),
            now);
    byte[] key = encode(letters.keys, row);
    send(new ProducerRecord<>(DeadLetters.NAME.topic(), key, encode(letters.values, row)));
  }

  private byte[] encode(RecordEncoder encoder, RowReader row) {
    bytes.reset();
    encoder.encode(row, bytes);
    return bytes.toByteArray();
  }

  private void send(ProducerRecord<byte[], byte[]> record) {
    try {
      if (!open) {
        producer.beginTransaction();
        open = true;
      }
      producer.send(
          record,
          (metadata, e) -> {
            if (e != null) {
              failure.compareAndSet(null, e);
            }
          });
    } catch (KafkaException e) {
      throw log.explain(e, "write for source " + source);
    }
  }

  /**
   * Adds a row to a stream of Millrace's own, one value per column as {@link RowChange} has them.
   */
  public void append(Name stream, RowSchema schema, Object... row) {
    int id =
        contracts.register(
            stream.topic() + "-value", AvroContracts.valueSchema(stream, schema, Optional.empty()));
    byte[] value =
        encode(formats.encoder("avro", Map.of(), schema, id), new ObjectRow(schema).set(row));
    send(new ProducerRecord<>(stream.topic(), value));
  }

  /** The source whose changes are written. */
  public Name source() {
    return source;
  }

  /** Leaves no trace of what was added since the last commit. */
  public void abort() {
    if (!open) {
      return;
    }
    try {
      producer.abortTransaction();
      open = false;
      failure.set(null);
    } catch (KafkaException e) {
      throw log.explain(e, "undo what was written for source " + source);
    }
  }

  /**
   * Makes what was added visible, together with the position. After a failure it is not known
   * whether that took place: close this writer and make a new one, which knows.
   */
  public void commit(byte[] newPosition) {
    log.disk().require("write for source " + source);
    send(new ProducerRecord<>(POSITIONS, 0, key(), newPosition));
    try {
      producer.commitTransaction();
      open = false;
      position = newPosition;
      appenders.values().forEach(appender -> appender.begin(clock.next()));
    } catch (KafkaException e) {
      Exception sent = failure.get();
      throw log.explain(
          e instanceof InterruptException || sent == null ? e : sent, "write for source " + source);
    }
  }

  /**
   * A change that its table cannot take yet.
   *
   * @param key and {@code change} as the source wrote them
   * @param time when it happened, in microseconds since the epoch
   */
  public record Held(String table, byte[] key, byte[] change, long time) {}

  /** Where the next change that is held will stand or after that. */
  public long holdFrom() {
    log.ensure(TopicSpec.of(HELD, 1, new Retention.Forever()));
    return log.end(HELD, false).offsets().get(0);
  }

  /**
   * Adds a change to the transaction that is kept for later, behind those that are kept already.
   */
  public void hold(Held held) {
    ByteBuffer time = ByteBuffer.allocate(Long.BYTES).putLong(0, held.time());
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(HELD, 0, heldKey(held.table()), held.change());
    record.headers().add("key", held.key()).add("time", time.array());
    send(record);
  }

  /** What is held of a table from there on, each with the offset behind it, in order. */
  public void held(String table, long from, BiConsumer<Held, Long> visitor) {
    byte[] wanted = heldKey(table);
    TopicPartition place = new TopicPartition(HELD, 0);
    read(
        log,
        place,
        Math.max(from, log.beginning(HELD).offsets().get(0)),
        record -> {
          if (Arrays.equals(record.key(), wanted)) {
            Headers headers = record.headers();
            visitor.accept(
                new Held(
                    table,
                    headers.lastHeader("key").value(),
                    record.value(),
                    ByteBuffer.wrap(headers.lastHeader("time").value()).getLong()),
                record.offset() + 1);
          }
        });
  }

  private byte[] heldKey(String table) {
    return (source.folded() + "/" + table).getBytes(StandardCharsets.UTF_8);
  }

  private static void read(
      LogClient log,
      TopicPartition place,
      long from,
      java.util.function.Consumer<ConsumerRecord<byte[], byte[]>> visitor) {
    try (Consumer<byte[], byte[]> consumer = log.consumer(Map.of())) {
      long end = log.end(place.topic()).offsets().get(place.partition());
      consumer.assign(List.of(place));
      consumer.seek(place, from);
      while (consumer.position(place) < end) {
        consumer.poll(Duration.ofMillis(100)).forEach(visitor);
      }
    } catch (KafkaException e) {
      throw log.explain(e, "read topic " + place.topic());
    }
  }

  /** Gives position and notes up, so that a source of this name begins anew. */
  public static void forget(LogClient log, Name source) {
    if (log.find(POSITIONS).isEmpty()) {
      return;
    }
    byte[] key = source.folded().getBytes(StandardCharsets.UTF_8);
    try (Producer<byte[], byte[]> producer =
        log.transactionalProducer("millrace-source-" + source.folded(), Duration.ofMinutes(1))) {
      Set<Integer> notes = kept(log, source).notes.keySet();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(POSITIONS, 0, key, null));
      for (int note : notes) {
        producer.send(new ProducerRecord<>(POSITIONS, 0, noteKey(source, note), null));
      }
      producer.commitTransaction();
    } catch (KafkaException e) {
      throw log.explain(e, "forget the position of source " + source);
    }
  }

  /** What was not committed is aborted, now or by the next writer. */
  @Override
  public void close() {
    boolean interrupted = Thread.interrupted();
    try {
      if (open && failure.get() == null) {
        producer.abortTransaction();
      }
      producer.close(CLOSE);
    } catch (KafkaException | IllegalStateException e) {
      // The next writer fences it.
      producer.close(Duration.ZERO);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
