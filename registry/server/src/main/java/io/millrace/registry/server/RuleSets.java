package io.millrace.registry.server;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The rules that clients store with a schema and run themselves: kept if they are well formed. */
final class RuleSets {
  static final List<String> LISTS = List.of("migrationRules", "domainRules", "encodingRules");

  private static final Set<String> ROW_MODES = Set.of("WRITE", "READ", "WRITEREAD");
  private static final Map<String, Set<String>> MODES =
      Map.of(
          "migrationRules", Set.of("UPGRADE", "DOWNGRADE", "UPDOWN"),
          "domainRules", ROW_MODES,
          "encodingRules", ROW_MODES);

  private RuleSets() {}

  /** Reads the object; empty where there is none, 42210 where it is no rule set. */
  static Optional<JsonNode> of(JsonNode node) {
    if (node == null || node.isNull() || node.isMissingNode()) {
      return Optional.empty();
    }
    Set<String> names = new HashSet<>();
    for (String list : LISTS) {
      for (JsonNode rule : node.path(list)) {
        String name = rule.path("name").asText("");
        String mode = rule.path("mode").asText("");
        if (name.isBlank()) {
          throw RegistryError.invalidRuleSet("Found rule without a name");
        }
        if (!names.add(name)) {
          throw RegistryError.invalidRuleSet("Found rule with duplicate name '" + name + "'");
        }
        if (!mode.isEmpty() && !MODES.get(list).contains(mode)) {
          throw RegistryError.invalidRuleSet(
              "Rule '" + name + "' of " + list + " cannot have mode " + mode);
        }
      }
    }
    if (!node.isObject()) {
      throw RegistryError.invalidRuleSet("The rule set is no object");
    }
    return Optional.of(node);
  }
}
