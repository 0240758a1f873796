package io.millrace.engine;

import io.millrace.catalog.Relation;
import io.millrace.registry.Compatibility;
import io.millrace.registry.ContractProblem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What would come of a schema, were it the next version of a contract.
 *
 * @param latest the version that it would follow; empty where there is none yet
 * @param level by which it is judged
 * @param problems why it may not follow
 * @param effects on all that depends on the stream or table
 */
public record ContractVerdict(
    Relation relation,
    String contract,
    OptionalInt latest,
    Compatibility level,
    List<ContractProblem> problems,
    List<Effect> effects) {
  public ContractVerdict {
    problems = List.copyOf(problems);
    effects = List.copyOf(effects);
  }

  /** Whether nothing speaks against it: neither an earlier version nor a dependant. */
  public boolean isCompatible() {
    return problems.isEmpty() && effects.stream().noneMatch(Effect::isRefused);
  }

  /** As the doors tell it. */
  public Map<String, Object> told() {
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("name", relation.name().toString());
    told.put("kind", relation.kind().toString());
    told.put("contract", contract);
    latest.ifPresent(version -> told.put("version", version));
    told.put("compatibility", level.name());
    told.put("compatible", isCompatible());
    told.put("incompatibilities", problems.stream().map(ContractVerdict::row).toList());
    told.put("effects", effects.stream().map(Effect::row).toList());
    return told;
  }

  private static Map<String, Object> row(ContractProblem problem) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("field", problem.field());
    row.put("direction", problem.direction().name().toLowerCase(Locale.ROOT));
    row.put("reason", problem.reason());
    return row;
  }
}
