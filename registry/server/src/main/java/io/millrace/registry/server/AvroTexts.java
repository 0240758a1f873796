package io.millrace.registry.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.NameValidator;
import org.apache.avro.Schema;

/** Avro schemas from and to text, with references. Thread-safe; parsed schemas are kept by id. */
final class AvroTexts {
  /** The attributes that Avro's specification orders; others are sorted behind them. */
  private static final List<String> ATTRIBUTES =
      List.of(
          "type",
          "name",
          "namespace",
          "doc",
          "fields",
          "symbols",
          "items",
          "values",
          "size",
          "logicalType",
          "precision",
          "scale",
          "default",
          "order",
          "aliases");

  private final ObjectMapper json = new ObjectMapper();
  private final Map<Integer, Schema> parsed = new ConcurrentHashMap<>();

  /** A schema and its text as it is kept: one form for all ways to write it. */
  record Parsed(Schema schema, String text) {}

  /** Reads a schema that a client sent; 42201 with Avro's reason where it is none. */
  Parsed parseNew(String text, List<SchemaReference> references, RegistryImage image) {
    if (text.isBlank()) {
      throw RegistryError.invalidSchema("Empty schema");
    }
    try {
      Schema.Parser parser = new Schema.Parser();
      List<Schema> referred = parseReferences(references, image, parser, new LinkedHashSet<>());
      Schema schema = parser.parse(text);
      return new Parsed(schema, schema.toString(referred, false));
    } catch (AvroRuntimeException e) {
      throw RegistryError.invalidSchema("Invalid Avro schema: " + e.getMessage(), e);
    }
  }

  /** The schema of a stored version, references resolved. */
  Schema schema(StoredSchema stored, RegistryImage image) {
    Schema known = parsed.get(stored.id());
    if (known != null) {
      return known;
    }
    Schema.Parser parser = lenient();
    parseReferences(stored.references(), image, parser, new LinkedHashSet<>());
    Schema schema = parser.parse(stored.text());
    parsed.put(stored.id(), schema);
    return schema;
  }

  /** What was once accepted is read again, whatever Avro's later rules on names are. */
  private static Schema.Parser lenient() {
    Schema.Parser parser = new Schema.Parser(NameValidator.NO_VALIDATION);
    parser.setValidateDefaults(false);
    return parser;
  }

  private List<Schema> parseReferences(
      List<SchemaReference> references,
      RegistryImage image,
      Schema.Parser parser,
      Set<SchemaReference> seen) {
    List<Schema> schemas = new ArrayList<>();
    for (SchemaReference reference : references) {
      StoredSchema referred =
          image
              .version(reference.subject(), reference.version(), RegistryImage.Deleted.INCLUDED)
              .orElseThrow(
                  () ->
                      RegistryError.invalidSchema(
                          "Invalid reference "
                              + reference.name()
                              + ": no version "
                              + reference.version()
                              + " of subject "
                              + reference.subject()));
      if (seen.add(new SchemaReference("", reference.subject(), reference.version()))) {
        schemas.addAll(parseReferences(referred.references(), image, parser, seen));
        schemas.add(parser.parse(referred.text()));
      }
    }
    return schemas;
  }

  /** The text with its attributes in one order, so that their order makes no difference. */
  String normalize(String text) {
    try {
      return sorted(json.readTree(text)).toString();
    } catch (JsonProcessingException e) {
      throw RegistryError.invalidSchema("Invalid Avro schema: " + e.getOriginalMessage(), e);
    }
  }

  private JsonNode sorted(JsonNode node) {
    if (node.isArray()) {
      ArrayNode array = json.createArrayNode();
      node.forEach(element -> array.add(sorted(element)));
      return array;
    }
    if (!node.isObject()) {
      return node;
    }
    ObjectNode object = json.createObjectNode();
    for (String attribute : ATTRIBUTES) {
      if (node.has(attribute)) {
        object.set(attribute, sorted(node.get(attribute)));
      }
    }
    Map<String, JsonNode> others = new TreeMap<>();
    node.properties()
        .forEach(
            field -> {
              if (!object.has(field.getKey())) {
                others.put(field.getKey(), sorted(field.getValue()));
              }
            });
    others.forEach(object::set);
    return object;
  }
}
