package io.millrace.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.registry.CompatibilityCheck.Earlier;
import io.millrace.registry.ContractProblem.Direction;
import io.millrace.registry.RegistryConnection.Answer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.avro.NameValidator;
import org.apache.avro.Schema;
import org.apache.avro.SchemaParseException;

/**
 * The contracts in a registry, ours or any that speaks Confluent's REST API. Schemas are cached by
 * id for ever, since an id never changes its meaning; a failed look-up is not remembered. Every
 * method may throw {@link ErrorCode#REGISTRY_UNAVAILABLE}. Thread-safe.
 */
public final class Contracts implements AutoCloseable {
  /** How registries begin a message about a difference that Avro found. */
  private static final String AVRO_DIFFERENCE = "{errorType:";

  private final RegistrySettings settings;
  private final RegistryConnection registry;
  private final Map<Integer, Schema> schemas = new ConcurrentHashMap<>();

  public Contracts(RegistrySettings settings) {
    this.settings = settings;
    this.registry = new RegistryConnection(settings);
  }

  /** One version of a subject. */
  public record Contract(String subject, int version, int id, Schema schema) {}

  public RegistrySettings settings() {
    return settings;
  }

  /**
   * Registers the schema as the subject's next version and returns its id; a schema that the
   * subject has already keeps its version and id. Throws INCOMPATIBLE_CONTRACT with the registry's
   * reasons.
   */
  public int register(String subject, Schema schema) {
    Answer answer =
        registry.send("POST", subjectPath(subject) + "/versions", schemaRequest(schema));
    if (answer.status() == 409) {
      String problems =
          compatibilityProblems(subject, schema).stream()
              .map(ContractProblem::reason)
              .collect(Collectors.joining("; "));
      throw new MillraceException(
              ErrorCode.INCOMPATIBLE_CONTRACT,
              "Cannot change contract "
                  + subject
                  + ": "
                  + (problems.isEmpty() ? answer.message() : problems))
          .hint(
              "Add nullable columns, or set another 'compatibility'; a renamed or narrowed column"
                  + " needs a new version.");
    }
    int id = required(answer, "contract " + subject).path("id").asInt();
    schemas.putIfAbsent(id, schema);
    return id;
  }

  /** The schema of that id with its references resolved. Throws CONTRACT_NOT_FOUND. */
  public Schema schemaById(int id) {
    Schema known = schemas.get(id);
    if (known != null) {
      return known;
    }
    Answer answer = registry.send("GET", "/schemas/ids/" + id, null);
    Schema schema = parse(required(answer, "schema id " + id), "schema id " + id);
    Schema earlier = schemas.putIfAbsent(id, schema);
    return earlier == null ? schema : earlier;
  }

  /** The newest version of the subject that is not deleted. */
  public Optional<Contract> latest(String subject) {
    return find(subject, "latest");
  }

  /** The numbers of the subject's versions, lowest first; none for an unknown subject. */
  public List<Integer> versions(String subject) {
    Answer answer = registry.send("GET", subjectPath(subject) + "/versions", null);
    List<Integer> versions = new ArrayList<>();
    found(answer).ifPresent(list -> list.forEach(v -> versions.add(v.asInt())));
    return versions;
  }

  public Optional<Contract> version(String subject, int version) {
    return find(subject, Integer.toString(version));
  }

  /** Why the schema may not become the subject's next version; empty where it may. */
  public List<ContractProblem> compatibilityProblems(String subject, Schema schema) {
    Answer answer =
        registry.send(
            "POST",
            "/compatibility" + subjectPath(subject) + "/versions?verbose=true",
            schemaRequest(schema));
    Optional<JsonNode> verdict = found(answer);
    if (verdict.isEmpty() || verdict.get().path("is_compatible").asBoolean()) {
      return List.of();
    }
    List<String> messages = new ArrayList<>();
    verdict.get().path("messages").forEach(m -> messages.add(m.asText()));
    boolean fromAvro = messages.isEmpty() || messages.get(0).startsWith(AVRO_DIFFERENCE);
    List<ContractProblem> problems = fromAvro ? problems(subject, schema) : List.of();
    if (!problems.isEmpty()) {
      return problems;
    }
    return (messages.isEmpty() ? List.of("the registry gave no reason") : messages)
        .stream().map(m -> new ContractProblem("", Direction.UNKNOWN, m)).toList();
  }

  /** The same comparison that the registry made, told in sentences that name the field. */
  private List<ContractProblem> problems(String subject, Schema schema) {
    Compatibility level = compatibility(subject);
    List<Contract> earlier = new ArrayList<>();
    if (level.isTransitive()) {
      versions(subject).forEach(v -> version(subject, v).ifPresent(earlier::add));
    } else {
      latest(subject).ifPresent(earlier::add);
    }
    return CompatibilityCheck.problems(
        level, schema, earlier.stream().map(c -> new Earlier(c.version(), c.schema())).toList());
  }

  public void setCompatibility(String subject, Compatibility level) {
    ObjectNode body = registry.json().createObjectNode().put("compatibility", level.name());
    required(registry.send("PUT", "/config/" + segment(subject), body), "contract " + subject);
  }

  /** The level in force: the subject's own, else the registry's. */
  public Compatibility compatibility(String subject) {
    Answer answer =
        registry.send("GET", "/config/" + segment(subject) + "?defaultToGlobal=true", null);
    if (answer.status() == 404) {
      answer = registry.send("GET", "/config", null);
    }
    String level =
        required(answer, "the compatibility of " + subject).path("compatibilityLevel").asText();
    try {
      return Compatibility.valueOf(level);
    } catch (IllegalArgumentException e) {
      throw registry.unavailable("it answered an unknown compatibility level: " + level, e);
    }
  }

  /** Returns where the registry answers; REGISTRY_UNAVAILABLE where it does not. */
  public void requireAnswer() {
    required(registry.send("GET", "/config", null), "its settings");
  }

  /** The subjects that are not deleted, sorted. */
  public List<String> subjects() {
    List<String> subjects = new ArrayList<>();
    required(registry.send("GET", "/subjects", null), "the list of subjects")
        .forEach(s -> subjects.add(s.asText()));
    subjects.sort(null);
    return subjects;
  }

  /**
   * Deletes the subject: softly, so that it can be registered again and its ids still resolve, or
   * for good (the soft deletion comes first). A missing subject is fine.
   */
  public void deleteSubject(String subject, boolean permanent) {
    found(registry.send("DELETE", subjectPath(subject), null));
    if (permanent) {
      found(registry.send("DELETE", subjectPath(subject) + "?permanent=true", null));
    }
  }

  /** Deletes one version, softly; a missing one is fine. */
  public void deleteVersion(String subject, int version) {
    found(registry.send("DELETE", subjectPath(subject) + "/versions/" + version, null));
  }

  /** Forgets the cached schemas; the connection closes by itself. */
  @Override
  public void close() {
    schemas.clear();
  }

  private Optional<Contract> find(String subject, String version) {
    Answer answer = registry.send("GET", subjectPath(subject) + "/versions/" + version, null);
    return found(answer)
        .map(
            node -> {
              int id = node.path("id").asInt();
              Schema schema =
                  schemas.computeIfAbsent(
                      id, missing -> parse(node, subject + " version " + version));
              return new Contract(subject, node.path("version").asInt(), id, schema);
            });
  }

  private static String segment(String text) {
    return RegistryConnection.segment(text);
  }

  private static String subjectPath(String subject) {
    return "/subjects/" + segment(subject);
  }

  private ObjectNode schemaRequest(Schema schema) {
    return registry.json().createObjectNode().put("schema", schema.toString());
  }

  private Optional<JsonNode> found(Answer answer) {
    return answer.status() == 404 ? Optional.empty() : Optional.of(required(answer, "contract"));
  }

  private JsonNode required(Answer answer, String what) {
    if (answer.isOk()) {
      return answer.body();
    }
    if (answer.status() == 404) {
      throw new MillraceException(
          ErrorCode.CONTRACT_NOT_FOUND,
          "Cannot find "
              + what
              + " in the registry at "
              + settings.url()
              + ": "
              + answer.message());
    }
    throw new MillraceException(
        ErrorCode.REGISTRY_UNAVAILABLE,
        "Cannot use the registry at "
            + settings.url()
            + " (setting 'registry'): it refused "
            + what
            + ": "
            + answer.message()
            + " ("
            + answer.errorCode()
            + ")");
  }

  private Schema parse(JsonNode node, String what) {
    String type = node.path("schemaType").asText("AVRO");
    if (!type.equals("AVRO")) {
      throw new MillraceException(
          ErrorCode.NOT_SUPPORTED,
          "Cannot read " + what + ": it is a " + type + " schema, and contracts are Avro");
    }
    // Foreign schemas are read as they are: their names and defaults are not ours to judge.
    Schema.Parser parser = new Schema.Parser(NameValidator.NO_VALIDATION);
    parser.setValidateDefaults(false);
    try {
      parseReferences(node, parser, new HashSet<>());
      return parser.parse(node.path("schema").asText());
    } catch (SchemaParseException e) {
      throw new MillraceException(
          ErrorCode.NOT_SUPPORTED, "Cannot read " + what + ": " + e.getMessage(), e);
    }
  }

  private void parseReferences(JsonNode node, Schema.Parser parser, Set<String> seen) {
    for (JsonNode reference : node.path("references")) {
      String path =
          subjectPath(reference.path("subject").asText())
              + "/versions/"
              + reference.path("version").asInt()
              + "?deleted=true";
      if (seen.add(path)) {
        JsonNode referred =
            required(
                registry.send("GET", path, null), "reference " + reference.path("name").asText());
        parseReferences(referred, parser, seen);
        parser.parse(referred.path("schema").asText());
      }
    }
  }
}
