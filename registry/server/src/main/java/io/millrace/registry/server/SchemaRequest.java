package io.millrace.registry.server;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** A schema as a client sends it to be registered, looked up or compared. */
record SchemaRequest(
    String text, List<SchemaReference> references, int version, boolean normalize) {

  /** Reads the body; what this registry would have to drop is refused. */
  static SchemaRequest of(JsonNode body, boolean normalize) {
    String type = body.path("schemaType").asText(StoredSchema.AVRO);
    if (!type.equals(StoredSchema.AVRO)) {
      throw RegistryError.invalidSchema(
          "Cannot use a schema of type " + type + ": this registry keeps Avro schemas only");
    }
    for (String field : List.of("metadata", "ruleSet")) {
      if (body.hasNonNull(field)) {
        throw RegistryError.invalidSchema(
            "Cannot use a schema with " + field + ": this registry does not keep it");
      }
    }
    if (body.path("id").asInt(-1) >= 0) {
      throw RegistryError.notPermitted(
          "Cannot register a schema under an id of the client's choice: the mode is READWRITE");
    }
    return new SchemaRequest(
        body.path("schema").asText(""),
        SchemaRecords.references(body.path("references")),
        body.path("version").asInt(0),
        normalize);
  }
}
