package io.millrace.registry.server;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.registry.Compatibility;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** {@code /config[/{subject or context}]}. */
final class ConfigResource {
  private static final List<String> NOT_KEPT =
      List.of(
          "aliasForDeks",
          "validateFields",
          "validateNewSchemas",
          "validateRules",
          "compatibilityPolicy",
          "defaultRuleSet",
          "overrideRuleSet");

  private final Registry registry;
  private final Bodies bodies;

  ConfigResource(Registry registry, Bodies bodies) {
    this.registry = registry;
    this.bodies = bodies;
  }

  JsonNode answer(Call call) {
    call.only("GET", "PUT", "DELETE");
    SubjectName scope = call.scope();
    switch (call.method()) {
      case "GET":
        return bodies.config(shown(call, scope));
      case "PUT":
        JsonNode body = bodies.body(call);
        refuseWhatIsNotKept(body);
        registry.configure(scope, config -> changed(config, body));
        return body;
      default:
        Optional<SubjectConfig> was = registry.resetConfig(scope);
        if (was.isEmpty() && !scope.equals(SubjectName.DEFAULT_CONTEXT)) {
          throw RegistryError.subjectNotFound(scope);
        }
        return bodies.config(was.orElse(SubjectConfig.NONE));
    }
  }

  private SubjectConfig shown(Call call, SubjectName scope) {
    RegistryImage image = registry.image();
    if (call.flag("defaultToGlobal")) {
      return image.configInForce(scope);
    }
    boolean isOutermost =
        scope.equals(SubjectName.DEFAULT_CONTEXT) || scope.equals(SubjectName.EVERYWHERE);
    return image
        .config(scope)
        .or(() -> isOutermost ? Optional.of(SubjectConfig.NONE) : Optional.empty())
        .orElseThrow(() -> RegistryError.noSubjectCompatibility(scope));
  }

  private static void refuseWhatIsNotKept(JsonNode body) {
    for (String field : NOT_KEPT) {
      JsonNode value = body.path(field);
      boolean saysNothing =
          value.isMissingNode()
              || value.isNull()
              || value.isBoolean() && !value.asBoolean()
              || value.asText().equals("STRICT");
      if (!saysNothing) {
        throw RegistryError.notPermitted(
            "Cannot set " + field + ": this registry has no use for it");
      }
    }
  }

  /** Fields that are left out stay, null takes away. */
  private static SubjectConfig changed(SubjectConfig was, JsonNode body) {
    return new SubjectConfig(
        changed(body, "compatibility", was.compatibility(), ConfigResource::level),
        changed(body, "normalize", was.normalize(), JsonNode::asBoolean),
        changed(body, "alias", was.alias(), JsonNode::asText),
        changed(body, "compatibilityGroup", was.compatibilityGroup(), JsonNode::asText),
        changed(body, "defaultMetadata", was.defaultMetadata(), ConfigResource::metadata),
        changed(body, "overrideMetadata", was.overrideMetadata(), ConfigResource::metadata),
        was.others());
  }

  private static <T> Optional<T> changed(
      JsonNode body, String field, Optional<T> was, Function<JsonNode, T> read) {
    JsonNode value = body.get(field);
    if (value == null) {
      return was;
    }
    return value.isNull() ? Optional.empty() : Optional.of(read.apply(value));
  }

  private static Compatibility level(JsonNode value) {
    try {
      return Compatibility.valueOf(value.asText().toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw RegistryError.invalidCompatibility();
    }
  }

  private static Metadata metadata(JsonNode value) {
    return Metadata.of(value).orElseThrow(() -> RegistryError.malformedBody(null));
  }
}
