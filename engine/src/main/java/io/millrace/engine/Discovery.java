package io.millrace.engine;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Relation;
import io.millrace.log.TopicInfo;
import io.millrace.model.Column;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.registry.AvroContracts;
import io.millrace.registry.Contracts.Contract;
import io.millrace.sql.Dialects;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Takes in topics of others: the first statement that names a topic with a contract in the registry
 * makes it a relation, without a CREATE. A compacted topic with a key contract is a table, any
 * other is a stream; the topic is never altered, and never deleted by DROP.
 */
final class Discovery {
  private final Parts parts;
  private final Topics topics;

  Discovery(Parts parts, Topics topics) {
    this.parts = parts;
    this.topics = topics;
  }

  /** The image with everything that this query names, as far as it exists. */
  CatalogImage imageFor(String query) {
    adopt(Dialects.mentionedNames(query));
    return parts.catalog().image();
  }

  /** Takes in those of the names that are topics with a contract and no relation yet. */
  synchronized void adopt(Collection<Name> names) {
    for (Name name : names) {
      CatalogImage image = parts.catalog().image();
      Optional<Relation> known = image.relation(name);
      boolean ours = known.isPresent() && !isTakenIn(known.get());
      if (ours || image.view(name).isPresent() || name.isInternal()) {
        continue;
      }
      find(name)
          .filter(found -> known.isEmpty() || hasNewContract(known.get(), found))
          .ifPresent(
              relation -> {
                parts.catalog().apply(new CatalogDelta(List.of(relation), List.of()));
                topics.serve(relation);
              });
    }
  }

  /** Whether it was taken in, not created: then it follows the contract of its topic. */
  static boolean isTakenIn(Relation relation) {
    return relation.foreign()
        && relation.statement().isEmpty()
        && relation.format().equals("avro")
        && relation.filledBy().isEmpty();
  }

  private static boolean hasNewContract(Relation known, Relation found) {
    return known.valueSchemaId() != found.valueSchemaId()
        || known.keySchemaId() != found.keySchemaId();
  }

  private Optional<Relation> find(Name name) {
    Optional<TopicInfo> topic = parts.log().find(name.topic()).filter(t -> !t.internal());
    if (topic.isEmpty()) {
      return Optional.empty();
    }
    return parts
        .contracts()
        .latest(name.topic() + "-value")
        .map(value -> relation(name, topic.get(), value));
  }

  private Relation relation(Name name, TopicInfo topic, Contract value) {
    Optional<Contract> key =
        topic.compacted() ? parts.contracts().latest(name.topic() + "-key") : Optional.empty();
    List<Column> columns =
        new ArrayList<>(AvroContracts.rowSchema(value.schema(), List.of()).columns());
    List<String> primaryKey = new ArrayList<>();
    key.ifPresent(
        contract -> {
          for (Column column : AvroContracts.keyColumns(contract.schema(), "key")) {
            primaryKey.add(column.name());
            if (columns.stream().noneMatch(c -> c.name().equalsIgnoreCase(column.name()))) {
              columns.add(
                  0,
                  new Column(column.name(), column.type().withNullable(false), column.comment()));
            }
          }
        });
    RowSchema schema = new RowSchema(columns, primaryKey);
    return new Relation(
        name,
        key.isPresent() ? Relation.Kind.TABLE : Relation.Kind.STREAM,
        topic.topic(),
        "avro",
        schema,
        List.of(),
        List.of(),
        columns.stream().map(Column::name).toList(),
        Optional.empty(),
        Relation.EventTime.NONE,
        Optional.ofNullable(value.schema().getDoc()),
        Map.of(),
        key.map(Contract::id).orElse(-1),
        value.id(),
        Optional.empty(),
        true,
        "",
        Instant.now());
  }
}
