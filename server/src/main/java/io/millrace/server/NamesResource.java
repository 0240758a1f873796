package io.millrace.server;

import io.javalin.http.Context;
import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Query;
import io.millrace.catalog.SinkEntry;
import io.millrace.engine.Conductor;
import io.millrace.model.Name;
import java.util.LinkedHashMap;
import java.util.Map;

/** The names that a shell completes: relations with their columns, views, queries, sinks. */
final class NamesResource {
  private final Conductor conductor;

  NamesResource(Conductor conductor) {
    this.conductor = conductor;
  }

  void list(Context ctx) {
    CatalogImage image = conductor.image();
    Map<String, Object> relations = new LinkedHashMap<>();
    image.relations().stream().forEach(r -> relations.put(r.name().toString(), r.columnOrder()));
    ctx.contentType("application/json")
        .result(
            Json.write(
                Map.of(
                    "relations",
                    relations,
                    "views",
                    image.views().stream().map(v -> v.name().toString()).toList(),
                    "queries",
                    image.queries().stream().map(Query::name).map(Name::toString).toList(),
                    "sources",
                    image.sources().stream().map(s -> s.name().toString()).toList(),
                    "sinks",
                    image.sinks().stream().map(SinkEntry::name).map(Name::toString).toList())));
  }
}
