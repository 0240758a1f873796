package io.millrace.registry.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same requests to this registry and to Apicurio's Confluent-compatible API. */
class DifferentialIT {
  @TempDir static Path folder;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static Apicurio apicurio;
  private static TestRegistry registry;

  @BeforeAll
  static void start() throws Exception {
    apicurio = Apicurio.start(Files.createDirectory(folder.resolve("apicurio")));
    registry = TestRegistry.start(folder.resolve("broker"));
    apicurio.awaitReady();
    // Apicurio begins with NONE.
    send(apicurio.url(), "PUT /config {\"compatibility\":\"BACKWARD\"}");
  }

  @AfterAll
  static void stop() {
    apicurio.close();
    registry.close();
  }

  /** A status and a body, which is missing where it is no JSON. */
  private record Answer(int status, JsonNode body) {
    boolean isOk() {
      return status == 200;
    }

    String summary() {
      if (body.has("error_code")) {
        return status + " " + body.get("error_code");
      }
      if (body.has("messages")) {
        return status + " with messages";
      }
      return body.isMissingNode() ? Integer.toString(status) : status + " " + body;
    }
  }

  /** The request is a method, a path and perhaps a body. */
  private static Answer send(String url, String request) throws IOException, InterruptedException {
    String[] parts = request.split(" ", 3);
    HttpResponse<String> response =
        CLIENT.send(
            HttpRequest.newBuilder(URI.create(url + parts[1]))
                .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                .method(
                    parts[0],
                    parts.length > 2 ? BodyPublishers.ofString(parts[2]) : BodyPublishers.noBody())
                .build(),
            BodyHandlers.ofString());
    JsonNode body = MissingNode.getInstance();
    if (!response.body().isEmpty()) {
      try {
        body = JSON.readTree(response.body());
      } catch (JsonProcessingException e) {
        // Apicurio says some things in plain words: the status counts.
        body = MissingNode.getInstance();
      }
    }
    return new Answer(response.statusCode(), body);
  }

  private static String registering(String subject, String schema) {
    return "POST /subjects/" + subject + "/versions " + TestRegistry.request(schema);
  }

  @ParameterizedTest
  @EnumSource
  void documentedDifferencesAreStillThere(Difference difference) throws Exception {
    String subject = "documented_" + difference.name().toLowerCase(Locale.ROOT);
    assertThat(answers(registry.url(), difference, subject))
        .as("here")
        .isEqualTo(difference.ours(subject));
    assertThat(answers(apicurio.url(), difference, subject))
        .as("Apicurio")
        .isEqualTo(difference.theirs(subject));
  }

  private static String answers(String url, Difference difference, String subject)
      throws IOException, InterruptedException {
    String one =
        "{\"type\":\"record\",\"name\":\""
            + subject
            + "\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"}";
    int id = send(url, registering(subject, one + "]}")).body().get("id").asInt();
    send(url, registering(subject, one + ",{\"name\":\"b\",\"type\":\"int\",\"default\":0}]}"));
    Answer answer = null;
    for (String request : difference.requests(subject, id)) {
      answer = send(url, request);
    }
    return answer.summary();
  }

  @Test
  void differencesAreOnTheReferencePage() throws Exception {
    String page = Files.readString(Path.of("../../docs/reference/registry.md"));
    assertThat(page).as("print it from Difference.table()").contains(Difference.table());
  }

  /** Each seed is a sequence of requests, which both answer alike. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void sameRequestsHaveTheSameAnswers(long seed) throws Exception {
    Run run = new Run(seed);
    for (int step = 0; step < 250; step++) {
      run.step();
    }
    assertThat(run.compared).as("requests that were compared").isGreaterThan(150);
    assertThat(run.registered).as("schemas registered").isGreaterThan(8);
  }

  /** The subjects, schemas and ids of one seed. */
  private static final class Run {
    private final long seed;
    private final Random random;
    private final List<String> subjects;
    private final List<String> schemas = new ArrayList<>();
    private final Map<Integer, Integer> ids = new TreeMap<>();
    private final List<String> trace = new ArrayList<>();
    private int referrers;
    private int compared;
    private int registered;

    Run(long seed) {
      this.seed = seed;
      this.random = new Random(seed);
      this.subjects = List.of("s" + seed + "-a", "s" + seed + "-b", "s" + seed + "-c");
      for (int i = 0; i < 25; i++) {
        schemas.add(new RandomSchema(random).text());
      }
    }

    private <T> T pick(List<T> choices) {
      return choices.get(random.nextInt(choices.size()));
    }

    void step() throws IOException, InterruptedException {
      String subject = pick(subjects);
      String schema = TestRegistry.request(pick(schemas));
      String version = pick(List.of("1", "2", "3", "latest", "7"));
      String versions = "/subjects/" + subject + "/versions";
      boolean live = here("GET " + versions).isOk();
      boolean hasVersion = here("GET " + versions + "/" + version).isOk();
      switch (random.nextInt(22)) {
        case 0, 1, 2, 3, 4, 5, 6 -> register(subject, schema);
        case 7 ->
            onlyIf(
                live,
                "POST /subjects/" + subject + pick(List.of("", "?deleted=true")) + " " + schema);
        case 8 -> same("GET " + versions + pick(List.of("", "?deleted=true", "/")));
        case 9 -> same("GET " + versions + "/" + version + pick(List.of("", "/schema")));
        case 10 ->
            onlyIf(
                live && !version.equals("latest"),
                "GET " + versions + "/" + version + "?deleted=true");
        case 11 -> same("DELETE " + versions + "/" + version);
        case 12 -> same("DELETE " + versions + "/" + version + "?permanent=true");
        case 13 -> same("DELETE /subjects/" + subject + pick(List.of("", "?permanent=true")));
        case 14 ->
            onlyIf(live, "PUT /config/" + subject + " {\"compatibility\":\"" + level() + "\"}");
        case 15 -> onlyIf(live, "GET /config/" + subject + "?defaultToGlobal=true");
        case 16 ->
            onlyIf(here("GET /config/" + subject).isOk() && live, "DELETE /config/" + subject);
        case 17 -> onlyIf(live, "POST /compatibility" + versions + " " + schema);
        case 18 ->
            onlyIf(hasVersion, "POST /compatibility" + versions + "/" + version + " " + schema);
        case 19 -> byId();
        case 20 -> {
          same("GET /subjects" + pick(List.of("", "?deleted=true")));
          same("GET /schemas/ids/999999");
        }
        default -> {
          if (hasVersion && random.nextInt(3) == 0) {
            refer(subject, version);
          }
        }
      }
    }

    /** NONE is a documented difference. */
    private String level() {
      return pick(
          List.of(
              "BACKWARD",
              "FORWARD",
              "FULL",
              "BACKWARD_TRANSITIVE",
              "FORWARD_TRANSITIVE",
              "FULL_TRANSITIVE"));
    }

    /** What the registered version of a deleted one does is a documented difference. */
    private void register(String subject, String schema) throws IOException, InterruptedException {
      boolean live = here("POST /subjects/" + subject + " " + schema).isOk();
      boolean deleted = here("POST /subjects/" + subject + "?deleted=true " + schema).isOk();
      if (live || !deleted) {
        Answer answer = same("POST /subjects/" + subject + "/versions " + schema);
        registered += answer.isOk() ? 1 : 0;
      }
    }

    /** A subject of its own that refers to this version, never deleted. */
    private void refer(String subject, String version) throws IOException, InterruptedException {
      Answer target = here("GET /subjects/" + subject + "/versions/" + version);
      String name = JSON.readTree(target.body().get("schema").asText()).get("name").asText();
      ObjectNode request =
          JSON.createObjectNode().put("schema", "{\"type\":\"array\",\"items\":\"" + name + "\"}");
      request
          .putArray("references")
          .addObject()
          .put("name", name)
          .put("subject", subject)
          .put("version", target.body().get("version").asInt());
      String referrer = "s" + seed + "-by" + referrers++;
      same("POST /subjects/" + referrer + "/versions " + request);
      same("GET /subjects/" + referrer + "/versions/1");
      assertThat(referrerIds(registry.url(), subject, version).stream().map(ids::get).toList())
          .as(this::story)
          .containsExactlyInAnyOrderElementsOf(referrerIds(apicurio.url(), subject, version));
      same("DELETE /subjects/" + subject + "/versions/" + version);
      same("DELETE /subjects/" + subject);
    }

    private static List<Integer> referrerIds(String url, String subject, String version)
        throws IOException, InterruptedException {
      String path = "/subjects/" + subject + "/versions/" + version + "/referencedby";
      List<Integer> ids = new ArrayList<>();
      send(url, "GET " + path).body().forEach(id -> ids.add(id.asInt()));
      return ids;
    }

    private void byId() throws IOException, InterruptedException {
      if (!ids.isEmpty()) {
        int id = pick(List.copyOf(ids.keySet()));
        String what = pick(List.of("", "/schema", "/versions"));
        same("GET /schemas/ids/" + id + what, "GET /schemas/ids/" + ids.get(id) + what);
      }
    }

    private Answer here(String request) throws IOException, InterruptedException {
      return send(registry.url(), request);
    }

    private void onlyIf(boolean comparable, String request)
        throws IOException, InterruptedException {
      if (comparable) {
        same(request);
      }
    }

    private Answer same(String request) throws IOException, InterruptedException {
      return same(request, request);
    }

    private Answer same(String ours, String theirs) throws IOException, InterruptedException {
      Answer here = send(registry.url(), ours);
      Answer there = send(apicurio.url(), theirs);
      trace.add(ours + "\n  " + here.summary() + "\n  " + there.summary());
      compared++;
      assertThat(meaning(here)).as(this::story).isEqualTo(meaning(there));
      if (here.body().has("id")) {
        // An id of ours always means the same id of theirs.
        int id = there.body().get("id").asInt();
        assertThat(ids.computeIfAbsent(here.body().get("id").asInt(), first -> id))
            .as(this::story)
            .isEqualTo(id);
      }
      return here;
    }

    private String story() {
      return "seed " + seed + ":\n" + String.join("\n", trace);
    }

    /** What a client would act upon, but for ids. */
    private String meaning(Answer answer) throws IOException {
      JsonNode body = answer.body().deepCopy();
      if (body.has("error_code")) {
        int code = body.get("error_code").asInt();
        // The statuses of these three are documented differences.
        boolean isStillThere = code == 40405 || code == 40406 || code == 40407;
        return (isStillThere ? "" : answer.status() + " ") + code;
      }
      if (body instanceof ObjectNode object) {
        meaning(object);
      }
      return answer.status()
          + " "
          + (body instanceof ArrayNode array ? meaning(array) : sorted(body));
    }

    private void meaning(ObjectNode body) throws IOException {
      body.remove(List.of("schemaType", "id"));
      if (body.path("references").isEmpty()) {
        body.remove("references");
      }
      if (body.has("compatibility")) {
        body.set("compatibilityLevel", body.remove("compatibility"));
      }
      if (body.path("schema").isTextual()) {
        body.set("schema", JSON.readTree(body.get("schema").asText()));
      }
    }

    /** Lists hold what other seeds made, too, and are ordered only here. */
    private List<String> meaning(ArrayNode body) {
      List<String> elements = new ArrayList<>();
      for (JsonNode element : body) {
        String subject = element.path("subject").asText(element.asText());
        if (element.isInt() || subject.startsWith("s" + seed + "-")) {
          elements.add(sorted(element).toString());
        }
      }
      Collections.sort(elements);
      return elements;
    }
  }

  private static JsonNode sorted(JsonNode node) {
    if (node.isArray()) {
      ArrayNode array = JSON.createArrayNode();
      node.forEach(element -> array.add(sorted(element)));
      return array;
    }
    if (!node.isObject()) {
      return node;
    }
    Map<String, JsonNode> fields = new TreeMap<>();
    node.properties().forEach(f -> fields.put(f.getKey(), sorted(f.getValue())));
    ObjectNode object = JSON.createObjectNode();
    fields.forEach(object::set);
    return object;
  }
}
