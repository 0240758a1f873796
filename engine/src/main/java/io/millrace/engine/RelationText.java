package io.millrace.engine;

import io.millrace.catalog.Relation;
import io.millrace.model.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A stream or table as a CREATE statement. What a person wrote is given back as written until the
 * object was altered; a foreign topic's is made from its contract.
 */
final class RelationText {
  private RelationText() {}

  static String of(Relation relation) {
    return relation.statement().isEmpty() ? generated(relation) : relation.statement();
  }

  static String generated(Relation relation) {
    List<String> lines = new ArrayList<>();
    for (Column column : relation.schema().columns()) {
      lines.add(
          Column.quote(column.name())
              + " "
              + column.type()
              + column.comment().map(c -> " COMMENT " + literal(c)).orElse(""));
    }
    relation.computed().forEach(c -> lines.add(Column.quote(c.name()) + " AS " + c.expression()));
    relation
        .metadata()
        .forEach(
            m ->
                lines.add(
                    Column.quote(m.name())
                        + " "
                        + m.type()
                        + " METADATA FROM "
                        + literal(m.key())
                        + " VIRTUAL"));
    if (relation.schema().isKeyed()) {
      lines.add(
          "PRIMARY KEY ("
              + relation.schema().primaryKey().stream()
                  .map(Column::quote)
                  .collect(Collectors.joining(", "))
              + ")");
    }
    relation
        .watermark()
        .ifPresent(
            w -> lines.add("WATERMARK FOR " + Column.quote(w.column()) + " AS " + w.expression()));
    String options =
        relation.options().entrySet().stream()
            .filter(e -> !e.getKey().equals(Topics.STATE))
            .map(e -> literal(e.getKey()) + " = " + literal(e.getValue()))
            .collect(Collectors.joining(", "));
    return "CREATE "
        + relation.kind().name()
        + " "
        + relation.name()
        + " (\n  "
        + String.join(",\n  ", lines)
        + "\n)"
        + relation.comment().map(c -> " COMMENT " + literal(c)).orElse("")
        + (options.isEmpty() ? "" : " WITH (" + options + ")");
  }

  private static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }
}
