package io.millrace.registry.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.log.LogClient;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The embedded registry behind Confluent's REST API, as a function from request to response: what
 * clients, serializers, consoles and tools call, for Avro. Its state is the topic {@code _schemas},
 * in Confluent's record format, so that a warehouse can move to a real registry and back. Schemas
 * of other types and what else is not kept are refused in plain sentences. Thread-safe: reads take
 * no lock, changes are made one at a time and are in the topic before they are answered.
 */
public final class RegistryService implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RegistryService.class);

  /** Confluent's release whose API and error codes this registry follows. */
  private static final String API_LEVEL = "8.1.0";

  private final Registry registry;
  private final Bodies bodies;
  private final SubjectsResource subjects;
  private final SchemasResource schemas;
  private final CompatibilityResource compatibility;
  private final ConfigResource config;
  private final ModeResource mode;

  private RegistryService(Registry registry) {
    this.registry = registry;
    this.bodies = new Bodies(registry);
    this.subjects = new SubjectsResource(registry, bodies);
    this.schemas = new SchemasResource(registry, bodies);
    this.compatibility = new CompatibilityResource(registry, bodies);
    this.config = new ConfigResource(registry, bodies);
    this.mode = new ModeResource(registry, bodies);
  }

  /** Reads {@code _schemas} to its end, making the topic where there is none. */
  public static RegistryService start(LogClient log) {
    return new RegistryService(new Registry(SchemasTopic.open(log)));
  }

  /** Answers any request, also a malformed one; never throws for what a client sent. */
  public RegistryResponse handle(RegistryRequest request) {
    try {
      Object answer = route(Call.of(request));
      // The text of a schema goes out as it is; what has no body is no node.
      return answer instanceof JsonNode node && node.isMissingNode()
          ? RegistryResponse.of(204, "")
          : RegistryResponse.of(200, answer.toString());
    } catch (RegistryError e) {
      if (e.status() >= 500) {
        LOG.warn("{} {}: {}", request.method(), request.path(), e.getMessage(), e);
      }
      return RegistryResponse.error(e.status(), e.code(), e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("{} {} failed", request.method(), request.path(), e);
      return RegistryResponse.error(500, 500, "Failed to answer: " + e);
    }
  }

  @Override
  public void close() {
    registry.close();
  }

  private Object route(Call call) {
    switch (call.size() == 0 ? "" : call.path().get(0)) {
      case "":
        call.only("GET");
        return bodies.object();
      case "subjects":
        return subjects.answer(call);
      case "schemas":
        return schemas.answer(call);
      case "compatibility":
        return compatibility.answer(call);
      case "config":
        return config.answer(call);
      case "mode":
        return mode.answer(call);
      case "contexts":
        return contexts(call);
      case "v1":
        return metadata(call);
      default:
        throw RegistryError.noSuchAddress();
    }
  }

  private JsonNode contexts(Call call) {
    if (call.size() == 2) {
      call.only("DELETE");
      registry.deleteContext(SubjectName.ofContext(call.path().get(1)));
      return bodies.nothing();
    }
    call.only("GET");
    String prefix = call.request().text("contextPrefix", "");
    List<String> contexts =
        registry.image().contexts().stream().filter(c -> c.startsWith(prefix)).toList();
    return bodies.strings(call.request().page(contexts));
  }

  private JsonNode metadata(Call call) {
    if (call.size() != 3 || !call.isAt(1, "metadata")) {
      throw RegistryError.noSuchAddress();
    }
    call.only("GET");
    ObjectNode node = bodies.object();
    switch (call.path().get(2)) {
      case "id":
        ObjectNode scope = node.put("id", "").putObject("scope");
        scope.putArray("path");
        scope.putObject("clusters").put("schema-registry-cluster", "millrace");
        return node;
      case "version":
        return node.put("version", API_LEVEL).put("commitId", "millrace");
      default:
        throw RegistryError.noSuchAddress();
    }
  }
}
