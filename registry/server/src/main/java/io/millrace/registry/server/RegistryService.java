package io.millrace.registry.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.log.LogClient;
import io.millrace.registry.Compatibility;
import io.millrace.registry.server.RegistryImage.Deleted;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The embedded registry behind Confluent's REST API, as a function from request to response: what
 * clients, serializers and consoles call, for Avro. Its state is the topic {@code _schemas}, in
 * Confluent's record format, so that a warehouse can move to a real registry and back. Schemas of
 * other types, contexts and modes are refused in plain sentences. Thread-safe: reads take no lock,
 * changes are made one at a time and are in the topic before they are answered.
 */
public final class RegistryService implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RegistryService.class);
  private static final String MEDIA_TYPE = "application/vnd.schemaregistry.v1+json";

  /** Confluent's release whose API and error codes this registry follows. */
  private static final String API_LEVEL = "8.1.0";

  private static final List<String> CONFIGS_NOT_KEPT =
      List.of(
          "alias",
          "validateFields",
          "validateRules",
          "compatibilityPolicy",
          "compatibilityGroup",
          "defaultMetadata",
          "overrideMetadata",
          "defaultRuleSet",
          "overrideRuleSet");

  private final ObjectMapper json = new ObjectMapper();
  private final SchemaRecords records = new SchemaRecords();
  private final Registry registry;

  private RegistryService(Registry registry) {
    this.registry = registry;
  }

  /** Reads {@code _schemas} to its end, making the topic where there is none. */
  public static RegistryService start(LogClient log) {
    return new RegistryService(new Registry(SchemasTopic.open(log)));
  }

  /** Answers any request, also a malformed one; never throws for what a client sent. */
  public RegistryResponse handle(RegistryRequest request) {
    try {
      Object answer = route(request);
      return answer instanceof JsonNode node ? response(200, node) : response(answer.toString());
    } catch (RegistryError e) {
      if (e.status() >= 500) {
        LOG.warn("{} {}: {}", request.method(), request.path(), e.getMessage(), e);
      }
      return response(e.status(), error(e.code(), e.getMessage()));
    } catch (RuntimeException e) {
      LOG.error("{} {} failed", request.method(), request.path(), e);
      return response(500, error(500, "Failed to answer: " + e));
    }
  }

  @Override
  public void close() {
    registry.close();
  }

  private ObjectNode error(int code, String message) {
    return json.createObjectNode().put("error_code", code).put("message", message);
  }

  private static RegistryResponse response(int status, JsonNode body) {
    return new RegistryResponse(
        status, MEDIA_TYPE, body.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** The text of a schema, as it is. */
  private static RegistryResponse response(String text) {
    return new RegistryResponse(200, MEDIA_TYPE, text.getBytes(StandardCharsets.UTF_8));
  }

  /** A request with its path taken apart: empty segments, so trailing slashes too, are dropped. */
  private record Call(String method, List<String> path, RegistryRequest request) {
    int size() {
      return path.size();
    }

    boolean isAt(int index, String segment) {
      return path.size() > index && path.get(index).equals(segment);
    }

    void only(String... methods) {
      if (!Arrays.asList(methods).contains(method)) {
        throw RegistryError.methodNotAllowed();
      }
    }

    Deleted deleted() {
      return request.flag("deletedOnly") ? Deleted.ONLY : Deleted.of(request.flag("deleted"));
    }
  }

  private Object route(RegistryRequest request) {
    List<String> path = new ArrayList<>();
    for (String segment : request.path().split("/")) {
      if (!segment.isEmpty()) {
        path.add(decoded(segment));
      }
    }
    String method = request.method().equals("HEAD") ? "GET" : request.method();
    Call call = new Call(method, path, request);
    switch (path.isEmpty() ? "" : path.get(0)) {
      case "":
        call.only("GET");
        return json.createObjectNode();
      case "subjects":
        return subjects(call);
      case "schemas":
        return schemas(call);
      case "compatibility":
        return compatibility(call);
      case "config":
        return config(call);
      case "mode":
        return mode(call);
      case "contexts":
        return contexts(call);
      case "v1":
        return metadata(call);
      default:
        throw RegistryError.noSuchAddress();
    }
  }

  private static String decoded(String segment) {
    try {
      // In a path, unlike in a form, a plus is a plus.
      return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw RegistryError.noSuchAddress();
    }
  }

  private Object subjects(Call call) {
    if (call.size() == 1) {
      call.only("GET");
      String prefix = inDefaultContext(call.request().text("subjectPrefix", ""));
      return strings(
          call.request()
              .page(
                  registry.image().subjects(call.deleted()).stream()
                      .filter(s -> s.startsWith(prefix))
                      .toList()));
    }
    String subject = subject(call.path().get(1));
    if (call.size() == 2) {
      call.only("POST", "DELETE");
      return call.method().equals("POST")
          ? lookUp(call, subject)
          : numbers(registry.deleteSubject(subject, call.request().flag("permanent")));
    }
    if (!call.isAt(2, "versions")) {
      throw RegistryError.noSuchAddress();
    }
    if (call.size() == 3) {
      call.only("GET", "POST");
      return call.method().equals("GET") ? versions(call, subject) : register(call, subject);
    }
    return version(call, subject, versionNumber(call.path().get(3)));
  }

  private JsonNode lookUp(Call call, String subject) {
    Deleted deleted = Deleted.of(call.request().flag("deleted"));
    StoredSchema found =
        registry
            .lookUp(subject, schemaRequest(call), deleted)
            .orElseThrow(
                () ->
                    registry.image().hasSubject(subject, deleted)
                        ? RegistryError.schemaNotFound()
                        : RegistryError.subjectNotFound(subject));
    return node(found);
  }

  private JsonNode versions(Call call, String subject) {
    Deleted known = Deleted.of(call.deleted() != Deleted.LEFT_OUT);
    if (!registry.image().hasSubject(subject, known)) {
      throw RegistryError.subjectNotFound(subject);
    }
    return numbers(
        call.request()
            .page(
                registry.image().versions(subject, call.deleted()).stream()
                    .map(StoredSchema::version)
                    .toList()));
  }

  private JsonNode register(Call call, String subject) {
    if (subject.isBlank() || subject.chars().anyMatch(Character::isISOControl)) {
      throw RegistryError.invalidSubject(subject, "it is blank or has control characters");
    }
    return json.createObjectNode().put("id", registry.register(subject, schemaRequest(call)));
  }

  private Object version(Call call, String subject, int version) {
    if (call.size() == 4 && call.method().equals("DELETE")) {
      return json.getNodeFactory()
          .numberNode(registry.deleteVersion(subject, version, call.request().flag("permanent")));
    }
    call.only("GET");
    RegistryImage image = registry.image();
    Deleted deleted = Deleted.of(call.request().flag("deleted"));
    if (call.size() == 4) {
      return node(Registry.version(image, subject, version, deleted));
    }
    if (call.size() == 5 && call.isAt(4, "schema")) {
      return Registry.version(image, subject, version, deleted).text();
    }
    if (call.size() == 5 && call.isAt(4, "referencedby")) {
      StoredSchema schema = Registry.version(image, subject, version, Deleted.INCLUDED);
      return numbers(
          call.request()
              .page(
                  image.referrers(schema).stream()
                      .map(StoredSchema::id)
                      .distinct()
                      .sorted()
                      .toList()));
    }
    throw RegistryError.noSuchAddress();
  }

  private Object schemas(Call call) {
    call.only("GET");
    RegistryImage image = registry.image();
    if (call.size() == 1) {
      return allSchemas(call, image);
    }
    if (call.size() == 2 && call.isAt(1, "types")) {
      return strings(List.of(StoredSchema.AVRO));
    }
    if (call.size() < 3 || !call.isAt(1, "ids")) {
      throw RegistryError.noSuchAddress();
    }
    int id = number(call.path().get(2));
    StoredSchema schema = image.byId(id).orElseThrow(() -> RegistryError.schemaNotFound(id));
    if (call.size() == 3) {
      return schemaOfId(call, image, schema);
    }
    Deleted deleted = Deleted.of(call.request().flag("deleted"));
    String only = inDefaultContext(call.request().text("subject", ""));
    List<StoredSchema> uses =
        image
            .all()
            .filter(s -> s.id() == id && deleted.admits(s))
            .filter(s -> only.isEmpty() || s.subject().equals(only))
            .toList();
    switch (call.size() == 4 ? call.path().get(3) : "") {
      case "schema":
        return schema.text();
      case "subjects":
        return strings(
            call.request().page(uses.stream().map(StoredSchema::subject).distinct().toList()));
      case "versions":
        ArrayNode versions = json.createArrayNode();
        for (StoredSchema use : call.request().page(uses)) {
          versions.addObject().put("subject", use.subject()).put("version", use.version());
        }
        return versions;
      default:
        throw RegistryError.noSuchAddress();
    }
  }

  private JsonNode schemaOfId(Call call, RegistryImage image, StoredSchema schema) {
    ObjectNode node = json.createObjectNode();
    putTypeAndReferences(node, schema);
    node.put("schema", schema.text());
    if (call.request().flag("fetchMaxId")) {
      node.put("maxId", image.highestId());
    }
    return node;
  }

  private JsonNode allSchemas(Call call, RegistryImage image) {
    String prefix = inDefaultContext(call.request().text("subjectPrefix", ""));
    Deleted deleted = Deleted.of(call.request().flag("deleted"));
    boolean latestOnly = call.request().flag("latestOnly");
    List<StoredSchema> found = new ArrayList<>();
    for (String subject : image.subjects(deleted)) {
      if (subject.startsWith(prefix)) {
        List<StoredSchema> versions = image.versions(subject, deleted);
        found.addAll(
            latestOnly ? versions.subList(versions.size() - 1, versions.size()) : versions);
      }
    }
    ArrayNode nodes = json.createArrayNode();
    call.request().page(found).forEach(schema -> nodes.add(node(schema)));
    return nodes;
  }

  /** {@code /compatibility/subjects/{s}/versions[/{v}]}. */
  private JsonNode compatibility(Call call) {
    boolean known = call.isAt(1, "subjects") && call.isAt(3, "versions") && call.size() <= 5;
    if (!known) {
      throw RegistryError.noSuchAddress();
    }
    call.only("POST");
    String subject = subject(call.path().get(2));
    RegistryImage image = registry.image();
    List<StoredSchema> versions = image.versions(subject, Deleted.LEFT_OUT);
    if (call.size() == 5) {
      int version = versionNumber(call.path().get(4));
      // Nothing speaks against the first version, so the latest of none is fine.
      versions =
          version == -1
              ? image.latest(subject, Deleted.LEFT_OUT).stream().toList()
              : List.of(
                  image
                      .version(subject, version, Deleted.LEFT_OUT)
                      .orElseThrow(() -> RegistryError.versionNotFound(version)));
    }
    List<String> problems;
    boolean verbose = call.request().flag("verbose");
    try {
      problems = registry.problems(subject, schemaRequest(call), versions);
    } catch (RegistryError e) {
      if (!verbose || e.code() != 42201) {
        throw e;
      }
      problems = List.of(e.getMessage());
    }
    ObjectNode verdict = json.createObjectNode().put("is_compatible", problems.isEmpty());
    if (verbose) {
      verdict.set("messages", strings(problems));
    }
    return verdict;
  }

  private JsonNode config(Call call) {
    if (call.size() > 2) {
      throw RegistryError.noSuchAddress();
    }
    call.only("GET", "PUT", "DELETE");
    Optional<String> subject =
        call.size() == 1 ? Optional.empty() : Optional.of(subject(call.path().get(1)));
    switch (call.method()) {
      case "GET":
        return node(configToShow(call, subject));
      case "PUT":
        SubjectConfig change = configRequest(call);
        registry.configure(subject, change);
        ObjectNode set = json.createObjectNode();
        change.compatibility().ifPresent(level -> set.put("compatibility", level.name()));
        change.normalize().ifPresent(n -> set.put("normalize", n));
        return set;
      default:
        Optional<SubjectConfig> was = registry.resetConfig(subject);
        if (was.isEmpty() && subject.isPresent()) {
          throw RegistryError.subjectNotFound(subject.get());
        }
        return node(was.orElse(SubjectConfig.NONE));
    }
  }

  private SubjectConfig configToShow(Call call, Optional<String> subject) {
    RegistryImage image = registry.image();
    if (subject.isEmpty()) {
      return image.config(subject).orElse(SubjectConfig.NONE);
    }
    return call.request().flag("defaultToGlobal")
        ? image.configInForce(subject.get())
        : image
            .config(subject)
            .orElseThrow(() -> RegistryError.noSubjectCompatibility(subject.get()));
  }

  private SubjectConfig configRequest(Call call) {
    JsonNode body = body(call);
    for (String field : CONFIGS_NOT_KEPT) {
      if (body.hasNonNull(field)
          && !body.get(field).equals(json.getNodeFactory().booleanNode(false))) {
        throw RegistryError.notPermitted(
            "Cannot set " + field + ": this registry has no use for it");
      }
    }
    Optional<Compatibility> level = Optional.empty();
    if (body.hasNonNull("compatibility")) {
      try {
        level =
            Optional.of(
                Compatibility.valueOf(body.get("compatibility").asText().toUpperCase(Locale.ROOT)));
      } catch (IllegalArgumentException e) {
        throw RegistryError.invalidCompatibility();
      }
    }
    return new SubjectConfig(
        level,
        body.hasNonNull("normalize")
            ? Optional.of(body.get("normalize").asBoolean())
            : Optional.empty(),
        Map.of());
  }

  /** There is one mode. Consoles ask for it and must not find the address missing. */
  private JsonNode mode(Call call) {
    if (call.size() > 2) {
      throw RegistryError.noSuchAddress();
    }
    call.only("GET", "PUT", "DELETE");
    if (call.method().equals("PUT")) {
      String mode = body(call).path("mode").asText("").toUpperCase(Locale.ROOT);
      if (List.of("READONLY", "READONLY_OVERRIDE", "IMPORT", "FORWARD").contains(mode)) {
        throw RegistryError.notPermitted("Cannot set mode " + mode + ": it is always READWRITE");
      }
      if (!mode.equals("READWRITE")) {
        throw RegistryError.invalidMode();
      }
    }
    if (call.method().equals("DELETE") && call.size() == 2) {
      throw RegistryError.noSubjectMode(call.path().get(1));
    }
    return json.createObjectNode().put("mode", "READWRITE");
  }

  private JsonNode contexts(Call call) {
    if (call.size() > 1) {
      throw RegistryError.noSuchAddress();
    }
    call.only("GET");
    return strings(List.of("."));
  }

  private JsonNode metadata(Call call) {
    if (call.size() != 3 || !call.isAt(1, "metadata")) {
      throw RegistryError.noSuchAddress();
    }
    call.only("GET");
    ObjectNode node = json.createObjectNode();
    switch (call.path().get(2)) {
      case "id":
        ObjectNode scope = node.put("id", "").putObject("scope");
        scope.putArray("path");
        scope.putObject("clusters").put("schema-registry-cluster", "millrace");
        return node;
      case "version":
        return node.put("version", API_LEVEL).put("commitId", "millrace");
      default:
        throw RegistryError.noSuchAddress();
    }
  }

  private static String subject(String name) {
    String subject = inDefaultContext(name);
    if (subject.startsWith(":.")) {
      throw RegistryError.invalidSubject(subject, "this registry has the default context only");
    }
    return subject;
  }

  /** {@code :.:x} and, in searches, {@code :*:x} are long forms of {@code x}. */
  private static String inDefaultContext(String name) {
    return name.startsWith(":.:") || name.startsWith(":*:") ? name.substring(3) : name;
  }

  private static int versionNumber(String text) {
    if (text.strip().equalsIgnoreCase("latest")) {
      return -1;
    }
    try {
      int version = Integer.parseInt(text.strip());
      if (version > 0 || version == -1) {
        return version;
      }
    } catch (NumberFormatException e) {
      throw RegistryError.invalidVersion(text);
    }
    throw RegistryError.invalidVersion(text);
  }

  private static int number(String segment) {
    try {
      return Integer.parseInt(segment);
    } catch (NumberFormatException e) {
      throw RegistryError.noSuchAddress();
    }
  }

  private SchemaRequest schemaRequest(Call call) {
    return SchemaRequest.of(body(call), call.request().flag("normalize"));
  }

  private JsonNode body(Call call) {
    try {
      JsonNode body = json.readTree(call.request().body());
      if (body.isObject()) {
        return body;
      }
    } catch (IOException e) {
      throw RegistryError.malformedBody(e);
    }
    throw RegistryError.malformedBody(null);
  }

  private ObjectNode node(StoredSchema schema) {
    ObjectNode node =
        json.createObjectNode()
            .put("subject", schema.subject())
            .put("version", schema.version())
            .put("id", schema.id());
    putTypeAndReferences(node, schema);
    return node.put("schema", schema.text());
  }

  /** Clients take a schema without a type for Avro, the only type before there were others. */
  private void putTypeAndReferences(ObjectNode node, StoredSchema schema) {
    if (!schema.type().equals(StoredSchema.AVRO)) {
      node.put("schemaType", schema.type());
    }
    if (!schema.references().isEmpty()) {
      node.set("references", records.references(schema.references()));
    }
  }

  private ObjectNode node(SubjectConfig config) {
    ObjectNode node = json.createObjectNode();
    config.normalize().ifPresent(n -> node.put("normalize", n));
    return node.put("compatibilityLevel", RegistryImage.levelOf(config).name());
  }

  private ArrayNode strings(List<String> texts) {
    ArrayNode array = json.createArrayNode();
    texts.forEach(array::add);
    return array;
  }

  private ArrayNode numbers(List<Integer> numbers) {
    ArrayNode array = json.createArrayNode();
    numbers.forEach(array::add);
    return array;
  }
}
