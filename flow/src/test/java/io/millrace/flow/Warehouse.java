package io.millrace.flow;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.DeadLetters;
import io.millrace.catalog.Query;
import io.millrace.catalog.Relation;
import io.millrace.catalog.Relation.EventTime;
import io.millrace.catalog.Relation.Kind;
import io.millrace.format.ByteSink;
import io.millrace.format.DecodeException;
import io.millrace.format.Formats;
import io.millrace.format.ObjectRow;
import io.millrace.format.ObjectWriter;
import io.millrace.format.RecordDecoder;
import io.millrace.format.RecordEncoder;
import io.millrace.log.LogClient;
import io.millrace.log.LogSettings;
import io.millrace.log.Retention;
import io.millrace.log.TopicSpec;
import io.millrace.log.broker.BrokerSettings;
import io.millrace.log.broker.EmbeddedBroker;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.Name;
import io.millrace.model.Positions;
import io.millrace.model.RowSchema;
import io.millrace.model.TypeParser;
import io.millrace.registry.AvroContracts;
import io.millrace.registry.Contracts;
import io.millrace.registry.RegistrySettings;
import io.millrace.registry.server.RegistryHttp;
import io.millrace.registry.server.RegistryService;
import io.millrace.sql.WatermarkDefinition;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** A broker, a registry and a hand-made catalog: what {@link Flow} stands on. */
final class Warehouse implements AutoCloseable {
  private final EmbeddedBroker broker;
  private final LogClient log;
  private final RegistryService service;
  private final RegistryHttp http;
  private final Contracts contracts;
  private final Formats formats;
  private final Producer<byte[], byte[]> producer;
  private CatalogImage image = CatalogImage.empty();

  private Warehouse(Path folder) {
    broker = EmbeddedBroker.start(new BrokerSettings(folder, 0, Map.of()));
    log = LogClient.connect(new LogSettings(broker.bootstrap(), Map.of()));
    service = RegistryService.start(log);
    http = RegistryHttp.start(service, "127.0.0.1", 0);
    contracts =
        new Contracts(
            new RegistrySettings(http.url(), Optional.empty(), Optional.empty(), Map.of()));
    formats = new Formats(contracts);
    producer = log.producer(Map.of());
    log.create(TopicSpec.of(DeadLetters.REPLAYS, 1, new Retention.Forever()));
    add(
        new Relation(
            DeadLetters.NAME,
            Kind.TABLE,
            DeadLetters.NAME.topic(),
            "avro",
            DeadLetters.SCHEMA,
            List.of(),
            List.of(),
            DeadLetters.SCHEMA.columns().stream().map(Column::name).toList(),
            Optional.empty(),
            EventTime.NONE,
            Optional.empty(),
            Map.of(),
            -1,
            -1,
            Optional.empty(),
            false,
            "",
            Instant.EPOCH),
        1);
  }

  static Warehouse start(Path folder) {
    return new Warehouse(folder);
  }

  LogClient log() {
    return log;
  }

  Contracts contracts() {
    return contracts;
  }

  CatalogImage image() {
    return image;
  }

  /** Columns as {@code name TYPE}; a watermark makes the column event time, 1 s behind. */
  Relation stream(String name, int partitions, EventTime eventTime, String... columns) {
    return add(relation(Kind.STREAM, name, List.of(), eventTime, columns), partitions);
  }

  Relation table(String name, int partitions, List<String> key, String... columns) {
    return add(relation(Kind.TABLE, name, key, EventTime.NONE, columns), partitions);
  }

  static Relation relation(
      Kind kind, String name, List<String> key, EventTime eventTime, String... columns) {
    List<Column> physical = new ArrayList<>();
    for (String column : columns) {
      int space = column.indexOf(' ');
      physical.add(
          new Column(column.substring(0, space), TypeParser.parse(column.substring(space + 1))));
    }
    return new Relation(
        Name.parse(name),
        kind,
        Name.parse(name).topic(),
        "avro",
        new RowSchema(physical, key),
        List.of(),
        List.of(),
        physical.stream().map(Column::name).toList(),
        eventTime == EventTime.NONE
            ? Optional.empty()
            : Optional.of(new WatermarkDefinition("ts", "ts - INTERVAL '1' SECOND")),
        eventTime,
        Optional.empty(),
        Map.of(),
        -1,
        -1,
        Optional.empty(),
        false,
        "",
        Instant.EPOCH);
  }

  /** The relation with its topic and contracts made. */
  private Relation add(Relation plain, int partitions) {
    Retention retention = plain.isTable() ? new Retention.Compacted() : new Retention.Forever();
    log.create(new TopicSpec(plain.topic(), partitions, (short) 1, retention, Map.of()));
    int key =
        plain.isTable()
            ? contracts.register(plain.topic() + "-key", AvroContracts.keySchema(plain.schema()))
            : -1;
    int value =
        contracts.register(
            plain.topic() + "-value",
            AvroContracts.valueSchema(plain.name(), plain.schema(), Optional.empty()));
    Relation made =
        new Relation(
            plain.name(),
            plain.kind(),
            plain.topic(),
            plain.format(),
            plain.schema(),
            plain.computed(),
            plain.metadata(),
            plain.columnOrder(),
            plain.watermark(),
            plain.eventTime(),
            plain.comment(),
            plain.options(),
            key,
            value,
            plain.filledBy(),
            plain.foreign(),
            plain.statement(),
            plain.created());
    image = image.with(CatalogDelta.put(made));
    return made;
  }

  /** The relation with one more column, as after ALTER ... ADD COLUMN. */
  Relation addColumn(Relation relation, String definition) {
    int space = definition.indexOf(' ');
    List<Column> columns = new ArrayList<>(relation.schema().columns());
    columns.add(
        new Column(
            definition.substring(0, space), TypeParser.parse(definition.substring(space + 1))));
    return evolve(relation, columns);
  }

  /** The relation with a wider column, as after ALTER ... ALTER COLUMN ... TYPE. */
  Relation widen(Relation relation, String name, DataType type) {
    return evolve(
        relation,
        relation.schema().columns().stream()
            .map(c -> c.name().equals(name) ? new Column(name, type) : c)
            .toList());
  }

  private Relation evolve(Relation relation, List<Column> columns) {
    RowSchema schema = new RowSchema(columns, relation.schema().primaryKey());
    int id =
        contracts.register(
            relation.topic() + "-value",
            AvroContracts.valueSchema(relation.name(), schema, Optional.empty()));
    Relation wider = relation.withSchema(schema, columns.stream().map(Column::name).toList(), id);
    image = image.with(CatalogDelta.put(wider));
    return wider;
  }

  /** A compiled query, the first time it is submitted. */
  Query query(Flow flow, String name, String target, String sql) {
    Query query =
        new Query(
            Name.of(name),
            Name.parse(target),
            sql,
            "",
            1,
            1,
            false,
            Set.of(),
            Map.of(),
            false,
            "",
            Instant.EPOCH);
    return query.withPlan(flow.compile(image, query));
  }

  /** Writes a row to a partition of a stream. */
  void write(Relation stream, int partition, Object... values) {
    producer.send(new ProducerRecord<>(stream.topic(), partition, null, value(stream, values)));
  }

  /** Sets a row of a table. */
  void upsert(Relation table, Object... values) {
    producer.send(new ProducerRecord<>(table.topic(), key(table, values), value(table, values)));
  }

  /** Deletes a row of a table; all columns have to be given. */
  void delete(Relation table, Object... values) {
    producer.send(new ProducerRecord<>(table.topic(), key(table, values), null));
  }

  void writeBytes(Relation stream, int partition, byte[] value) {
    producer.send(new ProducerRecord<>(stream.topic(), partition, null, value));
  }

  void flush() {
    producer.flush();
  }

  /** Removes what lies before this offset in every partition, as retention does. */
  void expire(Relation stream, long offset) {
    Map<TopicPartition, RecordsToDelete> before = new HashMap<>();
    for (int p = 0; p < log.partitions(stream.topic()); p++) {
      before.put(new TopicPartition(stream.topic(), p), RecordsToDelete.beforeOffset(offset));
    }
    try (Admin admin = Admin.create(log.clientProperties())) {
      admin.deleteRecords(before).all().get();
    } catch (ExecutionException | InterruptedException e) {
      throw new AssertionError("Records cannot be deleted", e);
    }
  }

  private byte[] key(Relation relation, Object... values) {
    return encode(formats.keyEncoder(relation.schema(), relation.keySchemaId()), relation, values);
  }

  private byte[] value(Relation relation, Object... values) {
    return encode(
        formats.encoder("avro", Map.of(), relation.schema(), relation.valueSchemaId()),
        relation,
        values);
  }

  private static byte[] encode(RecordEncoder encoder, Relation relation, Object... values) {
    ByteSink sink = new ByteSink();
    encoder.encode(new ObjectRow(relation.schema()).set(values), sink);
    return sink.toByteArray();
  }

  /** A record read back; {@code values} holds the key columns alone where it is a delete. */
  record Seen(int partition, boolean delete, List<Object> values) {}

  /** Every committed row of a relation, partition by partition, in order. */
  List<Seen> read(Relation relation) {
    int[] all = IntStream.range(0, relation.schema().size()).toArray();
    List<Object[]> row = new ArrayList<>();
    ObjectWriter writer = new ObjectWriter(relation.schema(), row::add);
    RecordDecoder values = formats.decoder("avro", Map.of(), relation.schema(), all);
    RecordDecoder keys = relation.isTable() ? formats.keyDecoder(relation.schema(), all) : null;
    Positions end = log.end(relation.topic());
    List<Seen> seen = new ArrayList<>();
    List<TopicPartition> partitions =
        end.offsets().keySet().stream().map(p -> new TopicPartition(relation.topic(), p)).toList();
    try (Consumer<byte[], byte[]> consumer = log.consumer(Map.of("fetch.max.wait.ms", 20))) {
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (partitions.stream()
          .anyMatch(p -> consumer.position(p) < end.offsets().get(p.partition()))) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          if (isControl(record)) {
            continue;
          }
          row.clear();
          boolean delete = record.value() == null;
          byte[] bytes = delete ? record.key() : record.value();
          (delete ? keys : values).decode(bytes, 0, bytes.length, writer);
          List<Object> read = new ArrayList<>();
          for (Object value : row.get(0)) {
            read.add(value);
          }
          seen.add(new Seen(record.partition(), delete, read));
        }
      }
    } catch (DecodeException e) {
      throw new AssertionError("A record cannot be read back", e);
    }
    // Stable: rows of a partition stay in order.
    seen.sort(Comparator.comparingInt(Seen::partition));
    return seen;
  }

  private static boolean isControl(ConsumerRecord<byte[], byte[]> record) {
    boolean markKey =
        record.key() == null
            || new String(record.key(), StandardCharsets.UTF_8).startsWith("_millrace_mark/");
    return record.value() == null && record.headers().lastHeader("wm") != null && markKey;
  }

  /** What a table holds: its rows by the first column. */
  Map<Object, List<Object>> state(Relation table) {
    Map<Object, List<Object>> state = new LinkedHashMap<>();
    for (Seen seen : read(table)) {
      if (seen.delete()) {
        state.remove(seen.values().get(0));
      } else {
        state.put(seen.values().get(0), seen.values());
      }
    }
    return state;
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
