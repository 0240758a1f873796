package io.millrace.registry.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;

/** The JSON of requests and answers. Thread-safe. */
final class Bodies {
  private final ObjectMapper json = new ObjectMapper();
  private final SchemaRecords records = new SchemaRecords();
  private final Registry registry;

  Bodies(Registry registry) {
    this.registry = registry;
  }

  ObjectNode object() {
    return json.createObjectNode();
  }

  ArrayNode array() {
    return json.createArrayNode();
  }

  /** The answer that has no body. */
  JsonNode nothing() {
    return json.missingNode();
  }

  JsonNode number(int number) {
    return json.getNodeFactory().numberNode(number);
  }

  ArrayNode strings(List<?> values) {
    ArrayNode array = array();
    values.forEach(value -> array.add(value.toString()));
    return array;
  }

  ArrayNode numbers(List<Integer> numbers) {
    ArrayNode array = array();
    numbers.forEach(array::add);
    return array;
  }

  /** The request's body, which is an object. */
  JsonNode body(Call call) {
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

  SchemaRequest schemaRequest(Call call) {
    return SchemaRequest.of(body(call), call.flag("normalize"));
  }

  /** A version of a subject. */
  ObjectNode version(Call call, StoredSchema schema) {
    ObjectNode node =
        object()
            .put("subject", schema.subject().toString())
            .put("version", schema.version())
            .put("id", schema.id());
    putNewFields(call, node, schema);
    return schema(call, node, schema);
  }

  /** Adds the schema itself to the node. */
  ObjectNode schema(Call call, ObjectNode node, StoredSchema schema) {
    records.putContent(node, schema.content());
    if (call.request().text("referenceFormat", "").equals("qualified")) {
      for (JsonNode reference : node.path("references")) {
        String subject = reference.get("subject").asText();
        ((ObjectNode) reference).put("subject", schema.subject().resolve(subject).toString());
      }
    }
    return node.put("schema", text(call, schema));
  }

  /** Fields that older clients may not know. */
  void putNewFields(Call call, ObjectNode node, StoredSchema schema) {
    if (call.request().acceptsUnknown()) {
      node.put("guid", schema.content().guid());
      if (schema.deleted()) {
        node.put("deleted", true);
      }
    }
  }

  /** The schema's text in the format asked for: as it is, or with references written out. */
  String text(Call call, StoredSchema schema) {
    return call.request().text("format", "").equals("resolved") && schema.content().isAvro()
        ? registry.resolvedText(schema)
        : schema.text();
  }

  ObjectNode config(SubjectConfig config) {
    ObjectNode node = object();
    records.putConfig(node, config);
    return node.put("compatibilityLevel", config.level().name());
  }
}
