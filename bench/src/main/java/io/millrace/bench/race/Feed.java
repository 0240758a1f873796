package io.millrace.bench.race;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes the lines of one pass in one transaction. Engines read committed records, so all lines
 * appear at the moment of {@link #show()} and writing them costs nobody's measured time.
 */
public final class Feed implements AutoCloseable {
  private final String topic;
  private final UnaryOperator<byte[]> records;
  private final KafkaProducer<byte[], byte[]> producer;

  /** {@code records} makes a record's value of a line's bytes. */
  public Feed(String kafka, String topic, UnaryOperator<byte[]> records) {
    this.topic = topic;
    this.records = records;
    this.producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers", kafka,
                "transactional.id", "feed-" + topic,
                "transaction.timeout.ms", "900000",
                "batch.size", "262144",
                "linger.ms", "20"),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    producer.initTransactions();
  }

  /** Writes the lines of this seed out of sight; adds them to {@code truth}. */
  public void write(long seed, long rows, LineDigest truth) {
    LogLines lines = new LogLines(seed);
    producer.beginTransaction();
    for (long i = 0; i < rows; i++) {
      String line = lines.next();
      truth.add(line);
      producer.send(
          new ProducerRecord<>(
              topic,
              (int) (i % Place.PARTITIONS),
              null,
              records.apply(line.getBytes(StandardCharsets.US_ASCII))));
    }
    producer.flush();
  }

  /** Lets readers see them. */
  public void show() {
    producer.commitTransaction();
  }

  @Override
  public void close() {
    producer.close();
  }
}
