package io.millrace.registry.server;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.registry.Compatibility;
import java.util.Map;
import java.util.Optional;

/**
 * What is configured for a subject or a context: {@code others} are fields that another registry
 * wrote, kept so that they are shown and written back.
 *
 * @param alias the subject that is meant wherever this one is named
 * @param compatibilityGroup the metadata property whose value must be equal for versions to be
 *     compared
 * @param defaultMetadata what a schema's own metadata adds to
 * @param overrideMetadata what stands above a schema's own metadata
 */
record SubjectConfig(
    Optional<Compatibility> compatibility,
    Optional<Boolean> normalize,
    Optional<String> alias,
    Optional<String> compatibilityGroup,
    Optional<Metadata> defaultMetadata,
    Optional<Metadata> overrideMetadata,
    Map<String, JsonNode> others) {
  static final SubjectConfig NONE =
      new SubjectConfig(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Map.of());

  SubjectConfig {
    others = Map.copyOf(others);
  }

  /** The level; BACKWARD where none is set. */
  Compatibility level() {
    return compatibility.orElse(Compatibility.BACKWARD);
  }

  boolean addsMetadata() {
    return defaultMetadata.isPresent() || overrideMetadata.isPresent();
  }

  /** A subject's own configuration with what it may take over from the default context's. */
  SubjectConfig over(SubjectConfig outer) {
    return new SubjectConfig(
        compatibility,
        normalize.or(outer::normalize),
        alias,
        compatibilityGroup.or(outer::compatibilityGroup),
        defaultMetadata,
        overrideMetadata,
        others);
  }
}
