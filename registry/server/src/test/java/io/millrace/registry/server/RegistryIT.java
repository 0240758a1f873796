package io.millrace.registry.server;

import static io.millrace.registry.server.TestRegistry.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.registry.Compatibility;
import io.millrace.registry.ContractProblem;
import io.millrace.registry.Contracts;
import io.millrace.registry.Contracts.Contract;
import io.millrace.registry.RegistrySettings;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.avro.AvroSchema;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.SchemaMetadata;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.RestService;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.entities.SchemaReference;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** The registry on a real broker, seen by Confluent's client, by ours and by plain HTTP. */
class RegistryIT {
  @TempDir static Path folder;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static TestRegistry registry;

  private CachedSchemaRegistryClient confluent;
  private RestService rest;
  private String subject;

  @BeforeAll
  static void start() {
    registry = TestRegistry.start(folder);
  }

  @AfterAll
  static void stop() {
    registry.close();
  }

  /** Each test has a subject, and a record's name, of its own. */
  @BeforeEach
  void connect(TestInfo test) {
    subject = test.getTestMethod().orElseThrow().getName();
    reconnect();
  }

  private void reconnect() {
    confluent = new CachedSchemaRegistryClient(registry.url(), 100);
    rest = new RestService(registry.url());
  }

  /** A record of this test's name with these fields of type int; a name with ? is nullable. */
  private String text(String... fields) {
    SchemaBuilder.FieldAssembler<Schema> record = SchemaBuilder.record(subject).fields();
    for (String field : fields) {
      record =
          field.endsWith("?")
              ? record.optionalInt(field.substring(0, field.length() - 1))
              : record.requiredInt(field);
    }
    return record.endRecord().toString();
  }

  private static void assertRefused(ThrowingCallable call, int status, int code) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            RestClientException.class,
            e -> {
              assertThat(e.getStatus()).isEqualTo(status);
              assertThat(e.getErrorCode()).isEqualTo(code);
            });
  }

  private HttpResponse<String> call(String method, String path, String body)
      throws IOException, InterruptedException {
    return registry.call(method, path, body);
  }

  private JsonNode json(String method, String path, String body)
      throws IOException, InterruptedException {
    return registry.json(method, path, body);
  }

  @Test
  void confluentsClientRegistersAndReads() throws Exception {
    AvroSchema first = new AvroSchema(text("a"));
    AvroSchema second = new AvroSchema(text("a", "b?"));
    int id = confluent.register(subject, first);
    assertThat(confluent.register(subject, first)).isEqualTo(id);
    reconnect();
    assertThat(confluent.register(subject, first)).isEqualTo(id);
    int secondId = confluent.register(subject, second);
    assertThat(secondId).isGreaterThan(id);
    assertThat(confluent.register(subject + "/other", second)).isEqualTo(secondId);

    reconnect();
    assertThat(confluent.getSchemaById(id)).isEqualTo(first);
    assertThat(confluent.getSchemaBySubjectAndId(subject, secondId)).isEqualTo(second);
    SchemaMetadata latest = confluent.getLatestSchemaMetadata(subject);
    assertThat(latest.getVersion()).isEqualTo(2);
    assertThat(latest.getId()).isEqualTo(secondId);
    assertThat(latest.getSchema()).isEqualTo(text("a", "b?"));
    assertThat(confluent.getAllVersions(subject)).containsExactly(1, 2);
    assertThat(confluent.getVersion(subject, first)).isEqualTo(1);
    assertThat(confluent.getId(subject, second)).isEqualTo(secondId);
    assertThat(confluent.getSchemaMetadata(subject, 1).getId()).isEqualTo(id);
    assertThat(confluent.getAllSubjectsById(secondId))
        .containsExactlyInAnyOrder(subject, subject + "/other");
    assertThat(confluent.getAllVersionsById(secondId))
        .extracting(v -> v.getSubject() + ":" + v.getVersion())
        .containsExactlyInAnyOrder(subject + ":2", subject + "/other:1");
    assertThat(confluent.getSchemas(subject, false, true)).hasSize(2);
    assertThat(rest.getAllSubjects()).contains(subject, subject + "/other").isSorted();
    assertThat(rest.getSchemaTypes()).containsExactly("AVRO");
    assertThat(rest.getAllContexts()).containsExactly(".");
    assertThat(confluent.getMode()).isEqualTo("READWRITE");
    assertRefused(() -> confluent.getMode(subject), 404, 40409);
    assertThat(rest.getSchemaRegistryServerVersion().getVersion()).startsWith("8.");
    assertThat(rest.getClusterId().getScope()).containsKey("clusters");
  }

  @Test
  void confluentsClientTestsAndSetsCompatibility() throws Exception {
    confluent.register(subject, new AvroSchema(text("a")));
    AvroSchema required = new AvroSchema(text("a", "b"));

    assertThat(confluent.testCompatibility(subject, new AvroSchema(text("a", "b?")))).isTrue();
    assertThat(confluent.testCompatibility(subject, required)).isFalse();
    assertThat(confluent.testCompatibility(subject + "-unknown", required)).isTrue();
    assertThat(confluent.testCompatibilityVerbose(subject, required))
        .containsExactly(
            "{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'b' at path"
                + " '/fields/1' in the new schema has no default value and is missing in the old"
                + " schema', additionalInfo:'b'}",
            "{oldSchemaVersion: 1}",
            "{oldSchema: '" + text("a") + "'}",
            "{validateFields: 'false', compatibility: 'BACKWARD'}");
    assertRefused(() -> confluent.register(subject, required), 409, 409);
    assertThat(confluent.getAllVersions(subject)).containsExactly(1);

    assertRefused(() -> confluent.getCompatibility(subject), 404, 40408);
    assertThat(confluent.updateCompatibility(subject, "FORWARD")).isEqualTo("FORWARD");
    assertThat(confluent.getCompatibility(subject)).isEqualTo("FORWARD");
    assertRefused(() -> confluent.updateCompatibility(subject, "SIDEWAYS"), 422, 42203);
    assertThat(confluent.register(subject, required)).isPositive();
    confluent.deleteConfig(subject);
    assertRefused(() -> confluent.getCompatibility(subject), 404, 40408);
    assertRefused(() -> confluent.deleteConfig(subject), 404, 40401);
    assertThat(confluent.getCompatibility(null)).isEqualTo("BACKWARD");
  }

  @Test
  void missingThingsHaveTheirCodes() throws Exception {
    confluent.register(subject, new AvroSchema(text("a")));
    AvroSchema other = new AvroSchema(text("z"));
    assertRefused(() -> confluent.getAllVersions("none"), 404, 40401);
    assertRefused(() -> confluent.getLatestSchemaMetadata("none"), 404, 40401);
    assertRefused(() -> confluent.getSchemaMetadata(subject, 9), 404, 40402);
    assertRefused(() -> confluent.getVersion("none", other), 404, 40401);
    assertRefused(() -> confluent.getVersion(subject, other), 404, 40403);
    assertRefused(() -> confluent.getSchemaById(99_999), 404, 40403);
    assertRefused(() -> confluent.deleteSubject("none", false), 404, 40401);
    assertRefused(() -> rest.getVersion(subject, 0), 422, 42202);
    assertThat(json("GET", "/nowhere", null).get("error_code").asInt()).isEqualTo(404);
    assertThat(json("PATCH", "/subjects", null).get("error_code").asInt()).isEqualTo(405);
    assertThat(json("POST", "/subjects/s/versions", "{").get("error_code").asInt()).isEqualTo(400);
  }

  @Test
  void subjectsAreDeletedSoftlyFirstAndThenForGood() throws Exception {
    AvroSchema schema = new AvroSchema(text("a"));
    int id = confluent.register(subject, schema);
    confluent.updateCompatibility(subject, "FULL");

    assertRefused(() -> confluent.deleteSubject(subject, true), 404, 40405);
    assertThat(confluent.deleteSubject(subject, false)).containsExactly(1);
    assertRefused(() -> confluent.deleteSubject(subject, false), 404, 40404);
    assertThat(rest.getAllSubjects()).doesNotContain(subject);
    assertThat(rest.getDeletedOnlySubjects(subject)).containsExactly(subject);
    assertRefused(() -> confluent.getLatestSchemaMetadata(subject), 404, 40401);
    reconnect();
    assertThat(confluent.getSchemaById(id)).isEqualTo(schema);

    // The same schema keeps its id and takes the next version; the deleted one gives way.
    assertThat(confluent.register(subject, schema)).isEqualTo(id);
    assertThat(confluent.getAllVersions(subject)).containsExactly(2);
    assertThat(rest.getAllVersions(Map.of(), subject, true)).containsExactly(2);

    assertThat(confluent.deleteSubject(subject, false)).containsExactly(2);
    assertThat(confluent.deleteSubject(subject, true)).containsExactly(2);
    assertRefused(() -> confluent.deleteSubject(subject, true), 404, 40401);
    assertRefused(() -> confluent.getCompatibility(subject), 404, 40408);
    reconnect();
    assertRefused(() -> confluent.getSchemaById(id), 404, 40403);
    assertThat(confluent.register(subject, schema)).isGreaterThan(id);
  }

  @Test
  void versionsAreDeletedSoftlyFirstAndThenForGood() throws Exception {
    confluent.register(subject, new AvroSchema(text("a")));
    confluent.register(subject, new AvroSchema(text("a", "b?")));
    assertRefused(() -> confluent.deleteSchemaVersion(subject, "2", true), 404, 40407);
    assertThat(call("DELETE", "/subjects/" + subject + "/versions/latest", null).body())
        .isEqualTo("2");
    assertRefused(() -> confluent.deleteSchemaVersion(subject, "2", false), 404, 40406);
    assertThat(confluent.getLatestSchemaMetadata(subject).getVersion()).isEqualTo(1);
    assertThat(rest.getDeletedOnlyVersions(subject)).containsExactly(2);
    assertThat(rest.getVersion(subject, 2, true).getId()).isPositive();
    assertThat(confluent.deleteSchemaVersion(subject, "2", true)).isEqualTo(2);
    assertRefused(() -> confluent.deleteSchemaVersion(subject, "2", true), 404, 40402);
  }

  @Test
  void referencesAreKeptResolvedAndProtected() throws Exception {
    String address =
        "{\"type\":\"record\",\"name\":\"Address\",\"namespace\":\"x\",\"fields\":"
            + "[{\"name\":\"city\",\"type\":\"string\"}]}";
    String person =
        "{\"type\":\"record\",\"name\":\"Person\",\"fields\":"
            + "[{\"name\":\"home\",\"type\":\"x.Address\"}]}";
    confluent.register(subject + "-address", new AvroSchema(address));
    AvroSchema referring =
        new AvroSchema(
            person,
            List.of(new SchemaReference("x.Address", subject + "-address", 1)),
            Map.of("x.Address", address),
            null);
    int id = confluent.register(subject, referring);
    assertThat(rest.getReferencedBy(subject + "-address", 1)).containsExactly(id);
    reconnect();
    assertThat(((AvroSchema) confluent.getSchemaById(id)).references()).hasSize(1);
    assertThat(confluent.getLatestSchemaMetadata(subject).getSchema()).isEqualTo(person);

    // Sent with everything written out it is the same schema.
    Schema resolved = contracts().schemaById(id);
    assertThat(resolved.getField("home").schema().getField("city")).isNotNull();
    assertThat(confluent.register(subject, new AvroSchema(resolved.toString()))).isEqualTo(id);

    assertRefused(() -> confluent.deleteSubject(subject + "-address", false), 422, 42206);
    assertRefused(
        () -> confluent.deleteSchemaVersion(subject + "-address", "1", false), 422, 42206);
    assertThat(
            json(
                    "POST",
                    "/subjects/x/versions",
                    "{\"schema\":\"\\\"x.B\\\"\",\"references\":[{\"name\":\"x.B\",\"subject\":\"no\","
                        + "\"version\":1}]}")
                .get("message")
                .asText())
        .isEqualTo("Invalid reference x.B: no version 1 of subject no");
  }

  @Test
  void whatIsNotKeptIsRefusedInASentence() throws Exception {
    for (String type : List.of("JSON", "PROTOBUF")) {
      HttpResponse<String> answer =
          call(
              "POST",
              "/subjects/x/versions",
              "{\"schemaType\":\"" + type + "\",\"schema\":\"{}\"}");
      assertThat(answer.statusCode()).isEqualTo(422);
      assertThat(JSON.readTree(answer.body()))
          .isEqualTo(
              JSON.createObjectNode()
                  .put("error_code", 42201)
                  .put(
                      "message",
                      "Cannot use a schema of type "
                          + type
                          + ": this registry keeps Avro schemas only"));
    }
    assertThat(json("POST", "/subjects/x/versions", request("")).get("message").asText())
        .isEqualTo("Empty schema");
    assertThat(json("POST", "/subjects/x/versions", request("{\"type\":\"x\"}")).toString())
        .contains("42201", "Invalid Avro schema");
    assertThat(
            json(
                    "POST",
                    "/subjects/x/versions",
                    request(
                        "{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"a\",\"type\":"
                            + "\"int\",\"default\":\"no\"}]}"))
                .get("error_code")
                .asInt())
        .isEqualTo(42201);
    assertThat(json("POST", "/subjects/%20/versions", request("\"int\"")).toString())
        .contains("42208");
    for (String field : List.of("defaultRuleSet", "validateFields", "compatibilityPolicy")) {
      assertThat(json("PUT", "/config", "{\"" + field + "\":\"x\"}").get("message").asText())
          .isEqualTo("Cannot set " + field + ": this registry has no use for it");
    }
  }

  @Test
  void anyWayToAskIsUnderstood() throws Exception {
    int id =
        json("POST", "/subjects/" + subject + "/versions/", request(text("a"))).get("id").asInt();

    assertThat(call("GET", "/", null).body()).isEqualTo("{}");
    assertThat(call("GET", "/", null).headers().firstValue("Content-Type"))
        .contains("application/vnd.schemaregistry.v1+json");
    assertThat(json("GET", "/config/", null).get("compatibilityLevel").asText())
        .isEqualTo("BACKWARD");
    assertThat(
            json("GET", "/config/" + subject + "/?defaultToGlobal=true", null)
                .get("compatibilityLevel")
                .asText())
        .isEqualTo("BACKWARD");
    String version = "/subjects/" + subject + "/versions/";
    assertThat(call("GET", version + "latest/schema", null).body()).isEqualTo(text("a"));
    assertThat(call("GET", "/schemas/ids/" + id + "/schema/", null).body()).isEqualTo(text("a"));
    assertThat(json("GET", version + "-1", null)).isEqualTo(json("GET", version + "1", null));
    assertThat(json("GET", "/schemas/ids/" + id + "?fetchMaxId=true", null).get("maxId").asInt())
        .isGreaterThanOrEqualTo(id);
    assertThat(json("GET", "/subjects/:.:" + subject + "/versions", null).toString())
        .isEqualTo("[1]");
    assertThat(call("HEAD", "/subjects", null).statusCode()).isEqualTo(200);
    assertThat(json("GET", "/schemas?latestOnly=true&subjectPrefix=" + subject, null)).hasSize(1);
    assertThat(
            json("POST", "/compatibility" + version + "1?verbose=true", request(text("b")))
                .get("messages"))
        .hasSize(4);
    assertThat(json("POST", "/compatibility" + version + "9", request(text("b"))).toString())
        .contains("40402");
  }

  @Test
  void subjectsAreListedInPages() throws Exception {
    for (String name : List.of("c", "a b", "ü", "d")) {
      contracts().register(subject + name, new Schema.Parser().parse(text("a")));
    }
    contracts().deleteSubject(subject + "d", false);
    String list = "/subjects?subjectPrefix=" + subject;
    assertThat(json("GET", list, null).toString())
        .isEqualTo(
            JSON.valueToTree(List.of(subject + "a b", subject + "c", subject + "ü")).toString());
    assertThat(json("GET", list + "&offset=1&limit=1", null).toString())
        .isEqualTo("[\"" + subject + "c\"]");
    assertThat(json("GET", list + "&deletedOnly=true", null).toString())
        .isEqualTo("[\"" + subject + "d\"]");
    assertThat(json("GET", list + "&deleted=true&offset=9", null)).isEmpty();
    assertThat(json("GET", "/subjects?subjectPrefix=:*:" + subject + "&deleted=true", null))
        .hasSize(4);
    assertThat(contracts().versions(subject + "a b")).containsExactly(1);
  }

  private Contracts contracts() {
    return new Contracts(RegistrySettings.of(registry.url()));
  }

  @Test
  void ourClientDoesItsWholeWork() {
    Contracts contracts = contracts();
    Schema first = new Schema.Parser().parse(text("a"));
    Schema second = new Schema.Parser().parse(text("a", "b?"));
    Schema third = new Schema.Parser().parse(text("a", "b?", "c"));

    assertThat(contracts.latest(subject)).isEmpty();
    assertThat(contracts.versions(subject)).isEmpty();
    assertThat(contracts.compatibilityProblems(subject, third)).isEmpty();
    assertThat(contracts.compatibility(subject)).isEqualTo(Compatibility.BACKWARD);
    contracts.setCompatibility(subject, Compatibility.BACKWARD_TRANSITIVE);
    assertThat(contracts.compatibility(subject)).isEqualTo(Compatibility.BACKWARD_TRANSITIVE);

    int id = contracts.register(subject, first);
    int secondId = contracts.register(subject, second);
    assertThat(contracts.register(subject, first)).isEqualTo(id);
    assertThat(contracts.version(subject, 1)).contains(new Contract(subject, 1, id, first));
    assertThat(contracts.version(subject, 3)).isEmpty();
    assertThat(contracts().latest(subject)).contains(new Contract(subject, 2, secondId, second));
    assertThat(contracts().schemaById(id)).isEqualTo(first);
    assertThat(contracts.subjects()).contains(subject);

    assertThat(contracts.compatibilityProblems(subject, third))
        .allMatch(problem -> problem.field().equals("c"))
        .allMatch(problem -> problem.direction() == ContractProblem.Direction.BACKWARD)
        .extracting(ContractProblem::reason)
        .containsExactly(
            "Field c of the new schema is missing in version 2 and has no default value",
            "Field c of the new schema is missing in version 1 and has no default value");
    assertThatThrownBy(() -> contracts.register(subject, third))
        .hasMessageStartingWith("Cannot change contract " + subject + ": Field c of the new")
        .extracting(e -> ((MillraceException) e).code())
        .isEqualTo(ErrorCode.INCOMPATIBLE_CONTRACT);

    contracts.deleteVersion(subject, 2);
    contracts.deleteVersion(subject, 2);
    assertThat(contracts.versions(subject)).containsExactly(1);
    contracts.deleteSubject(subject, false);
    assertThat(contracts.latest(subject)).isEmpty();
    contracts.deleteSubject(subject, true);
    contracts.deleteSubject(subject, true);
    assertThatThrownBy(() -> contracts().schemaById(id))
        .extracting(e -> ((MillraceException) e).code())
        .isEqualTo(ErrorCode.CONTRACT_NOT_FOUND);
  }

  @Test
  void stateSurvivesARestart() throws Exception {
    int id = confluent.register(subject, new AvroSchema(text("a")));
    confluent.register(subject, new AvroSchema(text("a", "b?")));
    confluent.updateCompatibility(subject, "FULL_TRANSITIVE");
    confluent.register(subject + "-deleted", new AvroSchema(text("c")));
    confluent.deleteSubject(subject + "-deleted", false);
    confluent.register(subject + "-gone", new AvroSchema(text("d")));
    confluent.deleteSubject(subject + "-gone", false);
    confluent.deleteSubject(subject + "-gone", true);
    JsonNode before = json("GET", "/schemas?deleted=true", null);
    int highest = confluent.register(subject + "-last", new AvroSchema(text("e")));
    confluent.deleteSubject(subject + "-last", false);
    confluent.deleteSubject(subject + "-last", true);

    registry.restart();
    reconnect();

    assertThat(json("GET", "/schemas?deleted=true", null)).isEqualTo(before);
    assertThat(confluent.getSchemaById(id)).isEqualTo(new AvroSchema(text("a")));
    assertThat(confluent.getCompatibility(subject)).isEqualTo("FULL_TRANSITIVE");
    assertThat(rest.getAllSubjects()).contains(subject).doesNotContain(subject + "-deleted");
    // The id of a schema removed for good is never given to another.
    assertThat(confluent.register(subject, new AvroSchema(text("a", "b?", "f?"))))
        .isGreaterThan(highest);
  }

  @Test
  void secondRegistryOnTheSameTopicTakesOverAndTheFirstSaysSo() throws Exception {
    confluent.register(subject, new AvroSchema(text("a")));
    RegistryService first = registry.service();
    RegistryHttp firstHttp = registry.http();
    registry.serve();
    String path = "/subjects/" + subject + "/versions";
    assertThat(json("POST", path, request(text("a", "b?"))).has("id")).isTrue();

    for (int i = 0; i < 2; i++) {
      RegistryResponse refused =
          first.handle(
              new RegistryRequest(
                  "POST", path, Map.of(), false, request(text("a", "c?")).getBytes()));
      assertThat(refused.status()).isEqualTo(500);
      assertThat(new String(refused.body())).contains("50001", "another registry has taken over");
    }
    assertThat(json("POST", path, request(text("a", "b?", "d?"))).has("id")).isTrue();
    firstHttp.close();
    first.close();
  }

  @Test
  void tooLargeSchemaIsRefusedAndTheNextWriteWorks() throws Exception {
    String large =
        "{\"type\":\"record\",\"name\":\"l\",\"fields\":[],\"doc\":\""
            + "x".repeat(9 << 20)
            + "\"}";
    HttpResponse<String> answer =
        call("POST", "/subjects/" + subject + "/versions", request(large));
    assertThat(answer.body()).contains("42209");
    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(confluent.register(subject, new AvroSchema(text("a")))).isPositive();
  }

  @Test
  void concurrentRegistrationsGiveEachSchemaOneIdAndOneVersion() throws Exception {
    confluent.updateCompatibility(subject, "NONE");
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Integer>> tasks = new ArrayList<>();
      for (int i = 0; i < 48; i++) {
        String schema = request(text("f" + i % 12));
        tasks.add(
            () -> json("POST", "/subjects/" + subject + "/versions", schema).get("id").asInt());
      }
      Set<Integer> ids = new TreeSet<>();
      for (Future<Integer> id : threads.invokeAll(tasks)) {
        ids.add(id.get());
      }
      assertThat(ids).hasSize(12);
      assertThat(confluent.getAllVersions(subject)).hasSize(12).isSorted();
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void takenPortIsRefusedNamingTheSetting() {
    assertThatThrownBy(
            () -> RegistryHttp.start(registry.service(), "127.0.0.1", registry.http().port()))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.PORT_IN_USE);
              assertThat(e.hint().orElseThrow()).contains("registry.port");
            });
  }
}
