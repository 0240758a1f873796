package io.millrace.dist;

import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import io.millrace.registry.Contracts;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Debezium as others run it: a real engine with its own settings, whose events go into topics as
 * Kafka Connect writes them. Each goes into three, in JSON without and with schemas and in Avro:
 * {@code <topic>.json}, {@code <topic>.told}, {@code <topic>.avro}.
 */
final class DebeziumFeed implements AutoCloseable {
  static final List<String> SUFFIXES = List.of(".json", ".told", ".avro");

  private final KafkaProducer<byte[], byte[]> producer;
  private final Contracts contracts;
  private final ConnectAvro avro = new ConnectAvro();
  private final DebeziumEngine<?> engine;
  private final Thread thread;
  private volatile Exception failure;

  DebeziumFeed(String bootstrap, Contracts contracts, Map<String, String> connector) {
    this.contracts = contracts;
    this.producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrap, "linger.ms", 5),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    Properties properties = new Properties();
    properties.putAll(connector);
    properties.put("name", "feed");
    // Asked for by Kafka Connect; nothing is read or written by it.
    properties.put("bootstrap.servers", bootstrap);
    properties.put("offset.storage", "org.apache.kafka.connect.storage.MemoryOffsetBackingStore");
    properties.put("poll.interval.ms", "20");
    this.engine =
        DebeziumEngine.create(ChangeEventFormat.of(Connect.class))
            .using(properties)
            .notifying((DebeziumEngine.ChangeConsumer<RecordChangeEvent<SourceRecord>>) this::tell)
            .build();
    this.thread = new Thread(engine, "debezium");
    thread.start();
  }

  private void tell(
      List<RecordChangeEvent<SourceRecord>> batch,
      DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
      throws InterruptedException {
    for (RecordChangeEvent<SourceRecord> event : batch) {
      tell(event.record());
      committer.markProcessed(event);
    }
    producer.flush();
    if (failure != null) {
      throw new IllegalStateException("a change could not be told", failure);
    }
    committer.markBatchFinished();
  }

  private void tell(SourceRecord record) {
    send(record, ".json", json(true, false, record), json(false, false, record));
    send(record, ".told", json(true, true, record), json(false, true, record));
    send(record, ".avro", avro(true, record), avro(false, record));
  }

  private void send(SourceRecord record, String suffix, byte[] key, byte[] value) {
    producer.send(
        new ProducerRecord<>(record.topic() + suffix, key, value),
        (sent, e) -> {
          if (e != null) {
            failure = e;
          }
        });
  }

  private static byte[] json(boolean key, boolean schemas, SourceRecord record) {
    try (JsonConverter converter = new JsonConverter()) {
      converter.configure(Map.of("schemas.enable", schemas), key);
      // A null is written as one only by who has no schema for it.
      return key
          ? converter.fromConnectData(record.topic(), record.keySchema(), record.key())
          : converter.fromConnectData(record.topic(), record.valueSchema(), record.value());
    }
  }

  private byte[] avro(boolean key, SourceRecord record) {
    Schema schema = key ? record.keySchema() : record.valueSchema();
    Object value = key ? record.key() : record.value();
    if (value == null) {
      return null;
    }
    String subject = record.topic() + ".avro" + (key ? "-key" : "-value");
    return avro.encode(contracts.register(subject, avro.schema(schema)), schema, value);
  }

  @Override
  public void close() throws IOException {
    engine.close();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    producer.close();
  }
}
