package io.millrace.registry.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a client notes with a schema: tags of its fields, properties, and which of these are
 * sensitive. It belongs to the schema's identity: the same text with other metadata has another id.
 */
record Metadata(
    SortedMap<String, SortedSet<String>> tags,
    SortedMap<String, String> properties,
    SortedSet<String> sensitive) {
  static final Metadata NONE = new Metadata(new TreeMap<>(), new TreeMap<>(), new TreeSet<>());
  private static final String VERSION = "confluent:version";

  Metadata {
    tags = Collections.unmodifiableSortedMap(tags);
    properties = Collections.unmodifiableSortedMap(properties);
    sensitive = Collections.unmodifiableSortedSet(sensitive);
  }

  /** Reads the object; empty where there is none. */
  static Optional<Metadata> of(JsonNode node) {
    if (node == null || !node.isObject()) {
      return Optional.empty();
    }
    SortedMap<String, SortedSet<String>> tags = new TreeMap<>();
    node.path("tags").properties().forEach(tag -> tags.put(tag.getKey(), texts(tag.getValue())));
    SortedMap<String, String> properties = new TreeMap<>();
    node.path("properties")
        .properties()
        .forEach(property -> properties.put(property.getKey(), property.getValue().asText()));
    return Optional.of(new Metadata(tags, properties, texts(node.path("sensitive"))));
  }

  private static SortedSet<String> texts(JsonNode nodes) {
    SortedSet<String> texts = new TreeSet<>();
    nodes.forEach(text -> texts.add(text.asText()));
    return texts;
  }

  ObjectNode toJson() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    if (!tags.isEmpty()) {
      ObjectNode tagNodes = node.putObject("tags");
      tags.forEach((path, names) -> names.forEach(tagNodes.withArray(path)::add));
    }
    if (!properties.isEmpty()) {
      ObjectNode propertyNodes = node.putObject("properties");
      properties.forEach(propertyNodes::put);
    }
    if (!sensitive.isEmpty()) {
      sensitive.forEach(node.putArray("sensitive")::add);
    }
    return node;
  }

  /** Both together; where both say something, the newer. */
  static Optional<Metadata> merged(Optional<Metadata> older, Optional<Metadata> newer) {
    if (older.isEmpty() || newer.isEmpty()) {
      return newer.or(() -> older);
    }
    SortedMap<String, SortedSet<String>> tags = new TreeMap<>(older.get().tags);
    tags.putAll(newer.get().tags);
    SortedMap<String, String> properties = new TreeMap<>(older.get().properties);
    properties.putAll(newer.get().properties);
    SortedSet<String> sensitive = new TreeSet<>(older.get().sensitive);
    sensitive.addAll(newer.get().sensitive);
    return Optional.of(new Metadata(tags, properties, sensitive));
  }

  Optional<String> property(String key) {
    return Optional.ofNullable(properties.get(key));
  }

  /** The version that the client wrote into the properties. */
  Optional<String> version() {
    return property(VERSION);
  }

  Metadata withVersion(int version) {
    SortedMap<String, String> changed = new TreeMap<>(properties);
    changed.put(VERSION, Integer.toString(version));
    return new Metadata(tags, changed, sensitive);
  }

  Metadata withoutVersion() {
    SortedMap<String, String> changed = new TreeMap<>(properties);
    changed.remove(VERSION);
    return new Metadata(tags, changed, sensitive);
  }
}
