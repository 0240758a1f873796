package io.millrace.source;

import io.millrace.catalog.Requests;
import io.millrace.format.ByteSink;
import io.millrace.format.DecodeException;
import io.millrace.format.Formats;
import io.millrace.format.ObjectRow;
import io.millrace.format.RecordEncoder;
import io.millrace.format.RowBuffer;
import io.millrace.log.LogClient;
import io.millrace.model.BytesView;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Positions;
import io.millrace.model.RowReader;
import io.millrace.registry.AvroContracts;
import io.millrace.registry.Contracts;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * Requests that bore a key of their sender's ({@code Idempotency-Key}: IETF draft "The
 * Idempotency-Key HTTP Header Field") and what became of them, in the stream {@link Requests#NAME}.
 * What is written there goes into the transaction with the request's rows, so that a request that
 * is sent again is known if, and only if, its rows are there. Of each key 16 bytes of digest and
 * the place of its record are kept, of a million keys at most; the rest is read again. Thread-safe.
 */
final class KnownRequests {
  private static final int MOST = 1_000_000;
  private static final int LONGEST_KEY = 255;
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String TOPIC = Requests.NAME.topic();
  private static final TopicPartition PLACE = new TopicPartition(TOPIC, 0);

  private final LogClient log;
  private final Contracts contracts;
  private final Formats formats;
  private final Map<ByteBuffer, Long> places =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Long> eldest) {
          return size() > MOST;
        }
      };
  private final Set<ByteBuffer> underWay = new HashSet<>();
  private RecordEncoder encoder;
  private long next;

  /** Whether the topic may hold more than is known here: at first, and after a failed commit. */
  private boolean behind = true;

  /**
   * What became of a request.
   *
   * @param digest of its rows as they were sent
   */
  record Known(byte[] digest, long accepted, long refused, Positions positions) {}

  KnownRequests(LogClient log, Contracts contracts, Formats formats) {
    this.log = log;
    this.contracts = contracts;
    this.formats = formats;
  }

  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  /**
   * A request of this key is under way until the answer is closed. IN_USE where one is already:
   * what becomes of it is not known yet.
   */
  Attempt enter(String topic, String key) {
    if (key.isBlank() || key.length() > LONGEST_KEY) {
      throw new MillraceException(
          ErrorCode.INVALID_REQUEST,
          "Invalid Idempotency-Key: "
              + (key.isBlank()
                  ? "it is empty"
                  : "it has more than " + LONGEST_KEY + " characters"));
    }
    ByteBuffer id = id(topic, key);
    synchronized (this) {
      if (!underWay.add(id)) {
        throw new MillraceException(
                ErrorCode.IN_USE, "Cannot write: a request with Idempotency-Key " + key + " runs")
            .hint("Send it again when that one has ended.");
      }
    }
    Attempt attempt = new Attempt(topic, key, id);
    try {
      attempt.known = known(id);
      return attempt;
    } catch (RuntimeException e) {
      attempt.close();
      throw e;
    }
  }

  private static ByteBuffer id(String topic, String key) {
    byte[] digest = digest().digest((topic + '\0' + key).getBytes(StandardCharsets.UTF_8));
    return ByteBuffer.wrap(Arrays.copyOf(digest, 16));
  }

  private synchronized Optional<Known> known(ByteBuffer id) {
    if (behind) {
      catchUp();
    }
    return Optional.ofNullable(places.get(id)).flatMap(this::read);
  }

  private void catchUp() {
    long from = Math.max(next, log.beginning(TOPIC).offsets().get(0));
    long end = log.end(TOPIC, false).offsets().get(0);
    RowBuffer row = new RowBuffer(Requests.SCHEMA);
    read(
        from,
        end,
        record ->
            decode(record, row)
                .ifPresent(r -> places.put(id(text(r.utf8(0)), text(r.utf8(1))), record.offset())));
    next = end;
    behind = false;
  }

  /** Empty where retention has removed it meanwhile. */
  private Optional<Known> read(long place) {
    if (place < log.beginning(TOPIC).offsets().get(0)) {
      return Optional.empty();
    }
    Known[] found = new Known[1];
    read(
        place,
        place + 1,
        record -> {
          if (record.offset() == place) {
            decode(record, new RowBuffer(Requests.SCHEMA))
                .ifPresent(
                    row ->
                        found[0] =
                            new Known(
                                bytes(row.bytes(2)),
                                row.getLong(3),
                                row.getLong(4),
                                Positions.parse(text(row.utf8(5)))));
          }
        });
    return Optional.ofNullable(found[0]);
  }

  private void read(long from, long end, Consumer<ConsumerRecord<byte[], byte[]>> visitor) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try (var consumer = log.consumer(Map.of())) {
      consumer.assign(List.of(PLACE));
      consumer.seek(PLACE, from);
      while (consumer.position(PLACE) < end) {
        consumer.poll(POLL).forEach(visitor);
        if (System.nanoTime() > deadline) {
          throw new MillraceException(
                  ErrorCode.KAFKA_UNAVAILABLE,
                  "Cannot tell whether the request was written before: topic "
                      + TOPIC
                      + " is held by a transaction that has not ended")
              .hint("Send it again, with the same Idempotency-Key.");
        }
      }
    } catch (KafkaException e) {
      throw log.explain(e, "read topic " + TOPIC);
    }
  }

  private Optional<RowReader> decode(ConsumerRecord<byte[], byte[]> record, RowBuffer row) {
    int[] all = IntStream.range(0, Requests.SCHEMA.size()).toArray();
    try {
      formats
          .decoder("avro", Map.of(), Requests.SCHEMA, all)
          .decode(record.value(), 0, record.value().length, row);
      return Optional.of(row.row());
    } catch (DecodeException e) {
      return Optional.empty(); // not one of ours: somebody else wrote into the topic
    }
  }

  private static byte[] bytes(BytesView view) {
    return Arrays.copyOfRange(view.array(), view.offset(), view.offset() + view.length());
  }

  private static String text(BytesView view) {
    return new String(view.array(), view.offset(), view.length(), StandardCharsets.UTF_8);
  }

  private synchronized byte[] encode(
      String topic, String key, byte[] digest, RowsWriter.WriteResult result) {
    if (encoder == null) {
      encoder =
          formats.encoder(
              "avro",
              Map.of(),
              Requests.SCHEMA,
              contracts.register(
                  TOPIC + "-value",
                  AvroContracts.valueSchema(Requests.NAME, Requests.SCHEMA, Optional.empty())));
    }
    ByteSink bytes = new ByteSink();
    encoder.encode(
        new ObjectRow(Requests.SCHEMA)
            .set(
                topic,
                key,
                digest,
                result.accepted(),
                result.refusedCount(),
                result.positions().toString(),
                Instant.now()),
        bytes);
    return bytes.toByteArray();
  }

  /**
   * One request from its arrival to its end; to be closed after its transaction has ended. Used by
   * one thread.
   */
  final class Attempt implements AutoCloseable {
    private final String topic;
    private final String key;
    private final ByteBuffer id;
    private Optional<Known> known = Optional.empty();
    private Transaction.Note note;
    private boolean committed;

    private Attempt(String topic, String key, ByteBuffer id) {
      this.topic = topic;
      this.key = key;
      this.id = id;
    }

    /**
     * What became of the request when it was sent before; INVALID_REQUEST where that one had other
     * rows.
     */
    Optional<Known> known(byte[] digest) {
      if (known.isPresent() && !Arrays.equals(known.get().digest(), digest)) {
        throw new MillraceException(
                ErrorCode.INVALID_REQUEST,
                "Cannot write: Idempotency-Key " + key + " was used for other rows")
            .hint("Use a new key for each request, and the same only to send it again.");
      }
      return known;
    }

    boolean isKnown() {
      return known.isPresent();
    }

    /** Adds to the transaction that the request is written. */
    void note(Transaction transaction, byte[] digest, RowsWriter.WriteResult result) {
      note = transaction.note(TOPIC, encode(topic, key, digest, result));
    }

    /** The transaction has ended without an error. */
    void committed() {
      committed = true;
    }

    @Override
    public void close() {
      synchronized (KnownRequests.this) {
        underWay.remove(id);
        if (note != null && committed) {
          places.put(id, note.offset());
        } else if (note != null) {
          behind = true; // the commit may or may not have taken place
        }
      }
    }
  }
}
