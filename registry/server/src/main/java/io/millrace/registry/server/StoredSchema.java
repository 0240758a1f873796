package io.millrace.registry.server;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;

/**
 * One version of a subject. {@code others} are the fields of its record that another registry wrote
 * and this one does not use; they are kept so that they are written back.
 */
record StoredSchema(
    SubjectName subject,
    int version,
    int id,
    SchemaContent content,
    boolean deleted,
    Map<String, JsonNode> others) {

  StoredSchema {
    others = Map.copyOf(others);
  }

  String text() {
    return content.text();
  }

  List<SchemaReference> references() {
    return content.references();
  }

  StoredSchema markDeleted() {
    return new StoredSchema(subject, version, id, content, true, others);
  }

  boolean refersTo(StoredSchema other) {
    return references().stream()
        .anyMatch(
            r ->
                r.version() == other.version && subject.resolve(r.subject()).equals(other.subject));
  }
}
