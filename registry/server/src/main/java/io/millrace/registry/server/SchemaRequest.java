package io.millrace.registry.server;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;

/**
 * A schema as a client sends it to be registered, looked up or compared.
 *
 * @param id the id that the client gives it, -1 for none
 * @param version the version that it asks for, 0 for any, -1 for the latest
 */
record SchemaRequest(
    String text,
    List<SchemaReference> references,
    Optional<Metadata> metadata,
    Optional<JsonNode> ruleSet,
    int id,
    int version,
    boolean normalize) {

  /** Reads the body; what this registry would have to drop is refused. */
  static SchemaRequest of(JsonNode body, boolean normalize) {
    String type = body.path("schemaType").asText(SchemaContent.AVRO);
    if (!type.equals(SchemaContent.AVRO)) {
      throw RegistryError.invalidSchema(
          "Cannot use a schema of type " + type + ": this registry keeps Avro schemas only");
    }
    for (String field : List.of("schemaTagsToAdd", "schemaTagsToRemove")) {
      if (!body.path(field).isEmpty()) {
        throw RegistryError.invalidSchema(
            "Cannot use a schema with " + field + ": write the tags into the schema");
      }
    }
    if (body.path("propagateSchemaTags").asBoolean()) {
      throw RegistryError.invalidSchema(
          "Cannot use a schema with propagateSchemaTags: write the tags into the schema");
    }
    return new SchemaRequest(
        body.path("schema").asText(""),
        SchemaRecords.references(body.path("references")),
        Metadata.of(body.get("metadata")),
        RuleSets.of(body.get("ruleSet")),
        body.path("id").asInt(-1),
        body.path("version").asInt(0),
        normalize);
  }

  boolean isBlank() {
    return text.isBlank();
  }

  boolean hasId() {
    return id >= 0;
  }

  /**
   * With what a new version takes over: the earlier one's schema, metadata and rules where it has
   * none itself, and what the configuration adds. {@code nextVersion}, where given, is written into
   * metadata that mention the version.
   */
  SchemaRequest completed(
      SubjectConfig config, Optional<StoredSchema> earlier, Optional<Integer> nextVersion) {
    Optional<SchemaContent> before = earlier.map(StoredSchema::content);
    Optional<Metadata> merged =
        Metadata.merged(
            Metadata.merged(
                config.defaultMetadata(),
                metadata.or(() -> before.flatMap(SchemaContent::metadata))),
            config.overrideMetadata());
    if (nextVersion.isPresent()
        && (version != 0 || merged.flatMap(Metadata::version).isPresent())) {
      merged = Optional.of(merged.orElse(Metadata.NONE).withVersion(nextVersion.get()));
    }
    boolean takeOver = isBlank() && before.isPresent() && before.get().isAvro();
    return new SchemaRequest(
        takeOver ? before.get().text() : text,
        takeOver ? before.get().references() : references,
        merged,
        ruleSet.or(() -> before.flatMap(SchemaContent::ruleSet)),
        id,
        version,
        normalize);
  }
}
