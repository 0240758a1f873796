package io.millrace.examples.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.millrace.dist.Configuration;
import io.millrace.dist.SingleProcess;
import io.millrace.engine.Result;
import io.millrace.engine.StatementRequest;
import io.millrace.interop.streams.Millrace;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.serving.ResultCursor;
import io.millrace.sql.StatementParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program against a live server, its result beside that of the same query in SQL. */
class HitsPerMinuteIT {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir static Path folder;
  private static SingleProcess server;

  @BeforeAll
  static void start() throws Exception {
    server =
        SingleProcess.start(
            Configuration.load(
                folder.resolve("none"),
                Map.of(),
                Map.of(
                    "data", folder.resolve("data").toString(),
                    "http.port", "0",
                    "kafka.port", "0",
                    "registry.port", "0")));
  }

  @BeforeEach
  void create() throws IOException {
    try (InputStream script = HitsPerMinute.class.getResourceAsStream("/hits.sql")) {
      String text = new String(script.readAllBytes(), StandardCharsets.UTF_8);
      StatementParser.parseScript(text).forEach(statement -> execute(statement.text()));
    }
  }

  @AfterEach
  void drop() {
    execute("DROP TABLE IF EXISTS by_query");
    execute("DROP TABLE hits_per_minute");
    execute("DROP STREAM hits");
    execute("DROP TABLE sites");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static Result execute(String statement) {
    return server.conductor().execute(StatementRequest.of(statement));
  }

  private static List<String> rows(String select) {
    List<String> answer = new ArrayList<>();
    try (ResultCursor cursor = ((Result.Rows) execute(select)).cursor()) {
      while (cursor.next()) {
        answer.add(
            IntStream.range(0, cursor.columns().size())
                .mapToObj(i -> String.valueOf(cursor.value(i)))
                .collect(Collectors.joining(" ")));
      }
    }
    return answer;
  }

  private static void insert(int from, int to) {
    execute(
        IntStream.range(from, to)
            .mapToObj(i -> "(%d, '/', '2026-01-01 10:%02d:%02d')".formatted(i % 7, i / 60, i % 60))
            .collect(Collectors.joining(", ", "INSERT INTO hits VALUES ", "")));
  }

  @Test
  void theTableIsWhatTheSameQueryGivesInTheWarehouse() {
    execute("INSERT INTO sites VALUES (1, 'FI'), (2, 'FI'), (3, 'SE'), (4, 'NO'), (5, 'SE')");
    execute(
        "CREATE TABLE by_query (PRIMARY KEY (country, minute_start)) AS SELECT s.country,"
            + " FLOOR(h.seen TO MINUTE) AS minute_start, COUNT(*) AS hits FROM hits h JOIN sites s ON"
            + " h.site = s.id GROUP BY s.country, FLOOR(h.seen TO MINUTE)");
    insert(0, 600);
    Millrace millrace = Millrace.connect(server.url().orElseThrow());
    HitsPerMinute.build(millrace);
    Properties properties = millrace.properties("hits-per-minute");
    properties.put(StreamsConfig.STATE_DIR_CONFIG, folder.resolve("state").toString());
    String all = "SELECT country, minute_start, hits FROM %s ORDER BY country, minute_start";
    try (KafkaStreams streams = new KafkaStreams(millrace.builder().build(), properties)) {
      streams.start();
      insert(600, 900);
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(rows("SELECT sum(hits) FROM by_query")).containsExactly("643");
                assertThat(rows("SELECT sum(hits) FROM hits_per_minute")).containsExactly("643");
              });
    }
    assertThat(rows(all.formatted("hits_per_minute")))
        .hasSize(45)
        .isEqualTo(rows(all.formatted("by_query")));
    // A writer of the warehouse finds the program's rows by their keys, in the same partition.
    execute(
        "DELETE FROM hits_per_minute WHERE country = 'FI' AND minute_start = TIMESTAMP '2026-01-01 10:00:00'");
    execute("INSERT INTO hits_per_minute VALUES ('SE', '2026-01-01 10:00:00', -1)");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        rows(
                            "SELECT country, hits FROM hits_per_minute WHERE minute_start ="
                                + " '2026-01-01 10:00:00' ORDER BY country"))
                    .containsExactly("NO 8", "SE -1"));
    assertThat(rows("SELECT count(*) FROM hits_per_minute")).containsExactly("44");
  }

  /** The program as a user runs it. */
  private static Process program() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            HitsPerMinute.class.getName(),
            server.url().orElseThrow(),
            "application.id=killed",
            "session.timeout.ms=6000",
            "state.dir=" + folder.resolve("killed"))
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("program.out").toFile())
        .start();
  }

  /** Returns once the broker has looked for what is too old in changelogs written before. */
  private static void awaitRetention(Admin admin) throws Exception {
    String topic = "old";
    NewTopic old = new NewTopic(topic, 1, (short) 1);
    admin
        .createTopics(
            List.of(old.configs(Map.of("cleanup.policy", "compact,delete", "retention.ms", "1"))))
        .all()
        .get();
    try (Producer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", server.bootstrap()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(topic, new byte[1], new byte[1])).get();
    }
    TopicPartition partition = new TopicPartition(topic, 0);
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                admin
                        .listOffsets(Map.of(partition, OffsetSpec.earliest()))
                        .partitionResult(partition)
                        .get()
                        .offset()
                    == 1);
  }

  /**
   * Its windows are of last January: of what its changelog holds of them nothing is too old for a
   * restored program. Killed with rows in flight.
   */
  @Test
  void aProgramThatIsKilledGoesOnWithWhatItHasCounted() throws Exception {
    execute("INSERT INTO sites VALUES (1, 'DK'), (2, 'DK'), (3, 'IS')");
    String hits = "SELECT sum(hits) FROM hits_per_minute";
    Process process = program();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", server.bootstrap()))) {
      execute("INSERT INTO hits VALUES (1, '/first', '2026-01-01 10:00:00')");
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(rows(hits)).containsExactly("1"));
      insert(0, 600);
      process.destroyForcibly().waitFor();
      awaitRetention(admin);
      process = program();
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(rows(hits)).containsExactly("259"));
      execute("INSERT INTO hits VALUES (1, '/last', '2026-01-01 10:00:30')");
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(rows(hits)).containsExactly("260"));
      assertThat(
              rows(
                  "SELECT country, hits FROM hits_per_minute WHERE minute_start ="
                      + " '2026-01-01 10:00:00' ORDER BY country"))
          .containsExactly("DK 20", "IS 9");
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static void refused(ErrorCode code, String message, ThrowingCallable what) {
    assertThat(catchThrowableOfType(MillraceException.class, what))
        .hasMessage(message)
        .extracting(MillraceException::code)
        .isEqualTo(code);
  }

  @Test
  void namesAreResolvedAndRefusedInTheServersWords() {
    execute(
        "CREATE TABLE people (id INT, name STRING, PRIMARY KEY (id)) WITH ('history' = 'scd2')");
    Millrace millrace = Millrace.connect(server.url().orElseThrow() + "/");
    assertThat(millrace.schema("people.changes").indexOf("after")).isEqualTo(2);
    assertThat(millrace.keySchema("people.history").size()).isEqualTo(2);
    refused(
        ErrorCode.NOT_FOUND,
        "Cannot find stream or table nowhere",
        () -> millrace.stream("nowhere"));
    refused(
        ErrorCode.NOT_SUPPORTED,
        "Cannot write to people: query people fills it",
        () -> millrace.to("people", millrace.stream("people")));
  }
}
