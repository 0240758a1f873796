package io.millrace.engine;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.Entry;
import io.millrace.catalog.History;
import io.millrace.catalog.Relation;
import io.millrace.model.MillraceException;
import io.millrace.registry.AvroContracts;
import io.millrace.registry.Contracts.Contract;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Gives streams and tables other columns: the contracts, then the catalog, then all that runs. */
final class Evolution {
  private final Parts parts;
  private final Topics topics;
  private final Statements statements;

  Evolution(Parts parts, Topics topics, Statements statements) {
    this.parts = parts;
    this.topics = topics;
    this.statements = statements;
  }

  static String subject(Relation relation) {
    return relation.topic() + "-value";
  }

  static boolean hasContract(Relation relation) {
    return relation.format().equals("avro");
  }

  /** A version that was not there before. */
  private record Registered(String subject, int version) {}

  /**
   * Makes the relations what they are {@code wanted} to be, all of them or none, and answers them
   * with their contracts. INCOMPATIBLE_CONTRACT where the registry refuses one.
   */
  List<Relation> apply(List<Relation> wanted) {
    List<Registered> registered = new ArrayList<>();
    List<Relation> evolved = new ArrayList<>();
    try {
      for (Relation relation : wanted) {
        evolved.add(hasContract(relation) ? register(relation, registered) : relation);
      }
      parts.catalog().apply(new CatalogDelta(List.<Entry>copyOf(evolved), List.of()));
    } catch (RuntimeException e) {
      registered.forEach(version -> withdraw(version, e));
      throw e;
    }
    evolved.forEach(topics::serve);
    for (Relation relation : evolved) {
      if (History.isKeptOf(relation)) {
        statements.restartQuery(relation.name());
      } else if (!hasContract(relation)) {
        // Avro's records say themselves which columns they have; others have the relation's.
        statements.restartQueries(relation.name());
      }
    }
    evolved.forEach(relation -> statements.restartSinks(relation.name()));
    return evolved;
  }

  private Relation register(Relation relation, List<Registered> registered) {
    String subject = subject(relation);
    Optional<Contract> before = parts.contracts().latest(subject);
    int id =
        parts
            .contracts()
            .register(
                subject,
                AvroContracts.valueSchema(relation.name(), relation.schema(), relation.comment()));
    parts
        .contracts()
        .latest(subject)
        .filter(now -> before.map(Contract::version).orElse(0) < now.version())
        .ifPresent(now -> registered.add(new Registered(subject, now.version())));
    return relation.withSchemaIds(relation.keySchemaId(), id);
  }

  /** Nothing has been written by it yet. */
  private void withdraw(Registered version, RuntimeException why) {
    try {
      parts.contracts().deleteVersion(version.subject(), version.version());
    } catch (MillraceException e) {
      why.addSuppressed(e);
    }
  }
}
