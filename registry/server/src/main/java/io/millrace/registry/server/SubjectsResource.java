package io.millrace.registry.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.registry.server.RegistryImage.Deleted;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** {@code /subjects}: what is registered under a name. */
final class SubjectsResource {
  private final Registry registry;
  private final Bodies bodies;

  SubjectsResource(Registry registry, Bodies bodies) {
    this.registry = registry;
    this.bodies = bodies;
  }

  Object answer(Call call) {
    if (call.size() == 1) {
      call.only("GET");
      return list(call);
    }
    SubjectName subject = call.subject(1, registry.image());
    if (call.size() == 2) {
      call.only("POST", "DELETE");
      return call.method().equals("POST")
          ? lookUp(call, subject)
          : bodies.numbers(registry.deleteSubject(subject, call.flag("permanent")));
    }
    if (call.size() == 3 && call.isAt(2, "metadata")) {
      call.only("GET");
      return latestWithMetadata(call, subject);
    }
    if (!call.isAt(2, "versions")) {
      throw RegistryError.noSuchAddress();
    }
    if (call.size() == 3) {
      call.only("GET", "POST");
      return call.method().equals("GET") ? versions(call, subject) : register(call, subject);
    }
    return version(call, subject, call.version(3));
  }

  private JsonNode list(Call call) {
    Predicate<SubjectName> wanted =
        SubjectName.startingWith(call.request().text("subjectPrefix", ":*:"));
    List<String> names =
        registry.image().subjects(call.deletedOrOnly()).stream()
            .filter(wanted)
            .map(SubjectName::toString)
            .sorted()
            .toList();
    return bodies.strings(call.request().page(names));
  }

  private JsonNode lookUp(Call call, SubjectName subject) {
    Deleted deleted = call.deleted();
    StoredSchema found =
        registry
            .lookUp(subject, bodies.schemaRequest(call), deleted)
            .orElseThrow(() -> missing(subject, deleted));
    return bodies.version(call, found);
  }

  private RegistryError missing(SubjectName subject, Deleted deleted) {
    return registry.image().hasSubject(subject, deleted)
        ? RegistryError.schemaNotFound()
        : RegistryError.subjectNotFound(subject);
  }

  /** The newest version whose metadata have all properties given by {@code key}, {@code value}. */
  private JsonNode latestWithMetadata(Call call, SubjectName subject) {
    List<String> keys = call.request().query().getOrDefault("key", List.of());
    List<String> values = call.request().query().getOrDefault("value", List.of());
    Map<String, String> wanted = new HashMap<>();
    for (int i = 0; i < Math.min(keys.size(), values.size()); i++) {
      wanted.put(keys.get(i), values.get(i));
    }
    Deleted deleted = call.deleted();
    StoredSchema found = null;
    for (StoredSchema version : registry.image().versions(subject, deleted)) {
      Optional<Metadata> metadata = version.content().metadata();
      if (metadata.isPresent()
          && metadata.get().properties().entrySet().containsAll(wanted.entrySet())) {
        found = version;
      }
    }
    if (found == null) {
      throw missing(subject, deleted);
    }
    return bodies.version(call, found);
  }

  private JsonNode versions(Call call, SubjectName subject) {
    Deleted wanted = call.flag("deletedAsNegative") ? Deleted.INCLUDED : call.deletedOrOnly();
    boolean deletedCount = call.deletedOrOnly() != Deleted.LEFT_OUT;
    if (!registry.image().hasSubject(subject, Deleted.of(deletedCount))) {
      throw RegistryError.subjectNotFound(subject);
    }
    List<Integer> versions =
        registry.image().versions(subject, wanted).stream()
            .map(v -> call.flag("deletedAsNegative") && v.deleted() ? -v.version() : v.version())
            .toList();
    return bodies.numbers(call.request().page(versions));
  }

  private JsonNode register(Call call, SubjectName subject) {
    StoredSchema registered = registry.register(subject, bodies.schemaRequest(call));
    ObjectNode node = bodies.object().put("id", registered.id());
    if (call.request().acceptsUnknown()) {
      node.put("version", registered.version());
      bodies.putNewFields(call, node, registered);
      bodies.schema(call, node, registered);
    }
    return node;
  }

  private Object version(Call call, SubjectName subject, int version) {
    if (call.size() == 4 && call.method().equals("DELETE")) {
      return bodies.number(registry.deleteVersion(subject, version, call.flag("permanent")));
    }
    call.only("GET");
    RegistryImage image = registry.image();
    if (call.size() == 5 && call.isAt(4, "referencedby")) {
      List<Integer> ids =
          image.referrers(find(image, subject, version, Deleted.INCLUDED), call.deleted()).stream()
              .map(StoredSchema::id)
              .distinct()
              .sorted()
              .toList();
      return bodies.numbers(call.request().page(ids));
    }
    StoredSchema schema = find(image, subject, version, call.deleted());
    if (call.size() == 4) {
      return bodies.version(call, schema);
    }
    if (call.size() == 5 && call.isAt(4, "schema")) {
      return bodies.text(call, schema);
    }
    throw RegistryError.noSuchAddress();
  }

  /** A subject that the default context does not know is looked for in the others. */
  private static StoredSchema find(
      RegistryImage image, SubjectName subject, int version, Deleted deleted) {
    if (subject.isInDefaultContext() && !image.hasSubject(subject, deleted)) {
      for (String context : image.contexts()) {
        if (image.hasSubject(subject.in(context), deleted)) {
          return Registry.version(image, subject.in(context), version, deleted);
        }
      }
    }
    return Registry.version(image, subject, version, deleted);
  }
}
