package io.millrace.flow.topic;

import io.millrace.catalog.DeadLetters;
import io.millrace.flow.DeadLetter;
import io.millrace.format.ByteSink;
import io.millrace.format.Formats;
import io.millrace.format.ObjectRow;
import io.millrace.format.RecordEncoder;
import io.millrace.log.LogClient;
import io.millrace.model.Positions;
import io.millrace.registry.AvroContracts;
import io.millrace.registry.Contracts;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;

/**
 * Takes letters out of the table of dead letters, in one transaction with the records that go
 * through their statements again. Not thread-safe, and one at a time per cluster: its transactional
 * id is always the same, so a later one fences an earlier one.
 */
public final class ReplayWriter implements AutoCloseable {
  /** Its owner is the empty name, which no statement has: what it leaves open is an orphan. */
  private static final String TRANSACTIONAL_ID = "millrace//replays";

  private static final Duration TIME_OUT = Duration.ofMinutes(1);

  private final LogClient log;
  private final Producer<byte[], byte[]> producer;
  private final RecordEncoder keys;
  private final ObjectRow row = new ObjectRow(DeadLetters.SCHEMA);
  private final ByteSink bytes = new ByteSink();

  public ReplayWriter(LogClient log, Contracts contracts) {
    this.log = log;
    int contract =
        contracts.register(
            DeadLetters.NAME.topic() + "-key", AvroContracts.keySchema(DeadLetters.SCHEMA));
    this.keys = new Formats(contracts).keyEncoder(DeadLetters.SCHEMA, contract);
    this.producer = log.transactionalProducer(TRANSACTIONAL_ID, TIME_OUT);
  }

  /**
   * All of them or none. {@code created} says when the letter's statement was created. Returns
   * where the table of dead letters ends now.
   */
  public Positions replay(Collection<DeadLetter> letters, Function<DeadLetter, Instant> created) {
    return write(letters, letter -> producer.send(Replayed.of(letter, created.apply(letter))));
  }

  /** Takes letters away whose records need not be read again; returns the end as above. */
  public Positions remove(Collection<DeadLetter> letters) {
    return write(letters, letter -> {});
  }

  private Positions write(Collection<DeadLetter> letters, Consumer<DeadLetter> replay) {
    Future<RecordMetadata> last = null;
    try {
      producer.beginTransaction();
      for (DeadLetter letter : letters) {
        replay.accept(letter);
        last = producer.send(new ProducerRecord<>(DeadLetters.NAME.topic(), key(letter), null));
      }
      producer.commitTransaction();
      // The cluster's own answer may be older: it writes the markers after it has agreed.
      return last == null ? Positions.NONE : Positions.of(Map.of(0, last.get().offset() + 1));
    } catch (KafkaException | ExecutionException | InterruptedException e) {
      throw log.explain(e, "replay dead letters");
    }
  }

  private byte[] key(DeadLetter letter) {
    bytes.reset();
    keys.encode(
        row.set(
            letter.statement().toString(),
            letter.stage(),
            letter.topic(),
            letter.partition(),
            letter.offset(),
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null),
        bytes);
    return bytes.toByteArray();
  }

  @Override
  public void close() {
    producer.close();
  }
}
