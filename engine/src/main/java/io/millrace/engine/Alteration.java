package io.millrace.engine;

import io.millrace.catalog.Relation;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A change of a stream or table as it is planned: nothing of it has happened.
 *
 * @param code what it is refused with, should it be
 * @param done the sentence that tells it once it is done
 * @param effects on all that has to do with the relation, its contracts among them
 * @param work does it
 */
record Alteration(
    Relation relation, ErrorCode code, String done, List<Effect> effects, Runnable work) {
  Alteration {
    effects = List.copyOf(effects);
  }

  /** Throws INCOMPATIBLE_CONTRACT or IN_USE where one of those concerned refuses. */
  void requireAllowed() {
    List<Effect> refused = effects.stream().filter(Effect::isRefused).toList();
    if (!refused.isEmpty()) {
      throw new MillraceException(
              code,
              "Cannot alter "
                  + relation.name()
                  + ": "
                  + refused.stream()
                      .map(effect -> effect.dependant() + ": " + effect.detail())
                      .collect(Collectors.joining("; ")))
          .hint(
              code == ErrorCode.IN_USE
                  ? "Nothing was changed. Alter or drop what refuses first; EXPLAIN ALTER ... tells"
                      + " the effect on all."
                  : "Nothing was changed. Add nullable columns, or set another 'compatibility'; a"
                      + " renamed or narrowed column is a new version.");
    }
  }

  /** Does it, and answers what was done, with the effect on each. */
  Result apply() {
    requireAllowed();
    work.run();
    StringBuilder text = new StringBuilder(done);
    effects.forEach(effect -> text.append("\n  ").append(effect));
    return new Result.Message(
        text.toString(), Map.of("effects", effects.stream().map(Effect::row).toList()));
  }
}
