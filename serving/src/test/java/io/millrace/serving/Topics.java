package io.millrace.serving;

import io.millrace.catalog.Relation;
import io.millrace.catalog.Relation.MetadataColumn;
import io.millrace.format.ByteSink;
import io.millrace.format.Formats;
import io.millrace.format.ObjectRow;
import io.millrace.format.RecordEncoder;
import io.millrace.log.LogClient;
import io.millrace.log.LogSettings;
import io.millrace.log.Retention;
import io.millrace.log.TopicSpec;
import io.millrace.log.broker.BrokerSettings;
import io.millrace.log.broker.EmbeddedBroker;
import io.millrace.model.Column;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.registry.AvroContracts;
import io.millrace.registry.Contracts;
import io.millrace.registry.RegistrySettings;
import io.millrace.registry.server.RegistryHttp;
import io.millrace.registry.server.RegistryService;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** An embedded broker and registry with topics of rows in Avro. */
final class Topics implements AutoCloseable {
  private final EmbeddedBroker broker;
  private final RegistryService service;
  private final RegistryHttp http;
  private final Contracts contracts;
  private final Producer<byte[], byte[]> producer;
  final LogClient log;
  final Formats formats;

  Topics(Path folder) {
    broker = EmbeddedBroker.start(new BrokerSettings(folder, 0, Map.of()));
    log = LogClient.connect(new LogSettings(broker.bootstrap(), Map.of()));
    service = RegistryService.start(log);
    http = RegistryHttp.start(service, "127.0.0.1", 0);
    contracts =
        new Contracts(
            new RegistrySettings(http.url(), Optional.empty(), Optional.empty(), Map.of()));
    formats = new Formats(contracts);
    producer = log.producer(Map.of("linger.ms", "0"));
  }

  /** A stream or, with a key, a table, with its topic and contracts. */
  Relation create(String name, int partitions, RowSchema schema, MetadataColumn... metadata) {
    Name parsed = Name.parse(name);
    log.create(
        TopicSpec.of(
            parsed.topic(),
            partitions,
            schema.isKeyed() ? new Retention.Compacted() : new Retention.Forever()));
    return relation(parsed, schema, "avro", Optional.of("About " + name), metadata);
  }

  Relation relation(
      Name name,
      RowSchema schema,
      String format,
      Optional<String> comment,
      MetadataColumn... metadata) {
    int keyId =
        schema.isKeyed()
            ? contracts.register(name.topic() + "-key", AvroContracts.keySchema(schema))
            : -1;
    int valueId =
        format.equals("avro")
            ? contracts.register(
                name.topic() + "-value", AvroContracts.valueSchema(name, schema, comment))
            : -1;
    List<String> order = new ArrayList<>(Stream.of(metadata).map(MetadataColumn::name).toList());
    schema.columns().stream().map(Column::name).forEach(order::add);
    return new Relation(
        name,
        schema.isKeyed() ? Relation.Kind.TABLE : Relation.Kind.STREAM,
        name.topic(),
        format,
        schema,
        List.of(),
        List.of(metadata),
        order,
        Optional.empty(),
        Relation.EventTime.NONE,
        comment,
        Map.of(),
        keyId,
        valueId,
        Optional.empty(),
        false,
        "",
        Instant.EPOCH);
  }

  /** The relation under another name, over another topic. */
  static Relation at(String topic, Relation relation, Name name) {
    return new Relation(
        name,
        relation.kind(),
        topic,
        relation.format(),
        relation.schema(),
        relation.computed(),
        relation.metadata(),
        relation.columnOrder(),
        relation.watermark(),
        relation.eventTime(),
        relation.comment(),
        relation.options(),
        relation.keySchemaId(),
        relation.valueSchemaId(),
        relation.filledBy(),
        relation.foreign(),
        relation.statement(),
        relation.created());
  }

  /** The record of a row; a table's is keyed by it, and with {@code delete} a tombstone. */
  ProducerRecord<byte[], byte[]> record(
      Relation relation, int partition, Instant timestamp, boolean delete, Object... values) {
    ObjectRow row = new ObjectRow(relation.schema()).set(values);
    byte[] key = null;
    if (relation.isTable()) {
      key = bytes(formats.keyEncoder(relation.schema(), relation.keySchemaId()), row);
    }
    byte[] value =
        delete
            ? null
            : bytes(
                formats.encoder("avro", Map.of(), relation.schema(), relation.valueSchemaId()),
                row);
    return new ProducerRecord<>(relation.topic(), partition, timestamp.toEpochMilli(), key, value);
  }

  private static byte[] bytes(RecordEncoder encoder, ObjectRow row) {
    ByteSink sink = new ByteSink();
    encoder.encode(row, sink);
    return sink.toByteArray();
  }

  void send(Relation relation, int partition, Object... values) {
    send(record(relation, partition, Instant.now(), false, values));
  }

  void delete(Relation relation, int partition, Object... values) {
    send(record(relation, partition, Instant.now(), true, values));
  }

  void send(ProducerRecord<byte[], byte[]> record) {
    producer.send(record);
    producer.flush();
  }

  Producer<byte[], byte[]> transactional(String id) {
    return log.transactionalProducer(id, Duration.ofMinutes(5));
  }

  @Override
  public void close() {
    producer.close();
    contracts.close();
    http.close();
    service.close();
    log.close();
    broker.close();
  }
}
