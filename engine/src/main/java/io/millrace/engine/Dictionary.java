package io.millrace.engine;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Relation;
import io.millrace.registry.Contracts.Contract;
import io.millrace.serving.Described;
import io.millrace.sql.Dialects;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps {@code information_schema} of pull queries up to date, whenever one asks it. */
final class Dictionary {
  private final Parts parts;

  /** The version that a schema id is of a contract never changes. */
  private final Map<VersionKey, Integer> versions = new ConcurrentHashMap<>();

  private record VersionKey(String subject, int id) {}

  Dictionary(Parts parts) {
    this.parts = parts;
  }

  /** Before a pull query runs: nothing to do unless it names the information schema. */
  void prepareFor(String query) {
    boolean asked =
        Dialects.mentionedNames(query).stream()
            .anyMatch(name -> name.schema().equalsIgnoreCase(Dialects.INFORMATION_SCHEMA));
    if (asked) {
      CatalogImage image = parts.catalog().image();
      List<Described> objects =
          image.relations().stream()
              .filter(relation -> !relation.name().isInternal() && !Topics.isHalfDone(relation))
              .map(this::described)
              .toList();
      parts.serving().describe(objects);
    }
  }

  private Described described(Relation relation) {
    Optional<Integer> id = Optional.of(relation.valueSchemaId()).filter(known -> known >= 0);
    return new Described(
        relation.name(),
        relation.kind().toString(),
        relation.topic(),
        relation.options().get(RelationOptions.OWNER.key()),
        id.flatMap(known -> version(Evolution.subject(relation), known)).orElse(null),
        id.orElse(null));
  }

  private Optional<Integer> version(String subject, int id) {
    return Optional.ofNullable(
        versions.computeIfAbsent(
            new VersionKey(subject, id),
            key ->
                parts
                    .contracts()
                    .latest(subject)
                    .filter(latest -> latest.id() == id)
                    .or(() -> search(subject, id))
                    .map(Contract::version)
                    .orElse(null)));
  }

  private Optional<Contract> search(String subject, int id) {
    return parts.contracts().versions(subject).stream()
        .map(version -> parts.contracts().version(subject, version).orElse(null))
        .filter(Objects::nonNull)
        .filter(contract -> contract.id() == id)
        .findFirst();
  }
}
