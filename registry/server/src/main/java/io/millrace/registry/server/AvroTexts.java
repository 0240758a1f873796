package io.millrace.registry.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.registry.server.RegistryImage.Deleted;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.NameValidator;
import org.apache.avro.Schema;

/** Avro schemas from and to text, with references. Thread-safe; stored schemas are kept parsed. */
final class AvroTexts {
  private static final Set<String> NAMED = Set.of("record", "error", "enum", "fixed");

  /** Attributes of logical types, which come before others. */
  private static final List<String> LOGICAL = List.of("logicalType", "precision", "scale");

  private final ObjectMapper json = new ObjectMapper();
  private final Map<ContentIn, Parsed> stored = new ConcurrentHashMap<>();

  /** References mean something only within a context. */
  private record ContentIn(String context, SchemaContent content) {}

  /**
   * A schema with its references resolved, its text as it is kept, and its normal form, the same
   * for all ways to write it, references written out.
   */
  record Parsed(Schema schema, String text, String normalForm) {}

  /** How much a text must obey. */
  enum Strictness {
    /** Avro's rules on names and defaults hold. */
    NEW,
    /** What was once accepted is read again, whatever Avro's later rules are. */
    KNOWN
  }

  /**
   * Reads a schema that a client sent for the subject; 42201 with Avro's reason where it is none.
   * Normalised, its text is Confluent's normal form: other attributes sorted, names in full.
   */
  Parsed parse(
      SubjectName subject,
      String text,
      List<SchemaReference> references,
      RegistryImage image,
      Strictness strictness,
      boolean normalize) {
    try {
      Parsed parsed = parsed(subject, text, references, image, strictness);
      return normalize
          ? parsed(subject, sorted(read(parsed.text())).toString(), references, image, strictness)
          : parsed;
    } catch (AvroRuntimeException e) {
      throw RegistryError.invalidSchema("Invalid Avro schema: " + e.getMessage(), e);
    }
  }

  /** The stored version, references resolved. */
  Parsed parsed(StoredSchema schema, RegistryImage image) {
    ContentIn key = new ContentIn(schema.subject().context(), schema.content());
    Parsed known = stored.get(key);
    if (known == null) {
      known = parsed(schema.subject(), schema.text(), schema.references(), image, Strictness.KNOWN);
      stored.put(key, known);
    }
    return known;
  }

  private Parsed parsed(
      SubjectName subject,
      String text,
      List<SchemaReference> references,
      RegistryImage image,
      Strictness strictness) {
    Schema.Parser parser =
        strictness == Strictness.NEW
            ? new Schema.Parser()
            : new Schema.Parser(NameValidator.NO_VALIDATION).setValidateDefaults(false);
    List<Schema> referred = new ArrayList<>();
    parseReferences(subject, references, image, parser, new LinkedHashSet<>(), referred);
    Schema schema = parser.parse(text);
    return new Parsed(
        schema, schema.toString(referred, false), sorted(read(schema.toString())).toString());
  }

  private static void parseReferences(
      SubjectName subject,
      List<SchemaReference> references,
      RegistryImage image,
      Schema.Parser parser,
      Set<List<Object>> seen,
      List<Schema> schemas) {
    for (SchemaReference reference : references) {
      StoredSchema referred = referred(image, subject, reference, Deleted.INCLUDED);
      if (seen.add(List.of(referred.subject(), referred.version()))) {
        parseReferences(referred.subject(), referred.references(), image, parser, seen, schemas);
        schemas.add(parser.parse(referred.text()));
      }
    }
  }

  /** The version that a reference from the subject means, -1 the latest; 42201 where none is. */
  static StoredSchema referred(
      RegistryImage image, SubjectName subject, SchemaReference reference, Deleted deleted) {
    SubjectName other = subject.resolve(reference.subject());
    Optional<StoredSchema> referred =
        reference.version() == -1
            ? image.latest(other, Deleted.LEFT_OUT)
            : image.version(other, reference.version(), deleted);
    return referred.orElseThrow(
        () ->
            RegistryError.invalidSchema(
                "Invalid reference "
                    + reference.name()
                    + ": no version "
                    + reference.version()
                    + " of subject "
                    + other));
  }

  private JsonNode read(String text) {
    try {
      return json.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Avro writes its schemas as JSON", e);
    }
  }

  /** Avro's text with everything sorted whose order means nothing, and without empty comments. */
  private JsonNode sorted(JsonNode schema) {
    return sorted(schema, "");
  }

  private JsonNode sorted(JsonNode schema, String outerNamespace) {
    if (schema.isArray()) {
      ArrayNode branches = json.createArrayNode();
      schema.forEach(branch -> branches.add(sorted(branch, outerNamespace)));
      return branches;
    }
    if (!schema.isObject()) {
      return schema;
    }
    boolean isNamed = NAMED.contains(schema.path("type").asText());
    boolean isField = schema.has("name") && !isNamed;
    String namespace = schema.path("namespace").asText(outerNamespace);
    ObjectNode result = json.createObjectNode();
    Set<String> others = new TreeSet<>();
    schema
        .properties()
        .forEach(
            attribute -> {
              String name = attribute.getKey();
              JsonNode value = attribute.getValue();
              switch (name) {
                case "type", "items", "values", "fields" ->
                    result.set(name, sorted(value, namespace));
                case "aliases" -> result.set(name, sortedNames(value, isField ? "" : namespace));
                case "default" -> result.set(name, sortedValue(value));
                case "name", "namespace", "symbols", "size", "order" -> result.set(name, value);
                case "doc" -> {
                  if (isField || !value.asText().isEmpty()) {
                    result.set(name, value);
                  }
                }
                default -> others.add(name);
              }
            });
    for (String name : isField ? List.<String>of() : LOGICAL) {
      if (others.remove(name)) {
        result.set(name, sortedValue(schema.get(name)));
      }
    }
    others.forEach(name -> result.set(name, sortedValue(schema.get(name))));
    return result;
  }

  /** Names in the order of their full forms. */
  private ArrayNode sortedNames(JsonNode names, String namespace) {
    Map<String, JsonNode> byFullName = new TreeMap<>();
    for (JsonNode name : names) {
      boolean isFull = namespace.isEmpty() || name.asText().contains(".");
      byFullName.put(isFull ? name.asText() : namespace + "." + name.asText(), name);
    }
    return json.createArrayNode().addAll(byFullName.values());
  }

  private JsonNode sortedValue(JsonNode value) {
    if (value.isArray()) {
      ArrayNode array = json.createArrayNode();
      value.forEach(element -> array.add(sortedValue(element)));
      return array;
    }
    if (!value.isObject()) {
      return value;
    }
    ObjectNode object = json.createObjectNode();
    Set<String> names = new TreeSet<>();
    value.fieldNames().forEachRemaining(names::add);
    names.forEach(name -> object.set(name, sortedValue(value.get(name))));
    return object;
  }
}
