package io.millrace.server;

import io.javalin.http.Context;
import io.millrace.catalog.Relation;
import io.millrace.engine.Conductor;
import io.millrace.format.Formats;
import io.millrace.model.Column;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Setting;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a program needs that reads and writes the topics itself: where a stream's or table's rows
 * are, by which contracts, and the addresses of Kafka and the registry.
 */
final class RelationsResource {
  private final Conductor conductor;

  RelationsResource(Conductor conductor) {
    this.conductor = conductor;
  }

  void addresses(Context ctx) {
    answer(ctx, conductor.addresses());
  }

  void describe(Context ctx) {
    Relation relation = conductor.relation(Name.parse(ctx.pathParam("name")));
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("name", relation.name().toString());
    answer.put("kind", relation.kind().toString());
    answer.put("topic", relation.topic());
    answer.put("format", relation.format());
    answer.put("options", options(relation));
    answer.put("columns", relation.schema().columns().stream().map(this::column).toList());
    answer.put("primary_key", relation.schema().primaryKey());
    answer.put("key_contract", relation.keySchemaId());
    answer.put("value_contract", relation.valueSchemaId());
    answer.put("event_time", conductor.eventTime(relation).orElse(null));
    answer.put("read_only", readOnly(relation).orElse(null));
    answer(ctx, answer);
  }

  private static void answer(Context ctx, Object answer) {
    ctx.contentType("application/json").result(Json.write(answer));
  }

  private Map<String, String> column(Column column) {
    return Map.of("name", column.name(), "type", column.type().toString());
  }

  /** Those of the format: others, such as a token, are no reader's business. */
  private static Map<String, String> options(Relation relation) {
    List<String> keys = Formats.options(relation.format()).stream().map(Setting::key).toList();
    Map<String, String> options = new LinkedHashMap<>(relation.options());
    options.keySet().removeIf(key -> keys.stream().noneMatch(key::equalsIgnoreCase));
    return options;
  }

  /** Why rows may not be written into the topic, where they may not. */
  private Optional<String> readOnly(Relation relation) {
    try {
      conductor.requireWritable(relation);
    } catch (MillraceException e) {
      return Optional.of(e.getMessage());
    }
    return relation
        .filledBy()
        .map(query -> "Cannot write to " + relation.name() + ": query " + query + " fills it");
  }
}
