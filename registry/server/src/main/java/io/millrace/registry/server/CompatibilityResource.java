package io.millrace.registry.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.registry.server.RegistryImage.Deleted;
import java.util.List;

/** {@code /compatibility/subjects/{s}/versions[/{v}]}: whether a schema could be registered. */
final class CompatibilityResource {
  private final Registry registry;
  private final Bodies bodies;

  CompatibilityResource(Registry registry, Bodies bodies) {
    this.registry = registry;
    this.bodies = bodies;
  }

  JsonNode answer(Call call) {
    boolean known = call.isAt(1, "subjects") && call.isAt(3, "versions") && call.size() <= 5;
    if (!known) {
      throw RegistryError.noSuchAddress();
    }
    call.only("POST");
    RegistryImage image = registry.image();
    SubjectName subject = call.subject(2, image);
    List<StoredSchema> versions = image.versions(subject, Deleted.LEFT_OUT);
    if (call.size() == 5) {
      int version = call.version(4);
      // Nothing speaks against the first version, so the latest of none is fine.
      versions =
          version == -1
              ? image.latest(subject, Deleted.LEFT_OUT).stream().toList()
              : List.of(
                  image
                      .version(subject, version, Deleted.LEFT_OUT)
                      .orElseThrow(() -> RegistryError.versionNotFound(version)));
    }
    List<String> messages;
    boolean verbose = call.flag("verbose");
    try {
      messages = registry.messages(subject, bodies.schemaRequest(call), versions);
    } catch (RegistryError e) {
      if (!verbose || e.code() != 42201) {
        throw e;
      }
      messages = List.of(e.getMessage());
    }
    ObjectNode verdict = bodies.object().put("is_compatible", messages.isEmpty());
    if (verbose) {
      verdict.set("messages", bodies.strings(messages));
    }
    return verdict;
  }
}
