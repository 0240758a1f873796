package io.millrace.registry.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.registry.Compatibility;
import io.millrace.registry.server.RegistryChange.ClearSubjects;
import io.millrace.registry.server.RegistryChange.DeleteSubject;
import io.millrace.registry.server.RegistryChange.HighestIds;
import io.millrace.registry.server.RegistryChange.PutConfig;
import io.millrace.registry.server.RegistryChange.PutContext;
import io.millrace.registry.server.RegistryChange.PutMode;
import io.millrace.registry.server.RegistryChange.PutSchema;
import io.millrace.registry.server.RegistryChange.RemoveConfig;
import io.millrace.registry.server.RegistryChange.RemoveContext;
import io.millrace.registry.server.RegistryChange.RemoveMode;
import io.millrace.registry.server.RegistryChange.RemoveSchema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
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
 * Confluent's registry ignores, may carry the highest id given in each context. Records of kinds
 * that this registry does not keep (associations, ...) are left alone, with a warning.
 */
final class SchemaRecords {
  private static final Logger LOG = LoggerFactory.getLogger(SchemaRecords.class);
  private static final String TENANT = "default";
  private static final Set<String> SCHEMA_FIELDS =
      Set.of(
          "subject",
          "version",
          "id",
          "schemaType",
          "references",
          "metadata",
          "ruleSet",
          "schema",
          "deleted");
  private static final Set<String> CONFIG_FIELDS =
      Set.of(
          "subject",
          "normalize",
          "compatibilityLevel",
          "alias",
          "compatibilityGroup",
          "defaultMetadata",
          "overrideMetadata");

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
          key("DELETE_SUBJECT", delete.subject()),
          value(delete.subject()).put("version", delete.lastVersion()));
    }
    if (change instanceof ClearSubjects clear) {
      return encoded(key("CLEAR_SUBJECT", clear.scope()), value(clear.scope()));
    }
    if (change instanceof PutConfig put) {
      return encoded(key("CONFIG", put.scope()), configValue(put.scope(), put.config()));
    }
    if (change instanceof RemoveConfig remove) {
      return encoded(key("CONFIG", remove.scope()), null);
    }
    if (change instanceof PutMode put) {
      return encoded(key("MODE", put.scope()), value(put.scope()).put("mode", put.mode().name()));
    }
    if (change instanceof RemoveMode remove) {
      return encoded(key("MODE", remove.scope()), null);
    }
    if (change instanceof PutContext put) {
      return encoded(
          contextKey(put.context()),
          json.createObjectNode().put("tenant", TENANT).put("context", put.context()));
    }
    if (change instanceof RemoveContext remove) {
      return encoded(contextKey(remove.context()), null);
    }
    ObjectNode highest = json.createObjectNode();
    ((HighestIds) change)
        .byContext().entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .forEach(
                id -> highest.withObjectProperty("highestIds").put(id.getKey(), id.getValue()));
    return encoded(key("NOOP", SubjectName.DEFAULT_CONTEXT), highest);
  }

  /** What the record says; empty where it says nothing to this registry. */
  Optional<RegistryChange> decode(byte[] keyBytes, byte[] valueBytes, long offset) {
    JsonNode key = read(keyBytes, offset);
    // Keys of the default context itself have no subject, or null.
    SubjectName subject = SubjectName.of(key.path("subject").asText(""));
    Optional<JsonNode> value = Optional.ofNullable(valueBytes).map(v -> read(v, offset));
    switch (key.path("keytype").asText()) {
      case "SCHEMA":
        return Optional.of(
            value
                .<RegistryChange>map(v -> new PutSchema(schema(v)))
                .orElseGet(() -> new RemoveSchema(subject, key.path("version").asInt())));
      case "CONFIG":
        return Optional.of(
            value
                .<RegistryChange>map(v -> new PutConfig(subject, config(v)))
                .orElseGet(() -> new RemoveConfig(subject)));
      case "MODE":
        return Optional.of(
            value
                .<RegistryChange>map(
                    v -> new PutMode(subject, Mode.valueOf(v.path("mode").asText())))
                .orElseGet(() -> new RemoveMode(subject)));
      case "CONTEXT":
        String context = key.path("context").asText();
        return Optional.of(
            value.isPresent() ? new PutContext(context) : new RemoveContext(context));
      case "DELETE_SUBJECT":
        return value.map(v -> new DeleteSubject(subject, v.path("version").asInt()));
      case "CLEAR_SUBJECT":
        return value.map(v -> new ClearSubjects(subject));
      case "NOOP":
        return value.filter(v -> v.has("highestIds")).map(v -> highestIds(v.get("highestIds")));
      default:
        LOG.warn("Left alone: record {} of _schemas, key {}", offset, key);
        return Optional.empty();
    }
  }

  private static HighestIds highestIds(JsonNode ids) {
    Map<String, Integer> byContext = new HashMap<>();
    ids.properties().forEach(id -> byContext.put(id.getKey(), id.getValue().asInt()));
    return new HighestIds(byContext);
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

  private ObjectNode key(String type, SubjectName scope) {
    ObjectNode key = json.createObjectNode().put("keytype", type);
    if (!scope.equals(SubjectName.DEFAULT_CONTEXT)) {
      key.put("subject", scope.toString());
    }
    return key.put("magic", 0);
  }

  private ObjectNode value(SubjectName scope) {
    ObjectNode value = json.createObjectNode();
    return scope.equals(SubjectName.DEFAULT_CONTEXT)
        ? value
        : value.put("subject", scope.toString());
  }

  private ObjectNode contextKey(String context) {
    return json.createObjectNode()
        .put("keytype", "CONTEXT")
        .put("tenant", TENANT)
        .put("context", context)
        .put("magic", 0);
  }

  private ObjectNode schemaKey(SubjectName subject, int version) {
    return json.createObjectNode()
        .put("keytype", "SCHEMA")
        .put("subject", subject.toString())
        .put("version", version)
        .put("magic", 1);
  }

  private ObjectNode schemaValue(StoredSchema schema) {
    ObjectNode value =
        value(schema.subject()).put("version", schema.version()).put("id", schema.id());
    putContent(value, schema.content());
    schema.others().forEach(value::set);
    return value.put("schema", schema.text()).put("deleted", schema.deleted());
  }

  /** All but the text. A schema without a type is Avro, the only type before there were others. */
  void putContent(ObjectNode node, SchemaContent content) {
    if (!content.isAvro()) {
      node.put("schemaType", content.type());
    }
    if (!content.references().isEmpty()) {
      node.set("references", references(content.references()));
    }
    content.metadata().ifPresent(metadata -> node.set("metadata", metadata.toJson()));
    content.ruleSet().ifPresent(rules -> node.set("ruleSet", rules));
  }

  private ObjectNode configValue(SubjectName scope, SubjectConfig config) {
    ObjectNode value = value(scope);
    config.compatibility().ifPresent(level -> value.put("compatibilityLevel", level.name()));
    putConfig(value, config);
    return value;
  }

  /** All but the level. */
  void putConfig(ObjectNode node, SubjectConfig config) {
    config.alias().ifPresent(alias -> node.put("alias", alias));
    config.normalize().ifPresent(n -> node.put("normalize", n));
    config.compatibilityGroup().ifPresent(group -> node.put("compatibilityGroup", group));
    config.defaultMetadata().ifPresent(m -> node.set("defaultMetadata", m.toJson()));
    config.overrideMetadata().ifPresent(m -> node.set("overrideMetadata", m.toJson()));
    config.others().forEach(node::set);
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
        SubjectName.of(value.path("subject").asText()),
        value.path("version").asInt(),
        value.path("id").asInt(),
        new SchemaContent(
            value.path("schemaType").asText(SchemaContent.AVRO),
            value.path("schema").asText(),
            references(value.path("references")),
            Metadata.of(value.get("metadata")),
            Optional.ofNullable(value.get("ruleSet")).filter(JsonNode::isObject)),
        value.path("deleted").asBoolean(),
        others(value, SCHEMA_FIELDS));
  }

  private static SubjectConfig config(JsonNode value) {
    return new SubjectConfig(
        text(value, "compatibilityLevel")
            .map(level -> Compatibility.valueOf(level.toUpperCase(Locale.ROOT))),
        Optional.ofNullable(value.get("normalize"))
            .filter(JsonNode::isBoolean)
            .map(JsonNode::asBoolean),
        text(value, "alias"),
        text(value, "compatibilityGroup"),
        Metadata.of(value.get("defaultMetadata")),
        Metadata.of(value.get("overrideMetadata")),
        others(value, CONFIG_FIELDS));
  }

  private static Optional<String> text(JsonNode value, String field) {
    return Optional.ofNullable(value.path(field).asText(null));
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
