package io.millrace.flow.topic;

import io.millrace.catalog.DeadLetters;
import io.millrace.catalog.Relation;
import io.millrace.flow.topic.mark.Mark;
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
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.minicluster.RpcServiceSharing;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.catalog.GenericInMemoryCatalog;
import org.apache.flink.table.factories.Factory;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Broker, registry and Flink in one process, and tables that tests declare in Flink's DDL. */
final class TestWarehouse implements AutoCloseable {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final EmbeddedBroker broker;
  private final RegistryService service;
  private final RegistryHttp registry;
  private final MiniCluster cluster;
  private final Map<String, TopicTable> tables = new ConcurrentHashMap<>();
  final LogClient log;
  final Contracts contracts;
  final Formats formats;

  TestWarehouse(Path folder) throws Exception {
    broker = EmbeddedBroker.start(new BrokerSettings(folder, 0, Map.of()));
    log = LogClient.connect(LogSettings.of(broker.bootstrap()));
    service = RegistryService.start(log);
    registry = RegistryHttp.start(service, "127.0.0.1", 0);
    contracts = new Contracts(RegistrySettings.of(registry.url()));
    formats = new Formats(contracts);
    Configuration configuration = new Configuration();
    configuration.setString("rest.address", "127.0.0.1");
    configuration.setString("rest.bind-port", "0");
    configuration.setString("taskmanager.memory.managed.size", "128m");
    configuration.setString("taskmanager.memory.network.min", "64m");
    configuration.setString("taskmanager.memory.network.max", "64m");
    cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(8)
                .setRpcServiceSharing(RpcServiceSharing.SHARED)
                .build());
    cluster.start();
    relation(DeadLetters.NAME, Relation.Kind.TABLE, 1, DeadLetters.SCHEMA, Relation.EventTime.NONE);
  }

  /** Columns are written as in SQL: {@code "id BIGINT NOT NULL"}. */
  static RowSchema schema(List<String> key, String... columns) {
    return new RowSchema(
        Arrays.stream(columns)
            .map(c -> c.split(" ", 2))
            .map(c -> new Column(c[0], TypeParser.parse(c[1])))
            .toList(),
        key);
  }

  Relation stream(String name, int partitions, Relation.EventTime time, String... columns) {
    RowSchema schema = schema(List.of(), columns);
    return relation(Name.of(name), Relation.Kind.STREAM, partitions, schema, time);
  }

  Relation table(String name, int partitions, List<String> key, String... columns) {
    RowSchema schema = schema(key, columns);
    return relation(
        Name.of(name), Relation.Kind.TABLE, partitions, schema, Relation.EventTime.NONE);
  }

  private Relation relation(
      Name name,
      Relation.Kind kind,
      int partitions,
      RowSchema schema,
      Relation.EventTime eventTime) {
    boolean isTable = kind == Relation.Kind.TABLE;
    log.create(
        TopicSpec.of(
            name.topic(),
            partitions,
            isTable ? new Retention.Compacted() : new Retention.Forever()));
    int key =
        isTable ? contracts.register(name.topic() + "-key", AvroContracts.keySchema(schema)) : -1;
    int value =
        contracts.register(
            name.topic() + "-value", AvroContracts.valueSchema(name, schema, Optional.empty()));
    return new Relation(
        name,
        kind,
        name.topic(),
        "avro",
        schema,
        List.of(),
        List.of(),
        schema.columns().stream().map(Column::name).toList(),
        eventTime == Relation.EventTime.NONE
            ? Optional.empty()
            : Optional.of(new WatermarkDefinition("ts", "ts")),
        eventTime,
        Optional.empty(),
        Map.of(),
        key,
        value,
        Optional.empty(),
        false,
        "",
        Instant.EPOCH);
  }

  /** A bounded read to the end of the moment, at-least-once writing with marks, dead letters on. */
  Use use(Relation relation) {
    return new Use(relation);
  }

  final class Use {
    private final Relation relation;
    private String statement = "test_statement";
    private long epoch = 1;
    private Start start = Start.EARLIEST;
    private boolean bounded = true;
    private Delivery delivery = Delivery.AT_LEAST_ONCE;
    private Duration idle;

    private Use(Relation relation) {
      this.relation = relation;
    }

    Use by(String name, long submission) {
      statement = name;
      epoch = submission;
      return this;
    }

    Use from(Start where) {
      start = where;
      return this;
    }

    Use unbounded() {
      bounded = false;
      return this;
    }

    Use exactlyOnce() {
      delivery = Delivery.EXACTLY_ONCE;
      return this;
    }

    Use idleAfter(Duration time) {
      idle = time;
      return this;
    }

    TopicTable table() {
      return new TopicTable(
          relation,
          log.settings(),
          contracts.settings(),
          Name.of(statement),
          epoch,
          start,
          bounded ? Optional.of(log.end(relation.topic())) : Optional.empty(),
          delivery,
          "millrace/" + statement + "/",
          MINUTE,
          Duration.ofMillis(200),
          Optional.ofNullable(idle),
          true,
          false,
          Optional.of(Instant.EPOCH));
    }

    /** Shows the relation to queries under this name, until another one takes it. */
    void as(String name) {
      tables.put(name, table());
    }
  }

  /** A planning session whose tables are declared without a WITH clause. */
  @SuppressWarnings("deprecation") // Nothing else takes a catalog that exists already.
  TableEnvironment session(int parallelism, Map<String, String> options) throws Exception {
    URI rest = cluster.getRestAddress().get();
    Configuration configuration = new Configuration();
    configuration.setString("execution.target", "remote");
    configuration.setString("rest.address", rest.getHost());
    configuration.setString("rest.port", Integer.toString(rest.getPort()));
    configuration.setString("jobmanager.rpc.address", rest.getHost());
    configuration.setString("parallelism.default", Integer.toString(parallelism));
    configuration.setString("pipeline.object-reuse", "true");
    configuration.setString("table.local-time-zone", "UTC");
    options.forEach(configuration::setString);
    TableEnvironment session =
        TableEnvironment.create(
            EnvironmentSettings.newInstance()
                .inStreamingMode()
                .withConfiguration(configuration)
                .build());
    Factory factory = new TopicTableFactory(id -> tables.get(id.getObjectName()), false);
    session.registerCatalog(
        "w",
        new GenericInMemoryCatalog("w", "public") {
          @Override
          public Optional<Factory> getFactory() {
            return Optional.of(factory);
          }
        });
    session.useCatalog("w");
    return session;
  }

  TableEnvironment session(int parallelism) throws Exception {
    return session(parallelism, Map.of());
  }

  void write(Relation relation, int partition, Object[]... rows) {
    write(relation, partition, Arrays.asList(rows));
  }

  /** Appends rows to one partition, or to the partition of their key where it is negative. */
  void write(Relation relation, int partition, List<Object[]> rows) {
    RecordEncoder values =
        formats.encoder("avro", Map.of(), relation.schema(), relation.valueSchemaId());
    RecordEncoder keys =
        relation.isTable() ? formats.keyEncoder(relation.schema(), relation.keySchemaId()) : null;
    ObjectRow row = new ObjectRow(relation.schema());
    ByteSink bytes = new ByteSink();
    try (Producer<byte[], byte[]> producer = log.producer(Map.of())) {
      for (Object[] one : rows) {
        row.set(one);
        byte[] key = null;
        if (keys != null) {
          bytes.reset();
          keys.encode(row, bytes);
          key = bytes.toByteArray();
        }
        bytes.reset();
        values.encode(row, bytes);
        producer.send(
            new ProducerRecord<>(
                relation.topic(), partition < 0 ? null : partition, key, bytes.toByteArray()));
      }
      producer.flush();
    }
  }

  /** Deletes the row whose key columns these values hold. */
  void delete(Relation table, Object... row) {
    ByteSink bytes = new ByteSink();
    formats
        .keyEncoder(table.schema(), table.keySchemaId())
        .encode(new ObjectRow(table.schema()).set(row), bytes);
    raw(table.topic(), bytes.toByteArray(), null);
  }

  void raw(String topic, byte[] key, byte[] value) {
    try (Producer<byte[], byte[]> producer = log.producer(Map.of())) {
      producer.send(new ProducerRecord<>(topic, key, value));
      producer.flush();
    }
  }

  /** Every committed record, control records included. */
  List<ConsumerRecord<byte[], byte[]>> records(String topic) {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    Positions end = log.end(topic);
    try (Consumer<byte[], byte[]> consumer = log.consumer(Map.of())) {
      List<TopicPartition> partitions =
          end.offsets().keySet().stream().map(p -> new TopicPartition(topic, p)).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (partitions.stream()
          .anyMatch(p -> consumer.position(p) < end.offsets().get(p.partition()))) {
        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
      }
    }
    return records;
  }

  /** Every committed row, as values in contract order; tombstones and control records left out. */
  List<Object[]> rows(Relation relation) {
    List<Object[]> rows = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : records(relation.topic())) {
      if (record.value() != null) {
        rows.add(row(relation, record));
      }
    }
    return rows;
  }

  Object[] row(Relation relation, ConsumerRecord<byte[], byte[]> record) {
    RowSchema schema = relation.schema();
    RecordDecoder decoder =
        formats.decoder("avro", Map.of(), schema, IntStream.range(0, schema.size()).toArray());
    List<Object[]> rows = new ArrayList<>();
    try {
      decoder.decode(record.value(), 0, record.value().length, new ObjectWriter(schema, rows::add));
    } catch (DecodeException e) {
      throw new AssertionError(e);
    }
    return rows.get(0);
  }

  Relation deadLetters() {
    return new Relation(
        DeadLetters.NAME,
        Relation.Kind.TABLE,
        DeadLetters.NAME.topic(),
        "avro",
        DeadLetters.SCHEMA,
        List.of(),
        List.of(),
        List.of(),
        Optional.empty(),
        Relation.EventTime.NONE,
        Optional.empty(),
        Map.of(),
        -1,
        -1,
        Optional.empty(),
        false,
        "",
        Instant.EPOCH);
  }

  List<Mark> marks(String topic) {
    return records(topic).stream().map(Mark::of).filter(m -> m != null).toList();
  }

  @Override
  public void close() throws Exception {
    cluster.close();
    contracts.close();
    registry.close();
    service.close();
    log.close();
    broker.close();
  }
}
