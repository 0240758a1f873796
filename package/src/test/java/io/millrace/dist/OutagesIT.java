package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.CatalogTopic;
import io.millrace.catalog.Query;
import io.millrace.log.LogClient;
import io.millrace.log.LogSettings;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Positions;
import io.millrace.registry.Contracts;
import io.millrace.registry.RegistrySettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What docs/reference/failures.md promises for a Kafka and a registry that go away and come back,
 * on ones that the server did not start.
 */
class OutagesIT {
  @TempDir static Path folder;
  private static Outside outside;
  private static SingleProcess server;
  private static Door door;

  @BeforeAll
  static void startOutside() throws Exception {
    outside = new Outside(folder);
    outside.startKafka();
    outside.startRegistry();
  }

  @AfterAll
  static void stopOutside() throws Exception {
    if (server != null) {
      stop();
    }
    outside.close();
  }

  /** A test that stopped it leaves its next start to the next one. */
  @BeforeEach
  void start() {
    if (server != null) {
      return;
    }
    server = startWith(outside.settings(folder.resolve("data")));
    door = new Door(server.url().orElseThrow());
  }

  private static void stop() {
    server.close();
    server = null;
  }

  @Test
  void queriesSinksAndCopiesGoOnExactlyAfterTheBrokerWasKilled() throws Exception {
    Path files = folder.resolve("files");
    door.execute("CREATE STREAM events (n BIGINT, k STRING) WITH ('format' = 'json')");
    door.execute("CREATE STREAM doubled AS SELECT n, k, n * 2 AS m FROM events");
    door.execute(
        "CREATE TABLE totals (PRIMARY KEY (k)) AS"
            + " SELECT k, COUNT(*) AS c, SUM(m) AS s FROM doubled GROUP BY k");
    door.execute(
        "CREATE SINK archive FROM doubled INTO parquet WITH ('path' = '"
            + files
            + "', 'trigger' = '1 second')");
    long sent;
    try (LogClient log = LogClient.connect(LogSettings.of(outside.bootstrap()));
        Load load = new Load(log, "events", 1000)) {
      awaitRows(load);
      outside.killKafka();
      for (String show :
          List.of("SHOW QUERIES/doubled", "SHOW QUERIES/totals", "SHOW SINKS/archive")) {
        String[] parts = show.split("/");
        await("the error shows")
            .atMost(Duration.ofSeconds(30))
            .untilAsserted(
                () ->
                    assertThat(door.shown(parts[0], parts[1]).get("last_error"))
                        .contains("KAFKA_UNAVAILABLE", outside.bootstrap()));
      }
      outside.startKafka();
      awaitRows(load);
      load.close();
      sent = load.sent();
    }
    String expected = sent + "," + sent + "," + sent * (sent - 1);
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              assertThat(sums("SELECT count(*), count(DISTINCT n), 2 * sum(n) FROM events"))
                  .isEqualTo(expected);
              assertThat(sums("SELECT count(*), count(DISTINCT n), sum(m) FROM doubled"))
                  .isEqualTo(expected);
              assertThat(sums("SELECT sum(c), sum(c), sum(s) FROM totals")).isEqualTo(expected);
              assertThat(archived(files)).isEqualTo(expected);
            });
  }

  @Test
  void queriesGoOnWithoutTheRegistryAndANewContractWaitsForIt() throws Exception {
    door.execute("CREATE STREAM orders (id BIGINT) WITH ('partitions' = '1')");
    door.execute("CREATE STREAM copies AS SELECT id FROM orders");
    door.execute("INSERT INTO orders VALUES (1), (2)");
    awaitIds("1,2");
    int newer;
    try (Contracts contracts = new Contracts(RegistrySettings.of(outside.registryUrl()))) {
      newer = contracts.register("orders-value", withNote(contracts));
    }
    outside.killRegistry();

    door.execute("INSERT INTO orders VALUES (3)");
    awaitIds("1,2,3");
    assertThat(door.error("CREATE STREAM more (id BIGINT)").get("message").asText())
        .contains(outside.registryUrl(), "'registry'");

    try (LogClient log = LogClient.connect(LogSettings.of(outside.bootstrap()));
        Producer<byte[], byte[]> producer = log.producer(Map.of())) {
      // Id 4, and no note.
      byte[] record =
          ByteBuffer.allocate(8)
              .put((byte) 0)
              .putInt(newer)
              .put((byte) 2)
              .put((byte) 8)
              .put((byte) 0)
              .array();
      producer.send(new ProducerRecord<>("orders", 0, null, record)).get();
    }
    await("the error shows")
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              assertThat(door.shown("SHOW QUERIES", "copies").get("last_error"))
                  .contains(outside.registryUrl(), "'registry'");
              assertThat(door.shown("SHOW STREAMS", "orders").get("last_error"))
                  .contains(outside.registryUrl(), "'registry'");
            });
    outside.startRegistry();
    awaitIds("1,2,3,4");
    door.execute("INSERT INTO orders VALUES (5)");
    awaitIds("1,2,3,4,5");
    assertThat(door.rows("SHOW DEAD LETTERS OF copies")).isEmpty();
    assertThat(door.shown("SHOW STREAMS", "orders").get("last_error")).isEmpty();
  }

  private static Schema withNote(Contracts contracts) {
    Schema first = contracts.latest("orders-value").orElseThrow().schema();
    Schema added = Schema.createRecord(first.getName(), null, first.getNamespace(), false);
    List<Schema.Field> fields = new ArrayList<>();
    first.getFields().forEach(field -> fields.add(new Schema.Field(field, field.schema())));
    Schema text =
        Schema.createUnion(Schema.create(Schema.Type.NULL), Schema.create(Schema.Type.STRING));
    fields.add(new Schema.Field("note", text, null, Schema.Field.NULL_DEFAULT_VALUE));
    added.setFields(fields);
    return added;
  }

  private void awaitIds(String expected) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              assertThat(ids("orders")).isEqualTo(expected);
              assertThat(ids("copies")).isEqualTo(expected);
            });
  }

  private String ids(String stream) {
    return door.rows("SELECT id FROM " + stream + " ORDER BY id").stream()
        .map(row -> row.get(0))
        .collect(Collectors.joining(","));
  }

  @Test
  void aServerThatFindsNoRegistryOrNoKafkaSaysWhichSettingNamesIt() {
    Map<String, String> settings = new HashMap<>(outside.settings(folder.resolve("other")));
    settings.put("registry", "http://127.0.0.1:" + Outside.freePort());
    assertThatThrownBy(() -> startWith(settings))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.REGISTRY_UNAVAILABLE);
              assertThat(e).hasMessageContaining(settings.get("registry"));
              assertThat(e.hint()).hasValueSatisfying(h -> assertThat(h).contains("'registry'"));
            });
    settings.put("kafka", "127.0.0.1:" + Outside.freePort());
    assertThatThrownBy(() -> startWith(settings))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.KAFKA_UNAVAILABLE);
              assertThat(e).hasMessageContaining(settings.get("kafka"));
              assertThat(e.hint()).hasValueSatisfying(h -> assertThat(h).contains("'kafka'"));
            });
  }

  @Test
  void anEntryThatCannotRunShowsItsErrorAndTheOthersRun() throws Exception {
    door.execute("CREATE STREAM given (id BIGINT) WITH ('partitions' = '1')");
    for (String name : List.of("sound", "planless", "unread", "lost", "gone")) {
      door.execute("CREATE STREAM " + name + " AS SELECT id FROM given");
    }
    door.execute("CREATE STREAM orphan (id BIGINT)");
    door.execute("INSERT INTO given VALUES (1)");
    stop();
    try (LogClient log = LogClient.connect(LogSettings.of(outside.bootstrap()));
        Contracts contracts = new Contracts(RegistrySettings.of(outside.registryUrl()))) {
      try (CatalogTopic catalog = CatalogTopic.open(log)) {
        Query planless = catalog.image().requireQuery(Name.of("planless"));
        catalog.apply(CatalogDelta.put(planless.withPlan("{\"flinkVersion\": \"9.9\"}")));
        Query lost = catalog.image().requireQuery(Name.of("lost"));
        catalog.apply(
            CatalogDelta.put(
                lost.withPlan(
                    lost.plan().replace("`id`", "`idea`").replace("\"id\"", "\"idea\""))));
      }
      try (Producer<byte[], byte[]> producer = log.producer(Map.of())) {
        producer
            .send(
                new ProducerRecord<>(
                    CatalogTopic.TOPIC,
                    0,
                    "query/public.unread".getBytes(StandardCharsets.UTF_8),
                    "{\"entry\": \"query\", \"name\": {}}".getBytes(StandardCharsets.UTF_8)))
            .get();
      }
      log.delete("orphan");
      contracts.deleteSubject("gone-value", true);
    }
    start();
    door.execute("INSERT INTO given VALUES (2)");
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(ids("sound")).isEqualTo("1,2"));
    assertFailed("planless", "FAILED", "Cannot");
    assertFailed("unread", "FAILED", "another version wrote");
    assertFailed("lost", "FAILED", "given has lost column idea");
    assertThat(door.shown("SHOW STREAMS", "orphan").get("last_error"))
        .contains("there is no topic orphan");
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertFailed("gone", "RESTARTING", "Cannot find schema id"));
    door.execute("DROP QUERY unread");
    List.of("planless", "lost", "gone", "orphan", "unread")
        .forEach(name -> door.execute("DROP STREAM " + name));
    assertThat(ids("sound")).isEqualTo("1,2");
  }

  private void assertFailed(String query, String state, String error) {
    Map<String, String> shown = door.shown("SHOW QUERIES", query);
    assertThat(shown.get("state")).as("%s", shown).isEqualTo(state);
    assertThat(shown.get("last_error")).contains(error);
  }

  @Test
  void aSinkWhosePlaceIsAwayAtTheStartOfTheServerGoesOnOnceItIsBack() throws Exception {
    Path files = folder.resolve("place");
    Path aside = folder.resolve("aside");
    door.execute("CREATE STREAM kept (n BIGINT, m BIGINT)");
    door.execute(
        "CREATE SINK keeper FROM kept INTO parquet WITH ('path' = '"
            + files
            + "', 'trigger' = '1 second')");
    stop();
    Files.move(files, aside);
    Files.createFile(files);
    start();
    door.execute("INSERT INTO kept VALUES (1, 10), (2, 20)");
    Map<String, String> shown = door.shown("SHOW SINKS", "keeper");
    assertThat(shown.get("state")).isEqualTo("RESTARTING");
    assertThat(shown.get("last_error")).contains("SINK_FAILED", files.toString());
    assertThatThrownBy(() -> door.execute("RESUME SINK keeper"))
        .hasMessageContaining(files.toString());
    assertThat(door.shown("SHOW SINKS", "keeper").get("state")).isEqualTo("RESTARTING");
    Files.delete(files);
    Files.move(aside, files);
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreException(SQLException.class) // there is no file yet
        .untilAsserted(() -> assertThat(archived(files)).isEqualTo("2,2,30"));
    assertThat(door.shown("SHOW SINKS", "keeper").get("state")).isEqualTo("RUNNING");
  }

  @Test
  void aStoppedServerLeavesNoTransactionAndAKilledOneHoldsUpReadersOnlyUntilItsNextStart()
      throws Exception {
    door.execute("CREATE STREAM steps (n BIGINT, k STRING) WITH ('format' = 'json')");
    door.execute("CREATE STREAM walked AS SELECT n FROM steps");
    stop();
    List<String> settings = new ArrayList<>();
    outside
        .settings(folder.resolve("data"))
        .forEach((key, value) -> settings.addAll(List.of("--set", key + "=" + value)));
    settings.addAll(List.of("--set", "checkpoint.interval=2 seconds"));
    long sent;
    try (LogClient log = LogClient.connect(LogSettings.of(outside.bootstrap()));
        Admin admin = Admin.create(log.clientProperties());
        Load load = new Load(log, "steps", 500)) {
      assertThat(openTransactions(admin)).as("after a stop while it starts").isEmpty();
      try (ChildJvm process = startServer("killed", settings)) {
        awaitOpen(admin, "walked");
        process.kill();
        assertThat(openTransactions(admin)).isNotEmpty();
      }
      Map<String, String> slow = new HashMap<>(outside.settings(folder.resolve("data")));
      slow.put("checkpoint.interval", "2 seconds");
      server = startWith(slow);
      // The first step may be what the killed one left: only the second is this one's.
      awaitCommit(log, "walked");
      awaitCommit(log, "walked");
      awaitOpen(admin, "walked");
      int savepoints = savepoints("walked");
      stop();
      assertThat(openTransactions(admin)).as("after a stop at work").isEmpty();
      assertThat(savepoints("walked")).isEqualTo(savepoints + 1);
      assertThat(log.end("walked")).isEqualTo(log.end("walked", false));
      load.close();
      sent = load.sent();
      start();
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () -> {
                assertThat(sums("SELECT count(*), count(DISTINCT n) FROM walked"))
                    .isEqualTo(sent + "," + sent);
              });
    }
  }

  private static ChildJvm startServer(String name, List<String> settings) throws IOException {
    ChildJvm server =
        ChildJvm.start(
            folder.resolve(name + ".out"), List.of(), Map.of(), StartCommand.class, settings);
    server.awaitPrinted("ready in");
    return server;
  }

  private static void awaitCommit(LogClient log, String topic) {
    Positions before = log.end(topic);
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(log.end(topic)).isNotEqualTo(before));
  }

  private static int savepoints(String statement) throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("data"))) {
      return (int)
          files
              .filter(path -> path.toString().contains(statement))
              .filter(path -> path.getFileName().toString().startsWith("savepoint-"))
              .count();
    }
  }

  private static void awaitOpen(Admin admin, String statement) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(openTransactions(admin))
                    .anyMatch(id -> id.contains("/" + statement + "/")));
  }

  @Test
  void aCopyWhoseRowsExpiredWhileItStoodGoesOnBehindThem() throws Exception {
    door.execute(
        "CREATE STREAM brief (n BIGINT) WITH"
            + " ('format' = 'json', 'partitions' = '1', 'retention' = '1 hour')");
    door.execute("INSERT INTO brief VALUES (1), (2), (3)");
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(door.value("SELECT count(*) FROM brief")).isEqualTo("3"));
    stop();
    long first;
    try (LogClient log = LogClient.connect(LogSettings.of(outside.bootstrap()));
        Producer<byte[], byte[]> producer = log.producer(Map.of());
        Admin admin = Admin.create(log.clientProperties())) {
      long end = 0;
      for (int n = 4; n <= 9; n++) {
        byte[] row = ("{\"n\": " + n + "}").getBytes(StandardCharsets.UTF_8);
        end = producer.send(new ProducerRecord<>("brief", row)).get().offset() + 1;
      }
      first = end - 2;
      // What retention does in an hour.
      admin
          .deleteRecords(
              Map.of(new TopicPartition("brief", 0), RecordsToDelete.beforeOffset(first)))
          .all()
          .get();
    }
    start();
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(door.shown("SHOW STREAMS", "brief").get("last_error"))
                    .contains("DATA_EXPIRED", "brief", "to " + (first - 1) + " of partition 0"));
    assertThat(door.value("SELECT string_agg(n, ',' ORDER BY n) FROM brief")).isEqualTo("1,2,3");
    door.execute("RESUME SERVING brief SKIP EXPIRED");
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              // What the topic has let go leaves the copy too, at the next look.
              assertThat(door.value("SELECT string_agg(n, ',' ORDER BY n) FROM brief"))
                  .matches("(1,2,3,)?8,9");
              assertThat(door.shown("SHOW STREAMS", "brief").get("last_error")).isEmpty();
            });
    door.execute("INSERT INTO brief VALUES (10)");
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(door.value("SELECT max(n) FROM brief")).isEqualTo("10"));
  }

  private static List<String> openTransactions(Admin admin) throws Exception {
    return admin
        .listTransactions(
            new ListTransactionsOptions()
                .filterStates(List.of(TransactionState.ONGOING, TransactionState.PREPARE_COMMIT)))
        .all()
        .get()
        .stream()
        .map(TransactionListing::transactionalId)
        .toList();
  }

  private static SingleProcess startWith(Map<String, String> settings) {
    return SingleProcess.start(Configuration.load(folder.resolve("none"), Map.of(), settings));
  }

  private String sums(String select) {
    return String.join(",", door.rows(select).get(0));
  }

  private static String archived(Path files) throws SQLException {
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT count(*), count(DISTINCT n), sum(m) FROM read_parquet('"
                    + files
                    + "/**/*.parquet')")) {
      row.next();
      return row.getString(1) + "," + row.getString(2) + "," + row.getString(3);
    }
  }

  private void awaitRows(Load load) {
    long target = load.sent() + 3000;
    await()
        .atMost(Duration.ofSeconds(90))
        .untilAsserted(
            () -> {
              List<List<String>> rows = door.rows("SELECT coalesce(sum(c), 0) FROM totals");
              assertThat(Long.parseLong(rows.get(0).get(0))).isGreaterThanOrEqualTo(target);
            });
  }
}
