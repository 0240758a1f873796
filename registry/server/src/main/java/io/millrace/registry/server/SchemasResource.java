package io.millrace.registry.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** {@code /schemas}: what an id means, and everything there is. */
final class SchemasResource {
  private final Registry registry;
  private final Bodies bodies;

  SchemasResource(Registry registry, Bodies bodies) {
    this.registry = registry;
    this.bodies = bodies;
  }

  Object answer(Call call) {
    call.only("GET");
    if (call.size() == 1) {
      return list(call);
    }
    if (call.size() == 2 && call.isAt(1, "types")) {
      return bodies.strings(List.of(SchemaContent.AVRO));
    }
    if (call.isAt(1, "ids") && (call.size() == 3 || call.size() == 4)) {
      return byId(call);
    }
    if (call.isAt(1, "guids") && (call.size() == 3 || call.size() == 4 && call.isAt(3, "ids"))) {
      return byGuid(call);
    }
    throw RegistryError.noSuchAddress();
  }

  private JsonNode list(Call call) {
    Predicate<SubjectName> wanted =
        SubjectName.startingWith(call.request().text("subjectPrefix", ""));
    RegistryImage image = registry.image();
    List<StoredSchema> found = new ArrayList<>();
    for (SubjectName subject : image.subjects(call.deleted())) {
      if (wanted.test(subject)) {
        List<StoredSchema> versions = image.versions(subject, call.deleted());
        found.addAll(
            call.flag("latestOnly")
                ? versions.subList(versions.size() - 1, versions.size())
                : versions);
      }
    }
    ArrayNode nodes = bodies.array();
    call.request().page(found).forEach(schema -> nodes.add(bodies.version(call, schema)));
    return nodes;
  }

  private Object byId(Call call) {
    RegistryImage image = registry.image();
    int id = call.number(2);
    SubjectName subject = image.meant(SubjectName.of(call.request().text("subject", "")));
    StoredSchema schema =
        image.byId(id, subject).orElseThrow(() -> RegistryError.schemaNotFound(id));
    if (call.size() == 3) {
      ObjectNode node = bodies.object();
      if (call.request().acceptsUnknown() && call.request().query().containsKey("subject")) {
        node.put("subject", schema.subject().toString()).put("version", schema.version());
      }
      bodies.putNewFields(call, node, schema);
      bodies.schema(call, node, schema);
      return call.flag("fetchMaxId")
          ? node.put("maxId", image.highestId(schema.subject().context()))
          : node;
    }
    List<StoredSchema> uses =
        image.byId(schema.subject().context(), id).stream().filter(call.deleted()::admits).toList();
    switch (call.path().get(3)) {
      case "schema":
        return bodies.text(call, schema);
      case "subjects":
        return bodies.strings(
            call.request().page(uses.stream().map(StoredSchema::subject).distinct().toList()));
      case "versions":
        ArrayNode versions = bodies.array();
        for (StoredSchema use : call.request().page(uses)) {
          versions
              .addObject()
              .put("subject", use.subject().toString())
              .put("version", use.version());
        }
        return versions;
      default:
        throw RegistryError.noSuchAddress();
    }
  }

  /** The schema of that name, and its id in each context that has it. */
  private JsonNode byGuid(Call call) {
    String guid = call.path().get(2);
    List<StoredSchema> uses =
        registry.image().all().filter(s -> s.content().guid().equals(guid)).toList();
    if (call.size() == 3) {
      if (uses.isEmpty()) {
        throw RegistryError.schemaNotFound(guid);
      }
      ObjectNode node = bodies.object().put("guid", guid);
      return bodies.schema(call, node, uses.get(0));
    }
    ArrayNode ids = bodies.array();
    uses.stream()
        .map(s -> bodies.object().put("context", s.subject().context()).put("id", s.id()))
        .distinct()
        .forEach(ids::add);
    return ids;
  }
}
