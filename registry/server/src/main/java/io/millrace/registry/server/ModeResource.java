package io.millrace.registry.server;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Optional;

/** {@code /mode[/{subject or context}]}. */
final class ModeResource {
  private final Registry registry;
  private final Bodies bodies;

  ModeResource(Registry registry, Bodies bodies) {
    this.registry = registry;
    this.bodies = bodies;
  }

  JsonNode answer(Call call) {
    call.only("GET", "PUT", "DELETE");
    SubjectName scope = call.scope();
    switch (call.method()) {
      case "GET":
        return node(shown(call, scope));
      case "PUT":
        JsonNode body = bodies.body(call);
        Optional<Mode> mode =
            body.hasNonNull("mode")
                ? Optional.of(mode(body.get("mode").asText(), scope))
                : Optional.empty();
        registry.setMode(scope, mode, call.flag("force"));
        return body;
      default:
        return delete(call, scope);
    }
  }

  private JsonNode node(Mode mode) {
    return bodies.object().put("mode", mode.name());
  }

  private Mode shown(Call call, SubjectName scope) {
    RegistryImage image = registry.image();
    return call.flag("defaultToGlobal")
        ? image.modeInForce(scope)
        : own(image, scope).orElseThrow(() -> RegistryError.noSubjectMode(scope));
  }

  private static Optional<Mode> own(RegistryImage image, SubjectName scope) {
    boolean isOutermost =
        scope.equals(SubjectName.DEFAULT_CONTEXT) || scope.equals(SubjectName.EVERYWHERE);
    return image.mode(scope).or(() -> isOutermost ? Optional.of(Mode.READWRITE) : Optional.empty());
  }

  private static Mode mode(String text, SubjectName scope) {
    Mode mode;
    try {
      mode = Mode.valueOf(text.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw RegistryError.invalidMode(
          "Invalid mode. Valid values are READWRITE, READONLY, IMPORT and FORWARD.");
    }
    if (mode == Mode.FORWARD && !scope.equals(SubjectName.EVERYWHERE)) {
      throw RegistryError.invalidMode("Forward mode only supported on global level");
    }
    return mode;
  }

  private JsonNode delete(Call call, SubjectName scope) {
    Optional<Mode> was = own(registry.image(), scope);
    boolean recursive = call.flag("recursive");
    if (was.isEmpty() && !recursive) {
      throw RegistryError.subjectNotFound(scope);
    }
    registry.resetMode(scope, recursive);
    return was.map(this::node).orElseGet(bodies::object);
  }
}
