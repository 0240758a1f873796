package io.millrace.engine;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.History;
import io.millrace.catalog.Relation;
import io.millrace.catalog.SourceEntry;
import io.millrace.engine.Effect.Kind;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.registry.AvroContracts;
import io.millrace.registry.ContractProblem;
import io.millrace.registry.Contracts.Contract;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.avro.Schema;

/** Plans changes of columns: the new contracts as the registry judges them, and what depends. */
final class Alterations {
  private final Parts parts;
  private final Evolution evolution;

  Alterations(Parts parts, Evolution evolution) {
    this.parts = parts;
    this.evolution = evolution;
  }

  /** NOT_SUPPORTED where the columns are somebody else's to say. */
  Relation requireOwnColumns(Name name, boolean table) {
    CatalogImage image = parts.catalog().image();
    Relation relation = AlterHandler.require(image, name, table);
    Optional<Relation> whole =
        History.tableOf(relation.name()).flatMap(image::relation).filter(History::isKeptOf);
    if (whole.isPresent()) {
      throw refused(relation, "it has the columns of " + whole.get().name())
          .hint("ALTER TABLE " + whole.get().name() + " alters it, too.");
    }
    if (relation.filledBy().isPresent() && !History.isKeptOf(relation)) {
      throw refused(relation, "its columns come from its query")
          .hint("DROP it and create it anew with the changed query.");
    }
    if (Discovery.isTakenIn(relation)) {
      throw refused(relation, "its contract belongs to those who write it")
          .hint("Register the new version in the registry; it is followed from then on.");
    }
    Optional<SourceEntry> source =
        image.sources().stream().filter(s -> s.owns(relation.name())).findFirst();
    if (source.isPresent()) {
      throw refused(relation, "source " + source.get().name() + " says which columns it has")
          .hint("Alter the table in the system that it reads; a new column comes along.");
    }
    return relation;
  }

  private static MillraceException refused(Relation relation, String reason) {
    return new MillraceException(
        ErrorCode.NOT_SUPPORTED, "Cannot alter " + relation.name() + ": " + reason);
  }

  /**
   * @param relation as it is
   * @param after what becomes of it and, with history, of the two beside it
   */
  Alteration plan(Relation relation, List<Relation> after, String done) {
    CatalogImage image = parts.catalog().image();
    List<Effect> effects = new ArrayList<>();
    for (Relation next : after) {
      if (Evolution.hasContract(next)) {
        effects.add(contract(next));
      }
    }
    boolean incompatible = effects.stream().anyMatch(Effect::isRefused);
    effects.addAll(new Effects(parts, image, relation, after).all());
    return new Alteration(
        relation,
        incompatible ? ErrorCode.INCOMPATIBLE_CONTRACT : ErrorCode.IN_USE,
        done,
        effects,
        () -> evolution.apply(after));
  }

  private Effect contract(Relation next) {
    String subject = Evolution.subject(next);
    Schema schema = AvroContracts.valueSchema(next.name(), next.schema(), next.comment());
    List<ContractProblem> problems = parts.contracts().compatibilityProblems(subject, schema);
    if (!problems.isEmpty()) {
      return new Effect(
          "contract " + subject,
          Kind.REFUSED,
          problems.stream().map(ContractProblem::reason).collect(Collectors.joining("; ")));
    }
    Optional<Contract> latest = parts.contracts().latest(subject);
    return latest.filter(known -> known.schema().equals(schema)).isPresent()
        ? new Effect("contract " + subject, Kind.UNCHANGED, "")
        : new Effect(
            "contract " + subject,
            Kind.CHANGED,
            "a version more"
                + latest.map(known -> " behind " + known.version()).orElse("")
                + ", which "
                + parts.contracts().compatibility(subject)
                + " allows");
  }
}
