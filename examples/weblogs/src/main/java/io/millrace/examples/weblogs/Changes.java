package io.millrace.examples.weblogs;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Changes of a table, upserts and deletes of random keys, sent as any program would send them: an
 * ordinary Kafka producer and Apache Avro's encoder. Each change has a time; they come shuffled,
 * none more than a bound of places early or late. The table is what the topic's order makes it: the
 * last that was sent of each key, if that was no delete.
 */
final class Changes implements AutoCloseable {
  static final String TABLE = "accounts";
  static final String CREATE =
      "CREATE TABLE accounts (account STRING NOT NULL, balance BIGINT, note STRING,"
          + " PRIMARY KEY (account)) WITH ('partitions' = '4');";
  static final List<String> COLUMNS = List.of("account", "balance", "note");

  private static final int EARLY_OR_LATE = 1000;
  private static final int ONE_DELETE_IN = 4;
  private static final int TICKS_PER_SECOND = 500;
  private static final int MOST_ON_THEIR_WAY = 2000;

  /** A delete where the note is null. */
  private record Change(String account, long time, String note) {}

  private final List<Change> all;
  private final int perSecond;
  private final KafkaProducer<byte[], byte[]> producer;
  private final Encoder keys;
  private final Encoder values;
  private final Thread thread = new Thread(this::run, "changes");
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final AtomicInteger acknowledged = new AtomicInteger();
  private volatile int sent;

  /** Prepares so many changes of so many keys; the table must be there. */
  Changes(ServerProcess server, long seed, int changes, int keys, int perSecond)
      throws IOException, InterruptedException {
    this.all = draw(new SplittableRandom(seed), changes, keys);
    this.perSecond = perSecond;
    this.keys = new Encoder(server.contract(TABLE + "-key"));
    this.values = new Encoder(server.contract(TABLE + "-value"));
    this.producer = Generator.producer(server.bootstrap());
  }

  private static List<Change> draw(SplittableRandom random, int changes, int keys) {
    Map<Change, Integer> places = new HashMap<>();
    for (int i = 0; i < changes; i++) {
      boolean delete = random.nextInt(ONE_DELETE_IN) == 0;
      places.put(
          new Change(
              "account-" + random.nextInt(keys), i, delete ? null : "note-" + random.nextInt(100)),
          i + random.nextInt(EARLY_OR_LATE));
    }
    List<Change> shuffled = new ArrayList<>(places.keySet());
    shuffled.sort(Comparator.<Change>comparingInt(places::get).thenComparingLong(Change::time));
    return List.copyOf(shuffled);
  }

  /** Values of one contract in Confluent's wire format. */
  private static final class Encoder {
    private final int id;
    private final Schema schema;
    private final GenericDatumWriter<Object> writer;

    Encoder(JsonNode contract) {
      id = contract.get("id").asInt();
      schema = new Schema.Parser().parse(contract.get("schema").asText());
      writer = new GenericDatumWriter<>(schema);
    }

    byte[] encode(Object value) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      bytes.writeBytes(ByteBuffer.allocate(5).put((byte) 0).putInt(id).array());
      try {
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        writer.write(value, encoder);
        encoder.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return bytes.toByteArray();
    }
  }

  void start() {
    thread.start();
  }

  private void run() {
    while (sent < all.size()) {
      // What could not be sent while the server was away is not made up for: it would be over soon.
      int upTo = Math.min(sent + perSecond / TICKS_PER_SECOND, all.size());
      while (sent < upTo && sent - acknowledged.get() < MOST_ON_THEIR_WAY) {
        send(all.get(sent));
        sent++;
      }
      LockSupport.parkNanos(1_000_000_000L / TICKS_PER_SECOND);
    }
    producer.flush();
  }

  private void send(Change change) {
    byte[] value = null;
    if (change.note() != null) {
      GenericData.Record record = new GenericData.Record(values.schema);
      record.put("account", change.account());
      record.put("balance", change.time());
      record.put("note", change.note());
      value = values.encode(record);
    }
    producer.send(
        new ProducerRecord<>(TABLE, keys.encode(change.account()), value),
        (metadata, exception) -> {
          acknowledged.incrementAndGet();
          if (exception != null) {
            failure.compareAndSet(null, exception);
          }
        });
  }

  int sent() {
    return sent;
  }

  /** What the table must be in the end. */
  Destination.Contents truth() {
    Map<String, Change> table = new HashMap<>();
    all.forEach(change -> table.put(change.account(), change));
    table.values().removeIf(change -> change.note() == null);
    Digest digest = new Digest();
    table.values().forEach(row -> digest.add(row.account() + " " + row.time() + " " + row.note()));
    return new Destination.Contents(table.size(), digest.value());
  }

  /** Sends the rest and waits until Kafka has them all; throws if it refused one. */
  @Override
  public void close() throws InterruptedException {
    thread.join();
    producer.close();
    if (failure.get() != null) {
      throw new IllegalStateException("Failed to send a change", failure.get());
    }
  }
}
