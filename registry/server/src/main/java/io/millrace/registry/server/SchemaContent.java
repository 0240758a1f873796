package io.millrace.registry.server;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What makes two schemas the same, so that within a context they share one id. The rule set is kept
 * as the client sent it: clients, not registries, run the rules.
 */
record SchemaContent(
    String type,
    String text,
    List<SchemaReference> references,
    Optional<Metadata> metadata,
    Optional<JsonNode> ruleSet) {
  static final String AVRO = "AVRO";

  SchemaContent {
    references = List.copyOf(references);
  }

  boolean isAvro() {
    return type.equals(AVRO);
  }

  /** The content's name in all contexts and registries: its MD5, as Confluent's computes it. */
  String guid() {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has MD5", e);
    }
    update(digest, text);
    for (SchemaReference reference : references) {
      update(digest, reference.name());
      update(digest, reference.subject());
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(reference.version()).array());
    }
    metadata.ifPresent(
        m -> {
          digest.update((byte) 1);
          m.tags()
              .forEach(
                  (path, tags) -> {
                    update(digest, path);
                    tags.forEach(tag -> update(digest, tag));
                  });
          update(digest, m.properties());
          m.sensitive().forEach(property -> update(digest, property));
        });
    ruleSet.ifPresent(
        rules -> {
          digest.update((byte) 1);
          for (String list : RuleSets.LISTS) {
            rules.path(list).forEach(rule -> updateRule(digest, rule));
          }
          update(digest, rules.path("enableAt").asText(""));
        });
    ByteBuffer md5 = ByteBuffer.wrap(digest.digest());
    return new UUID(md5.getLong(), md5.getLong()).toString();
  }

  private static void updateRule(MessageDigest digest, JsonNode rule) {
    for (String field : List.of("name", "doc", "kind", "mode", "type")) {
      update(digest, rule.path(field).asText(""));
    }
    List<String> tags = new ArrayList<>();
    rule.path("tags").forEach(tag -> tags.add(tag.asText()));
    tags.stream().sorted().distinct().forEach(tag -> update(digest, tag));
    Map<String, String> parameters = new TreeMap<>();
    rule.path("params")
        .properties()
        .forEach(p -> parameters.put(p.getKey(), p.getValue().asText()));
    update(digest, parameters);
    for (String field : List.of("expr", "onSuccess", "onFailure")) {
      update(digest, rule.path(field).asText(""));
    }
    if (rule.path("disabled").asBoolean()) {
      digest.update((byte) 1);
    }
  }

  private static void update(MessageDigest digest, Map<String, String> sorted) {
    sorted.forEach(
        (key, value) -> {
          update(digest, key);
          update(digest, value);
        });
  }

  private static void update(MessageDigest digest, String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
  }
}
