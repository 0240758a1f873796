package io.millrace.engine;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Dependant;
import io.millrace.catalog.Expiry;
import io.millrace.catalog.Relation;
import io.millrace.catalog.Relation.ComputedColumn;
import io.millrace.catalog.Relation.MetadataColumn;
import io.millrace.catalog.View;
import io.millrace.flow.QueryShape;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.Name;
import io.millrace.registry.Contracts.Contract;
import io.millrace.sql.Describe;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** DESCRIBE: columns; EXTENDED adds what lies under and around the object. */
final class DescribeHandler implements StatementHandler<Describe> {
  private final Parts parts;
  private final Discovery discovery;

  DescribeHandler(Parts parts, Discovery discovery) {
    this.parts = parts;
    this.discovery = discovery;
  }

  @Override
  public Class<Describe> kind() {
    return Describe.class;
  }

  @Override
  public Result execute(Describe statement, StatementRequest request, String text) {
    discovery.adopt(List.of(statement.name()));
    CatalogImage image = parts.catalog().image();
    TableCursor table =
        new TableCursor(
            new Column("column", DataType.STRING),
            new Column("type", DataType.STRING),
            new Column("note", DataType.STRING),
            new Column("comment", DataType.STRING));
    Optional<View> view = image.view(statement.name());
    if (view.isPresent()) {
      QueryShape shape = parts.flow().analyze(image, view.get().query());
      shape
          .schema()
          .columns()
          .forEach(c -> table.row(c.name(), c.type().toString(), "", c.comment().orElse(null)));
      if (statement.extended()) {
        fact(table, "kind", "view");
        fact(table, "comment", view.get().comment().orElse(""));
        lineage(table, new Lineage(image), view.get().name());
        fact(table, "created", view.get().created().toString());
      }
      return new Result.Rows(table);
    }
    Relation relation = image.requireRelation(statement.name());
    relation.columnOrder().forEach(name -> describe(table, relation, name));
    if (statement.extended()) {
      extend(table, image, relation);
    }
    return new Result.Rows(table);
  }

  private static void describe(TableCursor table, Relation relation, String name) {
    String time =
        relation.watermark().filter(w -> w.column().equalsIgnoreCase(name)).isPresent()
            ? "event time"
            : "";
    int index = relation.schema().indexOf(name);
    if (index >= 0) {
      Column column = relation.schema().column(index);
      boolean key = relation.schema().primaryKey().stream().anyMatch(name::equalsIgnoreCase);
      table.row(
          column.name(),
          column.type().toString(),
          key ? "primary key" : time,
          column.comment().orElse(null));
      return;
    }
    for (ComputedColumn computed : relation.computed()) {
      if (computed.name().equalsIgnoreCase(name)) {
        String note = "computed" + (time.isEmpty() ? "" : ", " + time);
        table.row(name, "AS " + computed.expression(), note, computed.comment().orElse(null));
      }
    }
    for (MetadataColumn metadata : relation.metadata()) {
      if (metadata.name().equalsIgnoreCase(name)) {
        table.row(name, metadata.type().toString(), "metadata " + metadata.key(), null);
      }
    }
  }

  private void extend(TableCursor table, CatalogImage image, Relation relation) {
    fact(table, "kind", relation.kind().toString());
    fact(table, "comment", relation.comment().orElse(""));
    Map<String, String> options = new TreeMap<>(relation.options());
    options.remove(RelationOptions.RETENTION.key());
    fact(
        table,
        "owner",
        Optional.ofNullable(options.remove(RelationOptions.OWNER.key())).orElse(""));
    fact(table, "topic", relation.topic());
    parts
        .log()
        .find(relation.topic())
        .ifPresent(
            topic -> {
              fact(table, "partitions", String.valueOf(topic.partitions()));
              fact(table, "retention", Topics.keeps(topic));
            });
    fact(table, "expire", Optional.ofNullable(options.remove(Expiry.OPTION)).orElse(""));
    fact(table, "format", relation.format());
    contract(table, Evolution.subject(relation));
    relation
        .watermark()
        .ifPresent(
            w ->
                fact(
                    table,
                    "watermark",
                    relation.eventTime() == Relation.EventTime.MARKS
                        ? w.column() + ", carried in record headers"
                        : w.column() + " AS " + w.expression()));
    Lineage lineage = new Lineage(image);
    fact(table, "written by", names(lineage.writers(relation)));
    lineage(table, lineage, relation.name());
    parts
        .serving()
        .status(relation.name())
        .ifPresent(
            s -> {
              fact(table, "rows served", String.valueOf(s.rows()));
              s.lastError().ifPresent(error -> fact(table, "serving error", error));
            });
    options.forEach((key, value) -> fact(table, "option " + key, value));
    fact(table, "created", relation.created().toString());
  }

  private void contract(TableCursor table, String subject) {
    Optional<Contract> latest = parts.contracts().latest(subject);
    if (latest.isEmpty()) {
      return;
    }
    List<Integer> versions = parts.contracts().versions(subject);
    fact(
        table,
        "contract",
        "version " + latest.get().version() + ", schema id " + latest.get().id());
    for (int version : versions) {
      if (version != latest.get().version()) {
        parts
            .contracts()
            .version(subject, version)
            .ifPresent(c -> fact(table, "contract version " + version, "schema id " + c.id()));
      }
    }
    fact(table, "compatibility", parts.contracts().compatibility(subject).name());
  }

  private static void lineage(TableCursor table, Lineage lineage, Name name) {
    fact(table, "read by", names(lineage.readers(name)));
    lineage.up(name).forEach(edge -> fact(table, "lineage up", edge.toString()));
    lineage.down(name).forEach(edge -> fact(table, "lineage down", edge.toString()));
  }

  private static String names(List<Dependant> objects) {
    return objects.stream().map(Dependant::toString).collect(Collectors.joining(", "));
  }

  private static void fact(TableCursor table, String what, String value) {
    if (!value.isEmpty()) {
      table.row("[" + what + "]", value, "", null);
    }
  }
}
