package io.millrace.registry.server;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.registry.Compatibility;
import java.util.Map;
import java.util.Optional;

/**
 * What is configured for a subject, or for all: {@code others} are fields that another registry
 * wrote, kept so that they are written back.
 */
record SubjectConfig(
    Optional<Compatibility> compatibility,
    Optional<Boolean> normalize,
    Map<String, JsonNode> others) {
  static final SubjectConfig NONE = new SubjectConfig(Optional.empty(), Optional.empty(), Map.of());

  SubjectConfig {
    others = Map.copyOf(others);
  }

  /** This, with what {@code change} sets. */
  SubjectConfig with(SubjectConfig change) {
    return new SubjectConfig(
        change.compatibility.or(() -> compatibility), change.normalize.or(() -> normalize), others);
  }
}
