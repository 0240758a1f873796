package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.cli.ShellRunner;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.avro.AvroSchema;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericDatumReader;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericRecord;
import org.apache.flink.avro.shaded.org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs of others on the same topics: kcat, Confluent's registry clients, kafkajs's. */
class ForeignClientsIT {
  private static final String LINE =
      "2026-01-01 10:00:00 10.0.0.0 - W3SVC1 WEB1 192.168.0.1 443 GET /a - 200 %d HTTP/1.1 h.example.com x -";

  @TempDir static Path folder;
  private static SingleProcess server;
  private static ShellRunner shell;

  @BeforeAll
  static void startThePipeline() throws Exception {
    server = TestServer.start(folder.resolve("data"));
    shell = new ShellRunner(server.url().orElseThrow());
    String columns =
        "`date`, `time`, c_ip, cs_username, s_sitename, s_computername, s_ip, s_port, cs_method,"
            + " cs_uri_stem, cs_uri_query, sc_status, time_taken, cs_version, cs_host, user_agent,"
            + " referer";
    String typed =
        columns
            .replaceAll("(s_port|sc_status|time_taken)", "$1 INT")
            .replaceAll("([a-z_`]+)(,|$)", "$1 STRING$2")
            .replace("INT STRING", "INT");
    assertThat(shell.run("CREATE STREAM weblogs (" + typed + ") WITH ('format' = 'w3c')"))
        .isEqualTo("Created stream weblogs.\n");
    assertThat(shell.run("CREATE STREAM web_logs AS SELECT " + columns + " FROM weblogs"))
        .isEqualTo("Created stream web_logs.\n");
    try (KafkaProducer<byte[], byte[]> producer = producer()) {
      for (int i = 0; i < 8; i++) {
        producer.send(
            new ProducerRecord<>(
                "weblogs", i % 4, null, LINE.formatted(i).getBytes(StandardCharsets.UTF_8)));
      }
    }
    await().atMost(Duration.ofSeconds(60)).until(() -> count() == 8);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static long count() {
    String csv =
        shell.command("sql", "--output", "csv", "-e", "SELECT count(*) AS n FROM web_logs");
    return Long.parseLong(csv.lines().skip(1).findFirst().orElse("-1"));
  }

  private static KafkaProducer<byte[], byte[]> producer() {
    return new KafkaProducer<>(
        Map.of("bootstrap.servers", server.bootstrap()),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  /** The rows' values as bytes; marks, which carry no value, are left out as any reader may. */
  private static List<byte[]> values(String topic) {
    List<byte[]> values = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", server.bootstrap(), "isolation.level", "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(p -> new TopicPartition(topic, p.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> end = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < end.get(p))) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          if (record.value() != null) {
            values.add(record.value());
          }
        }
      }
    }
    return values;
  }

  @Test
  void kcatReadsTheRawTopic() throws Exception {
    Needs.command("kcat");
    String lines =
        Needs.run(
            folder,
            "kcat",
            "-C",
            "-e",
            "-q",
            "-o",
            "beginning",
            "-b",
            server.bootstrap(),
            "-t",
            "weblogs");
    assertThat(lines.lines()).hasSize(8).contains(LINE.formatted(3));
  }

  @Test
  void confluentsClientDecodesTypedRows() throws Exception {
    CachedSchemaRegistryClient client = new CachedSchemaRegistryClient(server.registryUrl(), 10);
    List<Object> times = new ArrayList<>();
    for (byte[] value : values("web_logs")) {
      ByteBuffer bytes = ByteBuffer.wrap(value);
      assertThat(bytes.get()).isZero();
      AvroSchema contract = (AvroSchema) client.getSchemaById(bytes.getInt());
      GenericRecord row =
          new GenericDatumReader<GenericRecord>(contract.rawSchema())
              .read(null, DecoderFactory.get().binaryDecoder(value, 5, value.length - 5, null));
      assertThat(row.getSchema().getFields()).hasSize(17);
      assertThat(row.get("cs_username")).isNull();
      assertThat(row.get("s_port")).isEqualTo(443);
      times.add(row.get("time_taken"));
    }
    assertThat(times).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7);
  }

  @Test
  void npmsClientDecodesTypedRowsAndWritesRowsThatSelectShows() throws Exception {
    Needs.command("npm");
    Path node = Files.createDirectories(folder.resolve("node"));
    Files.writeString(node.resolve("package.json"), "{\"private\": true}");
    Needs.run(
        node,
        "npm",
        "install",
        "--no-audit",
        "--no-fund",
        "@kafkajs/confluent-schema-registry@4.1.0");
    Files.writeString(
        node.resolve("client.js"),
        """
        const { SchemaRegistry } = require('@kafkajs/confluent-schema-registry')
        const [, , host, value] = process.argv
        const registry = new SchemaRegistry({ host })
        ;(async () => {
          const row = await registry.decode(Buffer.from(value, 'base64'))
          const id = await registry.getLatestSchemaId('visits-value')
          const visit = await registry.encode(id, { id: 7, page: row.cs_uri_stem })
          console.log(JSON.stringify({ row, visit: visit.toString('base64') }))
        })().catch(e => { console.error(e); process.exit(1) })
        """);
    assertThat(shell.run("CREATE STREAM visits (id INT NOT NULL, page STRING NOT NULL)"))
        .isEqualTo("Created stream visits.\n");
    String answer =
        Needs.run(
            node,
            "node",
            "client.js",
            server.registryUrl(),
            Base64.getEncoder().encodeToString(values("web_logs").get(0)));
    assertThat(answer)
        .contains("\"s_sitename\":\"W3SVC1\"", "\"sc_status\":200", "\"referer\":null");
    byte[] visit =
        Base64.getDecoder().decode(answer.replaceAll("(?s).*\"visit\":\"([^\"]+)\".*", "$1"));
    try (KafkaProducer<byte[], byte[]> producer = producer()) {
      producer.send(new ProducerRecord<>("visits", visit));
    }
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(shell.run("SELECT id, page FROM visits"))
                    .isEqualTo(" id | page\n----+------\n  7 | /a\n(1 row)\n"));
  }

  /** Confluent's own client of npm with its lock file, and a program; installed once. */
  private static Path confluentsNpmClient() throws Exception {
    Needs.command("npm");
    Path sources = Path.of("src", "test", "npm", "confluent");
    Path node = Files.createDirectories(Path.of("target", "npm", "confluent").toAbsolutePath());
    for (String file : List.of("package.json", "package-lock.json", "client.js")) {
      Files.copy(sources.resolve(file), node.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    // npm writes this file at the end of an installation.
    Path installed = node.resolve("node_modules").resolve(".package-lock.json");
    if (!Files.exists(installed)
        || Files.getLastModifiedTime(installed)
                .compareTo(Files.getLastModifiedTime(sources.resolve("package-lock.json")))
            < 0) {
      // No scripts of packages are run: none of these needs any.
      Needs.run(node, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts");
    }
    return node;
  }

  @Test
  void confluentsNpmClientDoesAllThatItCanWithRowsAndRegistry() throws Exception {
    Path node = confluentsNpmClient();
    assertThat(shell.run("CREATE STREAM calls (id INT NOT NULL, page STRING NOT NULL)"))
        .isEqualTo("Created stream calls.\n");
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", server.bootstrap()))) {
      admin.createTopics(List.of(new NewTopic("clicks", 1, (short) 1))).all().get();
    }
    JsonNode answer =
        new ObjectMapper()
            .readTree(
                Needs.run(
                    node,
                    "node",
                    "client.js",
                    server.registryUrl(),
                    Base64.getEncoder().encodeToString(values("web_logs").get(0))));
    assertThat(answer.at("/row/s_sitename").asText()).isEqualTo("W3SVC1");
    assertThat(answer.at("/row/sc_status").asInt()).isEqualTo(200);
    assertThat(answer.at("/row/referer").isNull()).isTrue();

    Base64.Decoder base64 = Base64.getDecoder();
    try (KafkaProducer<byte[], byte[]> producer = producer()) {
      producer.send(new ProducerRecord<>("calls", base64.decode(answer.get("visit").asText())));
      producer.send(new ProducerRecord<>("clicks", base64.decode(answer.get("click").asText())));
    }
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(shell.run("SELECT id, page FROM calls"))
                    .isEqualTo(" id | page\n----+------\n  8 | /a\n(1 row)\n"));
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(shell.run("SELECT x, y IS NULL AS n FROM clicks"))
                    .isEqualTo(" x | n\n---+------\n 3 | true\n(1 row)\n"));
    assertConfluentsRestAnswers(answer.get("rest"));
  }

  private static void assertConfluentsRestAnswers(JsonNode rest) {
    for (String yes : List.of("sameId", "lookup", "fits", "fitsFirst", "listed")) {
      assertThat(rest.get(yes).asBoolean()).as(yes).isTrue();
    }
    assertThat(rest.get("fitsNot").asBoolean()).isFalse();
    String second =
        "{\"type\":\"record\",\"name\":\"npm\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"},"
            + "{\"name\":\"b\",\"type\":[\"null\",\"int\"],\"default\":null}]}";
    assertThat(rest.at("/full/version").asInt()).isEqualTo(2);
    assertThat(rest.at("/full/guid").asInt()).isEqualTo(new UUID(0, 0).toString().length());
    assertThat(rest.at("/full/schema").asText()).isEqualTo(second);
    assertThat(rest.get("byGuid").asText()).isEqualTo(second);
    assertThat(rest.get("bySubjectAndId").asText()).endsWith("{\"name\":\"a\",\"type\":\"int\"}]}");
    assertThat(rest.get("version").asInt()).isEqualTo(2);
    assertThat(rest.get("versions").toString()).isEqualTo("[1,2,3]");
    assertThat(rest.get("latest").toString()).isEqualTo("{\"owner\":\"me\"}");
    assertThat(rest.get("withMetadata").asInt()).isEqualTo(3);
    assertThat(rest.at("/incompatible/message").asText())
        .contains("READER_FIELD_MISSING_DEFAULT_VALUE");
    assertThat(rest.get("set").asText()).isEqualTo("FULL");
    assertThat(rest.get("level").asText()).isEqualTo("FULL");
    assertThat(rest.get("config").toString())
        .isEqualTo(
            "{\"compatibility\":\"NONE\",\"normalize\":true,\"compatibilityGroup\":\"major\"}");
    assertThat(rest.get("configured").toString())
        .isEqualTo(
            "{\"normalize\":true,\"compatibilityGroup\":\"major\",\"compatibilityLevel\":\"NONE\"}");
    assertThat(rest.get("ofAll").asText()).isEqualTo("BACKWARD");
    assertThat(rest.get("softVersion").asInt()).isEqualTo(3);
    assertThat(rest.get("hardVersion").asInt()).isEqualTo(3);
    assertThat(rest.get("soft").toString()).isEqualTo("[1,2]");
    assertThat(rest.get("hard").toString()).isEqualTo("[1,2]");
    Map<String, Integer> codes =
        Map.of(
            "incompatible", 409,
            "unset", 40408,
            "hardFirst", 40405,
            "softTwice", 40404,
            "gone", 40401,
            "noId", 40403);
    codes.forEach(
        (call, code) -> assertThat(rest.at("/" + call + "/code").asInt()).isEqualTo(code));
    assertThat(rest.get("inContext").asInt()).isEqualTo(1);
    assertThat(rest.get("contextVersions").toString()).isEqualTo("[1]");
  }
}
