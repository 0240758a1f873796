package io.millrace.registry.server;

import static io.millrace.registry.server.TestRegistry.request;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** What consoles, exporters and newer clients ask for beyond registering and reading. */
class ContextsAndModesIT {
  @TempDir static Path folder;
  private static TestRegistry registry;

  /** The test's own context, {@code :.test:}, and a subject's name. */
  private String context;

  private String name;

  @BeforeAll
  static void start() {
    registry = TestRegistry.start(folder);
  }

  @AfterAll
  static void stop() {
    registry.close();
  }

  @BeforeEach
  void name(TestInfo test) {
    name = test.getTestMethod().orElseThrow().getName();
    context = ":." + name + ":";
  }

  private static JsonNode get(String path) throws IOException, InterruptedException {
    return registry.get(path);
  }

  private static JsonNode put(String path, String body) throws IOException, InterruptedException {
    return registry.json("PUT", path, body.replace('\'', '"'));
  }

  private static JsonNode delete(String path) throws IOException, InterruptedException {
    return registry.json("DELETE", path, null);
  }

  /** A record of that name with these fields of type int. */
  private static String record(String name, String... fields) {
    ObjectNode record =
        TestRegistry.JSON.createObjectNode().put("type", "record").put("name", name);
    record.putArray("fields");
    for (String field : fields) {
      record.withArray("fields").addObject().put("name", field).put("type", "int");
    }
    return record.toString();
  }

  private static JsonNode register(String subject, String schema)
      throws IOException, InterruptedException {
    return registry.json("POST", "/subjects/" + subject + "/versions", request(schema));
  }

  /** The schema with more fields of the request, written with single quotes. */
  private static JsonNode register(String subject, String schema, String more)
      throws IOException, InterruptedException {
    return registry.json("POST", "/subjects/" + subject + "/versions", requestWith(schema, more));
  }

  private static String requestWith(String schema, String more) throws IOException {
    ObjectNode request = (ObjectNode) TestRegistry.JSON.readTree(more.replace('\'', '"'));
    return request.put("schema", schema).toString();
  }

  private static void assertRefused(JsonNode answer, int code, String words) {
    assertThat(answer.path("error_code").asInt()).as(answer.toString()).isEqualTo(code);
    assertThat(answer.path("message").asText()).contains(words);
  }

  @Test
  void eachContextHasIdsOfItsOwn() throws Exception {
    register(name, record("d", "a"));
    int id = register(name, record("d2", "a")).path("error_code").asInt();
    assertThat(id).isEqualTo(409);
    assertThat(register(context + "one", record("a", "x")).get("id").asInt()).isEqualTo(1);
    assertThat(register(context + "two", record("b", "x")).get("id").asInt()).isEqualTo(2);
    assertThat(register(context + "three", record("a", "x")).get("id").asInt()).isEqualTo(1);
    assertThat(register(":.other" + name + ":one", record("b", "x")).get("id").asInt())
        .isEqualTo(1);

    assertThat(get("/contexts").toString()).contains("\".\",", "\"." + name + "\"");
    assertThat(get("/schemas/ids/2?subject=" + context).get("schema").asText())
        .isEqualTo(record("b", "x"));
    assertThat(get("/schemas/ids/1?subject=" + context + "three").get("schema").asText())
        .isEqualTo(record("a", "x"));
    assertRefused(get("/schemas/ids/2?subject=" + context + "one"), 40403, "Schema 2 not found");
    assertThat(get("/schemas/ids/1/subjects?subject=" + context).toString())
        .isEqualTo("[\"" + context + "one\",\"" + context + "three\"]");
    assertThat(get("/schemas/ids/1/versions?subject=" + context)).hasSize(2);

    // A name without its context is found in any, the default one first.
    assertThat(get("/subjects/three/versions/1").get("subject").asText())
        .isEqualTo(context + "three");
    assertThat(
            registry
                .json("POST", "/subjects/three", request(record("a", "x")))
                .get("subject")
                .asText())
        .isEqualTo(context + "three");
    assertThat(get("/subjects/" + context + "one/versions/1").get("id").asInt()).isEqualTo(1);
  }

  @Test
  void listsSayWhichContextsTheyMean() throws Exception {
    register(context + "a1", "\"int\"");
    register(context + "b1", "\"long\"");
    register(name + "-a1", "\"int\"");
    assertThat(get("/subjects?subjectPrefix=" + context).toString())
        .isEqualTo("[\"" + context + "a1\",\"" + context + "b1\"]");
    assertThat(get("/subjects?subjectPrefix=" + context + "b").toString())
        .isEqualTo("[\"" + context + "b1\"]");
    assertThat(get("/subjects").toString()).contains(context + "a1", name + "-a1");
    assertThat(get("/subjects?subjectPrefix=").toString())
        .contains(name + "-a1")
        .doesNotContain(context);
    assertThat(get("/subjects?subjectPrefix=:*:a1").toString()).contains(context + "a1");
    assertThat(get("/subjects?subjectPrefix=:." + name.substring(0, 5)).toString())
        .contains(context + "a1");
    assertThat(get("/schemas?subjectPrefix=" + context)).hasSize(2);
    assertThat(get("/schemas?subjectPrefix=" + context + "&offset=1&limit=2147483647")).hasSize(1);
    assertThat(get("/schemas").toString()).doesNotContain(context);
    assertThat(get("/contexts?contextPrefix=." + name).toString()).isEqualTo("[\"." + name + "\"]");
  }

  @Test
  void contextMayStandInTheAddress() throws Exception {
    String address = "/contexts/" + name;
    assertThat(
            registry
                .json("POST", address + "/subjects/s/versions/", request("\"int\""))
                .get("id")
                .asInt())
        .isEqualTo(1);
    assertThat(get(address + "/subjects").toString()).isEqualTo("[\"" + context + "s\"]");
    assertThat(get("/contexts/." + name + "/schemas/ids/1/schema").asText()).isEqualTo("int");
    assertThat(get("/contexts/" + context + "/schemas/ids/1").get("schema").asText())
        .isEqualTo("\"int\"");
    put(address + "/config", "{'compatibility':'NONE'}");
    assertThat(get("/config/" + context).get("compatibilityLevel").asText()).isEqualTo("NONE");
    put(address + "/mode/s", "{'mode':'READONLY'}");
    assertThat(get("/mode/" + context + "s").get("mode").asText()).isEqualTo("READONLY");
    assertRefused(
        registry.json("POST", address + "/subjects/s/versions", request("\"long\"")),
        42205,
        "Subject " + context + "s in context ." + name + " is in read-only mode");
    assertThat(
            registry
                .json(
                    "POST",
                    address + "/compatibility/subjects/s/versions/latest",
                    request("\"string\""))
                .get("is_compatible")
                .asBoolean())
        .isTrue();

    assertRefused(delete(address), 42211, "is not empty");
    delete(address + "/mode/s");
    delete(address + "/subjects/s");
    delete(address + "/subjects/s?permanent=true");
    HttpResponse<String> gone = registry.call("DELETE", address, null);
    assertThat(gone.statusCode()).isEqualTo(204);
    assertThat(gone.body()).isEmpty();
    assertThat(get("/contexts").toString()).doesNotContain(name);
    assertRefused(get("/contexts/a:b/subjects"), 400, "cannot contain a colon");
  }

  @Test
  void configurationAndModeComeFromTheContextAndThenFromTheGlobalOne() throws Exception {
    String subject = context + "s";
    put("/config/:.__GLOBAL:", "{'compatibility':'FULL'}");
    put("/mode/:.__GLOBAL:", "{'mode':'READONLY'}");
    try {
      assertThat(get("/config/" + subject + "?defaultToGlobal=true").get("compatibilityLevel"))
          .hasToString("\"FULL\"");
      assertThat(get("/mode/" + subject + "?defaultToGlobal=true").get("mode"))
          .hasToString("\"READONLY\"");
      put("/mode/" + context, "{'mode':'READWRITE'}");
      put("/config/" + context, "{'compatibility':'NONE','normalize':true}");
      assertThat(get("/config/" + subject + "?defaultToGlobal=true").toString())
          .isEqualTo("{\"normalize\":true,\"compatibilityLevel\":\"NONE\"}");
      assertThat(register(subject, "\"int\"").has("id")).isTrue();
      assertRefused(get("/mode/" + subject), 40409, "does not have subject-level mode");
      assertRefused(get("/config/" + subject), 40408, "does not have subject-level compat");
      assertRefused(register(name, "\"int\""), 42205, "read-only");
      assertRefused(register(":.__GLOBAL:x", "\"int\""), 42208, "not valid");
    } finally {
      delete("/mode/:.__GLOBAL:");
      delete("/config/:.__GLOBAL:");
    }
    assertThat(get("/mode").get("mode").asText()).isEqualTo("READWRITE");
  }

  @Test
  void readOnlySubjectAnswersButTakesNothing() throws Exception {
    int id = register(name, record("r", "a")).get("id").asInt();
    for (String mode : new String[] {"readonly", "READONLY_OVERRIDE"}) {
      assertThat(put("/mode/" + name, "{'mode':'" + mode + "'}").get("mode").asText())
          .isEqualTo(mode);
      assertThat(register(name, record("r", "a")).get("id").asInt()).isEqualTo(id);
      assertRefused(register(name, record("r", "b")), 42205, "read-only");
      assertRefused(delete("/subjects/" + name), 42205, "read-only");
      assertRefused(delete("/subjects/" + name + "/versions/1"), 42205, "read-only");
      assertRefused(put("/config/" + name, "{'compatibility':'NONE'}"), 42205, "read-only");
      assertRefused(delete("/config/" + name), 42205, "read-only");
    }
    assertThat(delete("/mode/" + name).get("mode").asText()).isEqualTo("READONLY_OVERRIDE");
    assertRefused(delete("/mode/" + name), 40401, "not found");
    assertThat(delete("/subjects/" + name).toString()).isEqualTo("[1]");
    assertRefused(put("/mode/" + name, "{'mode':'SIDEWAYS'}"), 42204, "Invalid mode");
    assertRefused(put("/mode/" + name, "{'mode':'FORWARD'}"), 42204, "global level");
  }

  @Test
  void importTakesIdsAndVersionsAsTheyCome() throws Exception {
    String subject = context + "s";
    assertRefused(register(subject, record("r", "a"), "{'id':70}"), 42205, "is not in import mode");
    register(subject, record("gone", "a"));
    assertRefused(put("/mode/" + context, "{'mode':'IMPORT'}"), 42205, "existing subjects");
    delete("/subjects/" + subject);
    // What was deleted softly only makes way.
    put("/mode/" + context, "{'mode':'IMPORT'}");
    assertRefused(get("/subjects/" + subject + "/versions?deleted=true"), 40401, "not found");

    assertRefused(register(subject, record("r", "a")), 42205, "is not in read-write mode");
    JsonNode first = register(subject, record("r", "a"), "{'id':70,'version':3}");
    assertThat(first.toString()).isEqualTo("{\"id\":70}");
    assertThat(register(subject, record("r", "a"), "{'id':70,'version':3}")).isEqualTo(first);
    // Not compared with what is there: the other registry did that.
    assertThat(register(subject, record("s", "b"), "{'id':60,'version':1}").get("id").asInt())
        .isEqualTo(60);
    assertThat(get("/subjects/" + subject + "/versions").toString()).isEqualTo("[1,3]");
    assertRefused(
        register(subject, record("t", "c"), "{'id':70,'version':4}"),
        42205,
        "Overwrite new schema with id 70");
    assertRefused(
        register(subject, record("t", "c"), "{'id':71,'version':3}"),
        42205,
        "Cannot import version 3");
    assertThat(register(subject, record("t", "c"), "{'id':71}").get("id").asInt()).isEqualTo(71);

    put("/mode/" + context, "{'mode':'READWRITE'}");
    put("/config/" + context, "{'compatibility':'NONE'}");
    assertThat(register(subject, record("u", "c")).get("id").asInt()).isEqualTo(72);
    assertRefused(put("/mode/" + subject, "{'mode':'IMPORT'}"), 42205, "existing subjects");
    put("/mode/" + subject + "?force=true", "{'mode':'IMPORT'}");
    assertThat(get("/mode/" + subject).get("mode").asText()).isEqualTo("IMPORT");
    assertThat(register(subject, record("v"), "{'id':2147483647}").get("id").asInt())
        .isEqualTo(Integer.MAX_VALUE);
    put("/mode/" + subject, "{'mode':null}");
    assertRefused(register(subject, record("w")), 42205, "used up");
  }

  @Test
  void forwardIsForAllContextsAndTakesIds() throws Exception {
    register(name, record("r", "a"));
    put("/mode/:.__GLOBAL:", "{'mode':'FORWARD'}");
    try {
      assertThat(register(name, record("s", "b"), "{'id':900001}").get("id").asInt())
          .isEqualTo(900_001);
      assertRefused(register(name, record("t")), 42205, "is not in read-write mode");
    } finally {
      delete("/mode/:.__GLOBAL:");
    }
  }

  @Test
  void modesOfAContextAreUnsetTogether() throws Exception {
    put("/mode/" + context + "a", "{'mode':'READONLY'}");
    put("/mode/" + context + "b", "{'mode':'READONLY'}");
    assertRefused(delete("/mode/" + context), 40401, "not found");
    assertThat(delete("/mode/" + context + "?recursive=true").toString()).isEqualTo("{}");
    assertRefused(get("/mode/" + context + "a"), 40409, "mode");
    assertRefused(get("/mode/" + context + "b"), 40409, "mode");
  }

  @Test
  void metadataAndRulesBelongToTheSchema() throws Exception {
    String schema = record(name, "a");
    String owner = "{'metadata':{'properties':{'owner':'me'},'tags':{'a':['y','x']}}}";
    int plain = register(name + "-plain", schema).get("id").asInt();
    int owned = register(name, schema, owner).get("id").asInt();
    assertThat(owned).isNotEqualTo(plain);
    assertThat(get("/schemas/ids/" + owned).get("metadata").toString())
        .isEqualTo("{\"tags\":{\"a\":[\"x\",\"y\"]},\"properties\":{\"owner\":\"me\"}}");
    // Left out, it is that of the version before.
    assertThat(register(name, schema).get("id").asInt()).isEqualTo(owned);
    assertThat(registry.json("POST", "/subjects/" + name, request(schema)).get("version").asInt())
        .isEqualTo(1);
    String rules = "{'ruleSet':{'domainRules':[{'name':'n','type':'CEL','mode':'WRITE'}]}}";
    int ruled = register(name, schema, rules).get("id").asInt();
    assertThat(ruled).isNotIn(plain, owned);
    assertThat(get("/subjects/" + name + "/versions/2").toString())
        .contains("\"owner\":\"me\"", "\"ruleSet\":{\"domainRules\":[{\"name\":\"n\"");
    assertRefused(
        register(name, schema, rules.replace("WRITE", "UPGRADE")), 42210, "cannot have mode");
    assertRefused(
        register(name, schema, "{'ruleSet':{'domainRules':[{'name':'n'},{'name':'n'}]}}"),
        42210,
        "duplicate name 'n'");
    assertRefused(
        register(name, schema, "{'schemaTagsToAdd':[{'tags':['a']}]}"), 42201, "schemaTagsToAdd");

    put(
        "/config/" + name,
        "{'defaultMetadata':{'properties':{'owner':'nobody','team':'t'}},"
            + "'overrideMetadata':{'properties':{'level':'1'}}}");
    register(name, schema, "{'metadata':{'properties':{'owner':'you'}}}");
    assertThat(get("/subjects/" + name + "/versions/latest").at("/metadata/properties").toString())
        .isEqualTo("{\"level\":\"1\",\"owner\":\"you\",\"team\":\"t\"}");
    assertThat(get("/subjects/" + name + "/metadata?key=owner&value=me").get("version").asInt())
        .isEqualTo(2);
    assertRefused(get("/subjects/" + name + "/metadata?key=owner&value=x"), 40403, "not found");
    assertRefused(get("/subjects/none/metadata?key=owner&value=x"), 40401, "not found");
  }

  @Test
  void versionsOfOneGroupAreComparedAmongThemselves() throws Exception {
    put("/config/" + name, "{'compatibilityGroup':'major'}");
    register(name, record(name, "a"), "{'metadata':{'properties':{'major':'1'}}}");
    String second = "{'metadata':{'properties':{'major':'2'}}}";
    assertThat(register(name, record(name, "b"), second).has("id")).isTrue();
    assertRefused(register(name, record(name, "b", "c"), second), 409, "incompatible");
    put("/config/" + name, "{'compatibilityGroup':null}");
    assertThat(get("/config/" + name).toString())
        .isEqualTo("{\"compatibilityLevel\":\"BACKWARD\"}");
  }

  @Test
  void aliasStandsForItsSubject() throws Exception {
    int id = register(name, "\"int\"").get("id").asInt();
    put("/config/" + name + "-alias", "{'alias':'" + name + "'}");
    assertThat(get("/subjects/" + name + "-alias/versions/1").get("subject").asText())
        .isEqualTo(name);
    assertThat(register(name + "-alias", "\"int\"").get("id").asInt()).isEqualTo(id);
    assertThat(get("/schemas/ids/" + id + "?subject=" + name + "-alias").get("schema").asText())
        .isEqualTo("\"int\"");
    assertThat(get("/config/" + name + "-alias").get("alias").asText()).isEqualTo(name);
  }

  @Test
  void guidNamesASchemaInEveryContextAndNewFieldsGoToThoseWhoBearThem() throws Exception {
    String schema = record(name, "a");
    assertThat(register(name, schema)).hasSize(1);
    JsonNode full =
        TestRegistry.JSON.readTree(
            registry
                .call(
                    HttpRequest.newBuilder(
                            URI.create(registry.url() + "/subjects/" + context + "s/versions"))
                        .header("Confluent-Accept-Unknown-Properties", "true")
                        .POST(BodyPublishers.ofString(request(schema))))
                .body());
    assertThat(full.get("version").asInt()).isEqualTo(1);
    assertThat(full.get("schema").asText()).isEqualTo(schema);
    String guid = full.get("guid").asText();
    assertThat(get("/schemas/guids/" + guid).get("schema").asText()).isEqualTo(schema);
    assertThat(get("/schemas/guids/" + guid + "/ids").toString())
        .contains("{\"context\":\".\",", "{\"context\":\"." + name + "\",\"id\":1}");
    assertRefused(get("/schemas/guids/x"), 40403, "Schema x not found");
    assertThat(get("/schemas/guids/x/ids")).isEmpty();
  }

  /** a is used by b, b by c: {@code b} holds an {@code x.A}, {@code c} an {@code x.B}. */
  private void registerChain(String prefix) throws IOException, InterruptedException {
    register(prefix + "a", record("x.A", "n"));
    register(
        prefix + "b",
        "{\"type\":\"record\",\"name\":\"x.B\",\"fields\":[{\"name\":\"a\",\"type\":\"x.A\"}]}",
        "{'references':[{'name':'x.A','subject':'" + local(prefix) + "a','version':-1}]}");
    register(
        prefix + "c",
        "{\"type\":\"record\",\"name\":\"x.C\",\"fields\":[{\"name\":\"b\",\"type\":\"x.B\"}]}",
        "{'references':[{'name':'x.B','subject':'" + local(prefix) + "b','version':1}]}");
  }

  /** References name subjects of their own context without it. */
  private String local(String prefix) {
    return prefix.startsWith(context) ? prefix.substring(context.length()) : prefix;
  }

  @Test
  void referencesAreFollowedThroughOthersWithinTheirContext() throws Exception {
    registerChain(context);
    String c = "/subjects/" + context + "c/versions/1";
    assertThat(get(c).get("references").toString())
        .isEqualTo("[{\"name\":\"x.B\",\"subject\":\"b\",\"version\":1}]");
    assertThat(get(c + "?referenceFormat=qualified").at("/references/0/subject").asText())
        .isEqualTo(context + "b");
    String resolved = get(c + "?format=resolved").get("schema").asText();
    assertThat(resolved).contains("\"name\":\"A\"", "\"name\":\"n\"");
    assertThat(get("/schemas/ids/3?format=resolved&subject=" + context).get("schema").asText())
        .isEqualTo(resolved);
    assertThat(get("/subjects/" + context + "b/versions/1").at("/references/0/version").asInt())
        .isEqualTo(1);
    // Written out it is the same schema.
    assertThat(register(context + "c", resolved).get("id").asInt()).isEqualTo(3);

    assertThat(get("/subjects/" + context + "a/versions/1/referencedby").toString())
        .isEqualTo("[2]");
    assertThat(get("/subjects/" + context + "b/versions/latest/referencedby").toString())
        .isEqualTo("[3]");
    // A narrower type two references away is seen.
    register(name + "-x", "\"int\"");
    JsonNode verdict =
        registry.json(
            "POST",
            "/compatibility/subjects/" + context + "c/versions?verbose=true",
            request(
                resolved.replace(
                    "\"name\":\"n\",\"type\":\"int\"", "\"name\":\"n\",\"type\":\"string\"")));
    assertThat(verdict.get("messages").get(0).asText())
        .isEqualTo(
            "{errorType:'TYPE_MISMATCH', description:'The type (path"
                + " '/fields/0/type/fields/0/type/fields/0/type') of a field in the new schema does"
                + " not match with the old schema', additionalInfo:'reader type: STRING not"
                + " compatible with writer type: INT'}");
  }

  @Test
  void referredSchemasAreKeptWhileAnyVersionRefersToThem() throws Exception {
    registerChain(name);
    String a = "/subjects/" + name + "a";
    String b = "/subjects/" + name + "b";
    assertRefused(delete(b), 42206, "One or more references exist");
    delete("/subjects/" + name + "c");
    assertThat(get(b + "/versions/1/referencedby")).isEmpty();
    assertThat(get(b + "/versions/1/referencedby?deleted=true")).hasSize(1);
    assertThat(delete(b).toString()).isEqualTo("[1]");
    // A softly deleted version can come back, so what it refers to is not removed for good.
    assertRefused(delete(b + "?permanent=true"), 42206, "One or more references exist");
    assertRefused(delete(b + "/versions/1?permanent=true"), 42206, "references exist");
    delete("/subjects/" + name + "c?permanent=true");
    assertThat(delete(b + "?permanent=true").toString()).isEqualTo("[1]");
    assertThat(delete(a).toString()).isEqualTo("[1]");
    assertThat(delete(a + "?permanent=true").toString()).isEqualTo("[1]");
  }

  @Test
  void latestIsNeverADeletedVersion() throws Exception {
    String path = "/subjects/" + name + "/versions";
    put("/config/" + name, "{'compatibility':'NONE'}");
    register(name, record(name, "a"));
    register(name, record(name, "b"));
    delete(path + "/2");
    assertThat(get(path + "/latest?deleted=true").get("version").asInt()).isEqualTo(1);
    assertThat(get(path + "?deletedAsNegative=true").toString()).isEqualTo("[1,-2]");
    assertThat(get(path + "?deletedOnly=true").toString()).isEqualTo("[2]");
    delete(path + "/1");
    assertRefused(delete(path + "/latest"), 40402, "Version -1 not found");
    assertThat(get("/subjects?deletedOnly=true").toString()).contains(name);
    assertRefused(
        register(name, record(name, "c"), "{'version':2}"), 42201, "not one more than previous");
    assertThat(register(name, record(name, "c"), "{'version':3}").has("id")).isTrue();
    assertThat(get(path + "/3").at("/metadata/properties").toString())
        .isEqualTo("{\"confluent:version\":\"3\"}");
    assertThat(get("/subjects?deletedOnly=true").toString()).doesNotContain(name);
  }

  @Test
  void configuredNormalFormHoldsWithoutAsking() throws Exception {
    String one =
        "{\"type\":\"record\",\"name\":\"n\",\"q\":1,\"o\":{\"y\":1,\"x\":2},\"fields\":[]}";
    String two =
        "{\"fields\":[],\"o\":{\"x\":2,\"y\":1},\"q\":1,\"name\":\"n\",\"type\":\"record\"}";
    put("/config/" + name, "{'normalize':true}");
    int id = register(name, one).get("id").asInt();
    assertThat(get("/schemas/ids/" + id).get("schema").asText())
        .isEqualTo(
            "{\"type\":\"record\",\"name\":\"n\",\"fields\":[],\"o\":{\"x\":2,\"y\":1},\"q\":1}");
    assertThat(register(name, two).get("id").asInt()).isEqualTo(id);
    // The subject's own schema is found however its text is ordered; another subject's is not.
    register(name + "-as-it-is", one);
    assertThat(register(name + "-as-it-is", two).get("id"))
        .isEqualTo(register(name + "-as-it-is", one).get("id"));
    assertThat(register(name + "-as-it-is", one).get("id").asInt()).isNotEqualTo(id);
    assertThat(
            registry
                .json("POST", "/subjects/" + name + "-2/versions?normalize=true", request(two))
                .get("id")
                .asInt())
        .isEqualTo(id);
  }

  private HttpRequest.Builder compressed(byte[] body) {
    return HttpRequest.newBuilder(URI.create(registry.url() + "/subjects/" + name + "/versions"))
        .header("Content-Encoding", "gzip")
        .POST(BodyPublishers.ofByteArray(body));
  }

  @Test
  void compressedBodiesAreReadAndBrokenRequestsAnswered() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(request("\"int\"").getBytes(StandardCharsets.UTF_8));
    }
    assertThat(registry.call(compressed(bytes.toByteArray())).statusCode()).isEqualTo(200);
    assertThat(registry.call(compressed("{}".getBytes())).body()).contains("not gzip");
    assertThat(registry.call(compressed(new byte[] {0x1f})).statusCode()).isEqualTo(400);

    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bomb)) {
      for (int i = 0; i < 17; i++) {
        gzip.write(new byte[1 << 20]);
      }
    }
    assertThat(registry.call(compressed(bomb.toByteArray())).statusCode()).isEqualTo(413);
    assertThat(registry.call("GET", "/subjects/?x=1&&=&y", null).statusCode()).isEqualTo(200);
    assertRefused(get("/subjects?limit=many"), 404, "Not Found");
    assertRefused(registry.json("PUT", "/mode", "[]"), 400, "not the JSON expected");
    assertRefused(delete("/subjects"), 405, "Method Not Allowed");
    assertRefused(get("/v1/metadata/none"), 404, "Not Found");
    assertThat(get("/v1/metadata/version/").get("version").asText()).startsWith("8.");
  }

  @Test
  void contextsAndModesSurviveARestart() throws Exception {
    register(context + "s", record("r", "a"), "{'metadata':{'properties':{'k':'v'}}}");
    register(context + "gone", record("s", "a"));
    delete("/subjects/" + context + "gone");
    delete("/subjects/" + context + "gone?permanent=true");
    put("/mode/" + context + "s", "{'mode':'READONLY'}");
    put(
        "/config/" + context,
        "{'compatibility':'FULL','alias':'x','overrideMetadata':{'sensitive':['k']}}");
    put("/mode/" + context + "imported", "{'mode':'IMPORT'}");
    register(context + "imported", record("t", "a"), "{'id':50,'version':7}");
    JsonNode schemas = get("/schemas?subjectPrefix=:*:&deleted=true");
    JsonNode config = get("/config/" + context);
    JsonNode contexts = get("/contexts");

    registry.restart();

    assertThat(get("/schemas?subjectPrefix=:*:&deleted=true")).isEqualTo(schemas);
    assertThat(get("/config/" + context)).isEqualTo(config);
    assertThat(get("/contexts")).isEqualTo(contexts);
    assertThat(get("/mode/" + context + "s").get("mode").asText()).isEqualTo("READONLY");
    assertThat(get("/mode/" + context + "imported").get("mode").asText()).isEqualTo("IMPORT");
    assertThat(register(context + "new", record("u", "a")).get("id").asInt()).isEqualTo(51);
  }
}
