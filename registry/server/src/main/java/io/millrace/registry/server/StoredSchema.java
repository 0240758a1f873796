package io.millrace.registry.server;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;

/**
 * One version of a subject. {@code others} are the fields of its record that another registry wrote
 * and this one does not use; they are kept so that they are written back.
 */
record StoredSchema(
    String subject,
    int version,
    int id,
    String type,
    String text,
    List<SchemaReference> references,
    boolean deleted,
    Map<String, JsonNode> others) {
  static final String AVRO = "AVRO";

  StoredSchema {
    references = List.copyOf(references);
    others = Map.copyOf(others);
  }

  StoredSchema markDeleted() {
    return new StoredSchema(subject, version, id, type, text, references, true, others);
  }

  /** What makes two schemas the same, so that they share one id. */
  Content content() {
    return new Content(type, text, references);
  }

  boolean refersTo(StoredSchema other) {
    return references.stream()
        .anyMatch(r -> r.subject().equals(other.subject) && r.version() == other.version);
  }

  record Content(String type, String text, List<SchemaReference> references) {}
}
