package io.millrace.registry.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.registry.Compatibility;
import io.millrace.registry.server.RegistryChange.DeleteSubject;
import io.millrace.registry.server.RegistryChange.HighestId;
import io.millrace.registry.server.RegistryChange.PutConfig;
import io.millrace.registry.server.RegistryChange.PutSchema;
import io.millrace.registry.server.RegistryChange.RemoveConfig;
import io.millrace.registry.server.RegistryChange.RemoveSchema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The records of {@code _schemas} as Confluent's registry writes and reads them: JSON keys with
 * {@code keytype} and {@code magic}, JSON values. The one addition: a NOOP record, whose value
 * Confluent's registry ignores, may carry the highest id given. Records of kinds that this registry
 * does not keep (modes, contexts, ...) are left alone, with a warning.
 */
final class SchemaRecords {
  private static final Logger LOG = LoggerFactory.getLogger(SchemaRecords.class);
  private static final Set<String> SCHEMA_FIELDS =
      Set.of("subject", "version", "id", "schemaType", "references", "schema", "deleted");
  private static final Set<String> CONFIG_FIELDS =
      Set.of("subject", "normalize", "compatibilityLevel");

  /** Where in the topic a record lies; the reading registry fills these in, they are not kept. */
  private static final Set<String> PLACE_FIELDS = Set.of("offset", "ts");

  private final ObjectMapper json = new ObjectMapper();

  /** A record's bytes; a null value removes what its key names. */
  record Encoded(byte[] key, byte[] value) {}

  Encoded encode(RegistryChange change) {
    if (change instanceof PutSchema put) {
      StoredSchema schema = put.schema();
      return encoded(schemaKey(schema.subject(), schema.version()), schemaValue(schema));
    }
    if (change instanceof RemoveSchema remove) {
      return encoded(schemaKey(remove.subject(), remove.version()), null);
    }
    if (change instanceof DeleteSubject delete) {
      return encoded(
          key("DELETE_SUBJECT", Optional.of(delete.subject())).put("magic", 0),
          json.createObjectNode()
              .put("subject", delete.subject())
              .put("version", delete.lastVersion()));
    }
    if (change instanceof PutConfig put) {
      return encoded(
          key("CONFIG", put.subject()).put("magic", 0), configValue(put.subject(), put.config()));
    }
    if (change instanceof RemoveConfig remove) {
      return encoded(key("CONFIG", remove.subject()).put("magic", 0), null);
    }
    HighestId highest = (HighestId) change;
    return encoded(
        key("NOOP", Optional.empty()).put("magic", 0),
        json.createObjectNode().put("highestId", highest.id()));
  }

  /** What the record says; empty where it says nothing to this registry. */
  Optional<RegistryChange> decode(byte[] keyBytes, byte[] valueBytes, long offset) {
    JsonNode key = read(keyBytes, offset);
    Optional<String> subject = Optional.ofNullable(key.path("subject").asText(null));
    Optional<JsonNode> value = Optional.ofNullable(valueBytes).map(v -> read(v, offset));
    switch (key.path("keytype").asText()) {
      case "SCHEMA":
        if (subject.orElseThrow().startsWith(":.")) {
          LOG.warn("Left alone: record {} of _schemas, subject {}", offset, subject.get());
          return Optional.empty();
        }
        return Optional.of(
            value
                .<RegistryChange>map(v -> new PutSchema(schema(v)))
                .orElseGet(() -> new RemoveSchema(subject.get(), key.path("version").asInt())));
      case "CONFIG":
        return Optional.of(
            value
                .<RegistryChange>map(v -> new PutConfig(subject, config(v)))
                .orElseGet(() -> new RemoveConfig(subject)));
      case "DELETE_SUBJECT":
        return value.map(v -> new DeleteSubject(subject.orElseThrow(), v.path("version").asInt()));
      case "NOOP":
        return value
            .filter(v -> v.has("highestId"))
            .map(v -> new HighestId(v.path("highestId").asInt()));
      default:
        LOG.warn("Left alone: record {} of _schemas, key {}", offset, key);
        return Optional.empty();
    }
  }

  private JsonNode read(byte[] bytes, long offset) {
    try {
      return json.readTree(bytes == null ? new byte[0] : bytes);
    } catch (IOException e) {
      throw new MillraceException(
              ErrorCode.REGISTRY_UNAVAILABLE,
              "Cannot read record " + offset + " of topic _schemas: not JSON",
              e)
          .hint("Only a schema registry may write to this topic.");
    }
  }

  private Encoded encoded(JsonNode key, JsonNode value) {
    try {
      return new Encoded(
          json.writeValueAsBytes(key), value == null ? null : json.writeValueAsBytes(value));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ObjectNode key(String type, Optional<String> subject) {
    ObjectNode key = json.createObjectNode().put("keytype", type);
    subject.ifPresent(s -> key.put("subject", s));
    return key;
  }

  private ObjectNode schemaKey(String subject, int version) {
    return key("SCHEMA", Optional.of(subject)).put("version", version).put("magic", 1);
  }

  private ObjectNode schemaValue(StoredSchema schema) {
    ObjectNode value =
        json.createObjectNode()
            .put("subject", schema.subject())
            .put("version", schema.version())
            .put("id", schema.id());
    if (!schema.type().equals(StoredSchema.AVRO)) {
      value.put("schemaType", schema.type());
    }
    if (!schema.references().isEmpty()) {
      value.set("references", references(schema.references()));
    }
    schema.others().forEach(value::set);
    return value.put("schema", schema.text()).put("deleted", schema.deleted());
  }

  private ObjectNode configValue(Optional<String> subject, SubjectConfig config) {
    ObjectNode value = json.createObjectNode();
    subject.ifPresent(s -> value.put("subject", s));
    config.normalize().ifPresent(n -> value.put("normalize", n));
    config.compatibility().ifPresent(level -> value.put("compatibilityLevel", level.name()));
    config.others().forEach(value::set);
    return value;
  }

  ArrayNode references(List<SchemaReference> references) {
    ArrayNode nodes = json.createArrayNode();
    references.forEach(
        r ->
            nodes
                .addObject()
                .put("name", r.name())
                .put("subject", r.subject())
                .put("version", r.version()));
    return nodes;
  }

  static List<SchemaReference> references(JsonNode nodes) {
    List<SchemaReference> references = new ArrayList<>();
    for (JsonNode node : nodes) {
      references.add(
          new SchemaReference(
              node.path("name").asText(),
              node.path("subject").asText(),
              node.path("version").asInt(-1)));
    }
    return references;
  }

  private static StoredSchema schema(JsonNode value) {
    return new StoredSchema(
        value.path("subject").asText(),
        value.path("version").asInt(),
        value.path("id").asInt(),
        value.path("schemaType").asText(StoredSchema.AVRO),
        value.path("schema").asText(),
        references(value.path("references")),
        value.path("deleted").asBoolean(),
        others(value, SCHEMA_FIELDS));
  }

  private static SubjectConfig config(JsonNode value) {
    return new SubjectConfig(
        Optional.ofNullable(value.path("compatibilityLevel").asText(null))
            .map(level -> Compatibility.valueOf(level.toUpperCase(Locale.ROOT))),
        value.has("normalize")
            ? Optional.of(value.path("normalize").asBoolean())
            : Optional.empty(),
        others(value, CONFIG_FIELDS));
  }

  private static Map<String, JsonNode> others(JsonNode value, Set<String> known) {
    Map<String, JsonNode> others = new LinkedHashMap<>();
    value
        .properties()
        .forEach(
            field -> {
              if (!known.contains(field.getKey()) && !PLACE_FIELDS.contains(field.getKey())) {
                others.put(field.getKey(), field.getValue());
              }
            });
    return others;
  }
}
