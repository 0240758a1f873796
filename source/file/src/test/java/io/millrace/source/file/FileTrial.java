package io.millrace.source.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.catalog.DeadLetters;
import io.millrace.catalog.Relation;
import io.millrace.format.Formats;
import io.millrace.format.ObjectWriter;
import io.millrace.format.RecordDecoder;
import io.millrace.log.LogClient;
import io.millrace.log.LogSettings;
import io.millrace.log.Retention;
import io.millrace.log.TopicSpec;
import io.millrace.log.broker.BrokerSettings;
import io.millrace.log.broker.EmbeddedBroker;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.registry.AvroContracts;
import io.millrace.registry.Contracts;
import io.millrace.registry.RegistrySettings;
import io.millrace.registry.server.RegistryHttp;
import io.millrace.registry.server.RegistryService;
import io.millrace.source.ChangeWriter;
import io.millrace.source.RowSource;
import io.millrace.source.SourceDefinition;
import io.millrace.source.SourceStatus;
import io.millrace.source.SourceWorker;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A source of files in a folder of its own, and a stream that it fills, for each test. */
abstract class FileTrial {
  static final Duration SOON = Duration.ofSeconds(30);
  static final RowSchema LINES =
      RowSchema.of(new Column("id", DataType.INT), new Column("name", DataType.STRING));

  /** More than is compared of a file's beginning and end. */
  static final String LONG = "x".repeat(3000);

  private static EmbeddedBroker broker;
  private static RegistryService registry;
  private static RegistryHttp http;
  private static Contracts contracts;
  private static int trials;
  static LogClient log;
  static Formats formats;

  @TempDir Path folder;
  Name name;
  Relation target;
  private SourceWorker worker;

  @BeforeAll
  static void startBroker(@TempDir Path data) {
    broker = EmbeddedBroker.start(new BrokerSettings(data, 0, Map.of()));
    log = LogClient.connect(LogSettings.of(broker.bootstrap()));
    registry = RegistryService.start(log);
    http = RegistryHttp.start(registry, "127.0.0.1", 0);
    contracts =
        new Contracts(
            new RegistrySettings(http.url(), Optional.empty(), Optional.empty(), Map.of()));
    formats = new Formats(contracts);
    log.ensure(TopicSpec.of(DeadLetters.NAME.topic(), 1, new Retention.Compacted()));
  }

  @AfterAll
  static void stopBroker() {
    contracts.close();
    http.close();
    registry.close();
    log.close();
    broker.close();
  }

  @BeforeEach
  void makeTarget() {
    name = Name.of("files" + ++trials);
    target = relation(name, LINES);
  }

  @AfterEach
  void stop() {
    if (worker != null) {
      worker.close();
      worker = null;
    }
  }

  static Relation relation(Name name, RowSchema schema) {
    String topic = name.topic();
    boolean keyed = schema.isKeyed();
    log.create(TopicSpec.of(topic, 2, keyed ? new Retention.Compacted() : new Retention.Forever()));
    return new Relation(
        name,
        keyed ? Relation.Kind.TABLE : Relation.Kind.STREAM,
        topic,
        "avro",
        schema,
        List.of(),
        List.of(),
        schema.columns().stream().map(Column::name).toList(),
        Optional.empty(),
        Relation.EventTime.NONE,
        Optional.empty(),
        Map.of(),
        keyed ? contracts.register(topic + "-key", AvroContracts.keySchema(schema)) : -1,
        contracts.register(
            topic + "-value", AvroContracts.valueSchema(name, schema, Optional.empty())),
        Optional.empty(),
        false,
        "",
        Instant.EPOCH);
  }

  /** Starts the source, or the next run of it, with these keys and values. */
  void start(String... options) {
    Map<String, String> with = new HashMap<>();
    with.put("path", folder.toString());
    with.put("every", "50 ms");
    with.put("idle", "1 second");
    for (int i = 0; i < options.length; i += 2) {
      with.put(options[i], options[i + 1]);
    }
    RowSource source =
        (RowSource) new FileConnector(formats).open(new SourceDefinition(name, with));
    source.check(target);
    worker =
        SourceWorker.start(
            name,
            source,
            new SourceWorker.Tables() {
              @Override
              public Map<String, Relation> current() {
                return Map.of(RowSource.TARGET, target);
              }

              @Override
              public Relation addColumns(
                  Relation table, List<Column> columns, Supplier<Boolean> closed) {
                throw new UnsupportedOperationException();
              }
            },
            log,
            contracts,
            formats);
  }

  SourceStatus status() {
    return worker.status();
  }

  Path file(String file) {
    return folder.resolve(file);
  }

  void append(String file, String text) throws IOException {
    Files.createDirectories(file(file).getParent());
    Files.writeString(file(file), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  void truncate(String file) throws IOException {
    Files.write(file(file), new byte[0], StandardOpenOption.TRUNCATE_EXISTING);
  }

  static byte[] packed(byte[] bytes) throws IOException {
    var out = new java.io.ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  /** Packs a file beside itself. */
  void pack(String file) throws IOException {
    Files.write(file(file + ".gz"), packed(Files.readAllBytes(file(file))));
  }

  static String json(int id) {
    return "{\"id\":" + id + ",\"name\":\"n" + id + LONG.substring(0, id % 50) + "\"}\n";
  }

  static String json(int from, int to) {
    StringBuilder text = new StringBuilder();
    IntStream.range(from, to).forEach(id -> text.append(json(id)));
    return text.toString();
  }

  /**
   * Waits until there are so many rows, then until the source has looked again, and answers them.
   */
  List<List<Object>> rows(int count) {
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(read(target)).as(this::told).hasSize(count));
    awaitPass();
    return read(target);
  }

  /** Waits until there are so many rows and no more come, though files may wait. */
  List<List<Object>> seen(int count) {
    await()
        .during(Duration.ofMillis(300))
        .atMost(SOON)
        .untilAsserted(() -> assertThat(read(target)).as(this::told).hasSize(count));
    return read(target);
  }

  private String told() {
    return status() + " " + read(DeadLetters.NAME.topic(), DeadLetters.SCHEMA);
  }

  /** Returns once all that stands in the folder now, and stands still, was looked at. */
  void awaitPass() {
    Instant now = Instant.now();
    await()
        .atMost(SOON)
        .until(() -> status().readUntil().filter(until -> until.isAfter(now)).isPresent());
  }

  /** The ids of all rows, in the order in which they lie in the partitions. */
  List<Object> ids(int count) {
    return rows(count).stream().map(row -> row.get(0)).toList();
  }

  void assertIds(int from, int to) {
    assertThat(ids(to - from).stream().sorted().toList())
        .isEqualTo(IntStream.range(from, to).<Object>mapToObj(i -> i).toList());
  }

  List<List<Object>> read(Relation relation) {
    return read(relation.topic(), relation.schema());
  }

  /** The dead letters of this source: topic, offset, code, message, field, bytes as text. */
  List<List<Object>> letters() {
    return read(DeadLetters.NAME.topic(), DeadLetters.SCHEMA).stream()
        .filter(row -> row.get(0).equals(name.toString()))
        .map(
            row ->
                Arrays.asList(
                    row.get(2),
                    row.get(4),
                    row.get(6),
                    row.get(7),
                    row.get(8),
                    row.get(10) == null
                        ? null
                        : new String((byte[]) row.get(10), StandardCharsets.UTF_8)))
        .toList();
  }

  /** How many files something is kept of. */
  int kept() {
    stop();
    try (ChangeWriter writer = new ChangeWriter(log, contracts, formats, name)) {
      return writer.notes().size();
    } finally {
      start("forget", "1 second");
    }
  }

  static List<List<Object>> read(String topic, RowSchema schema) {
    List<List<Object>> rows = new ArrayList<>();
    RecordDecoder decoder =
        formats.decoder("avro", Map.of(), schema, IntStream.range(0, schema.size()).toArray());
    ObjectWriter writer = new ObjectWriter(schema, row -> rows.add(Arrays.asList(row)));
    Map<Integer, Long> end = log.end(topic).offsets();
    List<TopicPartition> partitions =
        end.keySet().stream().sorted().map(p -> new TopicPartition(topic, p)).toList();
    try (Consumer<byte[], byte[]> consumer = log.consumer(Map.of("fetch.max.wait.ms", 10))) {
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < end.get(p.partition()))) {
        for (var record : consumer.poll(Duration.ofMillis(50))) {
          if (record.value() != null) {
            decoder.decode(record.value(), 0, record.value().length, writer);
          }
        }
      }
    } catch (io.millrace.format.DecodeException e) {
      throw new AssertionError(e);
    }
    return rows;
  }
}
