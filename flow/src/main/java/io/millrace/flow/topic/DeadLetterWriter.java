package io.millrace.flow.topic;

import io.millrace.catalog.DeadLetters;
import io.millrace.flow.topic.row.RowDataReader;
import io.millrace.format.ByteSink;
import io.millrace.format.Formats;
import io.millrace.format.RecordEncoder;
import io.millrace.log.LogClient;
import io.millrace.log.LogSettings;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.registry.AvroContracts;
import io.millrace.registry.Contracts;
import io.millrace.registry.RegistrySettings;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * Writes refused records to the table of dead letters. A letter's key is (statement, stage, topic,
 * partition, offset), so one that is written again after a restart replaces itself. The topic has
 * to exist. Letters are in the log once {@link #flush()} returns; it and {@link #write} throw what
 * earlier sends failed with. Not thread-safe.
 */
public final class DeadLetterWriter implements AutoCloseable {
  private final Name statement;
  private final Contracts contracts;
  private final Producer<byte[], byte[]> producer;
  private final RecordEncoder keys;
  private final RecordEncoder values;
  private final RowDataReader reader;
  private final ByteSink bytes = new ByteSink();
  private final AtomicReference<Exception> failure = new AtomicReference<>();

  /**
   * A refused record as it lies in the log.
   *
   * @param timestamp milliseconds since 1970-01-01T00:00 UTC
   * @param key may be null, as {@code value} may
   */
  public record Refused(
      String stage,
      String topic,
      int partition,
      long offset,
      long timestamp,
      byte[] key,
      byte[] value,
      Headers headers) {}

  public DeadLetterWriter(LogSettings log, RegistrySettings registry, Name statement) {
    this.statement = statement;
    this.contracts = new Contracts(registry);
    RowSchema schema = DeadLetters.SCHEMA;
    Formats formats = new Formats(contracts);
    String topic = DeadLetters.NAME.topic();
    // The registry answers with the id it has where the contract is there already.
    int key = contracts.register(topic + "-key", AvroContracts.keySchema(schema));
    int value =
        contracts.register(
            topic + "-value",
            AvroContracts.valueSchema(DeadLetters.NAME, schema, Optional.empty()));
    this.keys = formats.keyEncoder(schema, key);
    this.values = formats.encoder("avro", Map.of(), schema, value);
    this.reader =
        new RowDataReader(
            schema.columns(),
            FlinkTypes.toFlink(schema).getLogicalType().getChildren(),
            IntStream.range(0, schema.size()).toArray());
    try (LogClient client = LogClient.connect(log)) {
      this.producer = client.producer(Map.of());
    }
  }

  /** {@code field} is the column at fault, "" where the whole record is. */
  public void write(Refused refused, ErrorCode code, String message, String field) {
    check();
    GenericRowData row =
        GenericRowData.of(
            StringData.fromString(statement.toString()),
            StringData.fromString(refused.stage()),
            StringData.fromString(refused.topic()),
            refused.partition(),
            refused.offset(),
            TimestampData.fromEpochMillis(System.currentTimeMillis()),
            StringData.fromString(code.name()),
            StringData.fromString(message),
            field.isEmpty() ? null : StringData.fromString(field),
            refused.key(),
            refused.value(),
            headers(refused.headers()),
            TimestampData.fromEpochMillis(refused.timestamp()));
    reader.of(row);
    byte[] key = encode(keys);
    byte[] value = encode(values);
    producer.send(
        new ProducerRecord<>(DeadLetters.NAME.topic(), key, value),
        (metadata, e) -> {
          if (e != null) {
            failure.compareAndSet(null, e);
          }
        });
  }

  private static GenericMapData headers(Headers headers) {
    Map<StringData, byte[]> map = new HashMap<>();
    for (Header header : headers) {
      map.put(StringData.fromString(header.key()), header.value());
    }
    return new GenericMapData(map);
  }

  private byte[] encode(RecordEncoder encoder) {
    bytes.reset();
    encoder.encode(reader, bytes);
    return bytes.toByteArray();
  }

  /** Returns once every letter is in the log. */
  public void flush() {
    try {
      producer.flush();
    } catch (KafkaException e) {
      failure.compareAndSet(null, e);
    }
    check();
  }

  private void check() {
    Exception e = failure.get();
    if (e != null) {
      throw new MillraceException(
          ErrorCode.KAFKA_UNAVAILABLE, "Cannot write a dead letter: " + e.getMessage(), e);
    }
  }

  /** Sends what is still waiting, for a few seconds at most. */
  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
    contracts.close();
  }
}
