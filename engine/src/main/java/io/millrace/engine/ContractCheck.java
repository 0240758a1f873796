package io.millrace.engine;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.History;
import io.millrace.catalog.Relation;
import io.millrace.engine.Effect.Kind;
import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.registry.AvroContracts;
import io.millrace.registry.Contracts.Contract;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.apache.avro.Schema;

/** Judges a schema that somebody would make the next version of a contract; changes nothing. */
final class ContractCheck {
  private final Parts parts;
  private final Discovery discovery;
  private final Histories histories;
  private final Derivation derivation;

  ContractCheck(Parts parts, Discovery discovery, Histories histories, Derivation derivation) {
    this.parts = parts;
    this.discovery = discovery;
    this.histories = histories;
    this.derivation = derivation;
  }

  /**
   * INVALID_REQUEST where the text is no Avro schema, NOT_FOUND where there is no such stream or
   * table, or one of the other kind.
   */
  ContractVerdict check(Name name, Optional<Relation.Kind> kind, String text) {
    Schema schema = AvroContracts.parse(text);
    discovery.adopt(List.of(name));
    CatalogImage image = parts.catalog().image();
    Relation relation = image.requireRelation(name);
    if (kind.isPresent() && kind.get() != relation.kind()) {
      throw new MillraceException(ErrorCode.NOT_FOUND, "Cannot find " + kind.get() + " " + name)
          .hint(name + " is a " + relation.kind() + ".");
    }
    if (!Evolution.hasContract(relation)) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot check the contract of " + name + ": its format is " + relation.format())
          .hint("Only streams and tables of format avro have a contract.");
    }
    String subject = Evolution.subject(relation);
    Optional<Contract> latest = parts.contracts().latest(subject);
    return new ContractVerdict(
        relation,
        subject,
        latest.map(contract -> OptionalInt.of(contract.version())).orElse(OptionalInt.empty()),
        parts.contracts().compatibility(subject),
        parts.contracts().compatibilityProblems(subject, schema),
        effects(image, relation, schema));
  }

  private List<Effect> effects(CatalogImage image, Relation relation, Schema schema) {
    List<Relation> after;
    try {
      RowSchema columns = columns(relation, schema);
      after =
          History.isKeptOf(relation)
              ? histories.withSchema(relation, columns)
              : List.of(relation.withSchema(columns, order(relation, columns), -1));
      derivation.checkExpressions(image, after.get(after.size() - 1));
    } catch (MillraceException e) {
      return List.of(
          new Effect(relation.kind() + " " + relation.name(), Kind.REFUSED, e.getMessage()));
    }
    return new Effects(parts, image, relation, after).all();
  }

  /** The key stays: one that is not in the values is in the key's own contract. */
  private static RowSchema columns(Relation relation, Schema schema) {
    List<Column> columns = new ArrayList<>(AvroContracts.rowSchema(schema, List.of()).columns());
    for (String key : relation.schema().primaryKey()) {
      if (columns.stream().noneMatch(column -> column.name().equalsIgnoreCase(key))) {
        if (!Discovery.isTakenIn(relation)) {
          throw new MillraceException(
              ErrorCode.INCOMPATIBLE_CONTRACT, "its key column " + key + " would be gone");
        }
        columns.add(0, relation.schema().column(relation.schema().indexOf(key)));
      }
    }
    return new RowSchema(columns, relation.schema().primaryKey());
  }

  private static List<String> order(Relation relation, RowSchema columns) {
    return Stream.concat(
            columns.columns().stream().map(Column::name),
            relation.columnOrder().stream().filter(name -> relation.schema().indexOf(name) < 0))
        .toList();
  }
}
