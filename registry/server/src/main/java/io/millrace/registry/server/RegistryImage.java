package io.millrace.registry.server;

import io.millrace.registry.Compatibility;
import io.millrace.registry.server.RegistryChange.DeleteSubject;
import io.millrace.registry.server.RegistryChange.HighestId;
import io.millrace.registry.server.RegistryChange.PutConfig;
import io.millrace.registry.server.RegistryChange.PutSchema;
import io.millrace.registry.server.RegistryChange.RemoveConfig;
import io.millrace.registry.server.RegistryChange.RemoveSchema;
import io.millrace.registry.server.StoredSchema.Content;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Everything the registry knows at one moment: a fold over {@code _schemas}. Immutable, so readers
 * need no lock; a change makes the next image.
 */
final class RegistryImage {
  static final RegistryImage EMPTY = new RegistryImage(new TreeMap<>(), Map.of(), 0);

  private final SortedMap<String, NavigableMap<Integer, StoredSchema>> subjects;
  private final Map<Optional<String>, SubjectConfig> configs;
  private final int highestId;
  private final Map<Integer, StoredSchema> byId = new HashMap<>();
  private final Map<Content, Integer> ids = new HashMap<>();

  private RegistryImage(
      SortedMap<String, NavigableMap<Integer, StoredSchema>> subjects,
      Map<Optional<String>, SubjectConfig> configs,
      int highestId) {
    this.subjects = subjects;
    this.configs = configs;
    this.highestId = highestId;
    all()
        .forEach(
            schema -> {
              byId.putIfAbsent(schema.id(), schema);
              ids.putIfAbsent(schema.content(), schema.id());
            });
  }

  /** The image after these changes, in order. */
  RegistryImage with(List<RegistryChange> changes) {
    SortedMap<String, NavigableMap<Integer, StoredSchema>> nextSubjects = new TreeMap<>();
    subjects.forEach((subject, versions) -> nextSubjects.put(subject, new TreeMap<>(versions)));
    Map<Optional<String>, SubjectConfig> nextConfigs = new HashMap<>(configs);
    int nextHighest = highestId;
    for (RegistryChange change : changes) {
      if (change instanceof PutSchema put) {
        StoredSchema schema = put.schema();
        nextSubjects
            .computeIfAbsent(schema.subject(), missing -> new TreeMap<>())
            .put(schema.version(), schema);
        nextHighest = Math.max(nextHighest, schema.id());
      } else if (change instanceof RemoveSchema remove) {
        nextSubjects.computeIfPresent(
            remove.subject(),
            (subject, versions) -> {
              versions.remove(remove.version());
              return versions.isEmpty() ? null : versions;
            });
      } else if (change instanceof DeleteSubject delete) {
        nextSubjects
            .getOrDefault(delete.subject(), new TreeMap<>())
            .headMap(delete.lastVersion(), true)
            .replaceAll((version, schema) -> schema.markDeleted());
      } else if (change instanceof PutConfig put) {
        nextConfigs.put(put.subject(), put.config());
      } else if (change instanceof RemoveConfig remove) {
        nextConfigs.remove(remove.subject());
      } else if (change instanceof HighestId highest) {
        nextHighest = Math.max(nextHighest, highest.id());
      }
    }
    return new RegistryImage(nextSubjects, nextConfigs, nextHighest);
  }

  /** Every version of every subject, deleted ones included, by subject and version. */
  Stream<StoredSchema> all() {
    return subjects.values().stream().flatMap(versions -> versions.values().stream());
  }

  /** The versions of a subject, lowest first; none for an unknown one. */
  List<StoredSchema> versions(String subject, Deleted deleted) {
    return subjects.getOrDefault(subject, new TreeMap<>()).values().stream()
        .filter(deleted::admits)
        .toList();
  }

  Optional<StoredSchema> version(String subject, int version, Deleted deleted) {
    return Optional.ofNullable(subjects.getOrDefault(subject, new TreeMap<>()).get(version))
        .filter(deleted::admits);
  }

  Optional<StoredSchema> latest(String subject, Deleted deleted) {
    List<StoredSchema> versions = versions(subject, deleted);
    return versions.isEmpty() ? Optional.empty() : Optional.of(versions.get(versions.size() - 1));
  }

  /** The subjects that have a version so admitted, sorted. */
  List<String> subjects(Deleted deleted) {
    List<String> names = new ArrayList<>();
    subjects.forEach(
        (subject, versions) -> {
          if (versions.values().stream().anyMatch(deleted::admits)) {
            names.add(subject);
          }
        });
    return names;
  }

  boolean hasSubject(String subject, Deleted deleted) {
    return latest(subject, deleted).isPresent();
  }

  /** A version that has this id; softly deleted ones keep theirs. */
  Optional<StoredSchema> byId(int id) {
    return Optional.ofNullable(byId.get(id));
  }

  Optional<Integer> idOf(Content content) {
    return Optional.ofNullable(ids.get(content));
  }

  int highestId() {
    return highestId;
  }

  /** The versions, not deleted, that refer to this one. */
  List<StoredSchema> referrers(StoredSchema schema) {
    return all().filter(s -> !s.deleted() && s.refersTo(schema)).toList();
  }

  Optional<SubjectConfig> config(Optional<String> subject) {
    return Optional.ofNullable(configs.get(subject));
  }

  /** What holds for the subject: its own configuration, else the one for all. */
  SubjectConfig configInForce(String subject) {
    return config(Optional.of(subject))
        .or(() -> config(Optional.empty()))
        .orElse(SubjectConfig.NONE);
  }

  /** The level of a configuration; BACKWARD where it sets none. */
  static Compatibility levelOf(SubjectConfig config) {
    return config.compatibility().orElse(Compatibility.BACKWARD);
  }

  /** Which versions count: the live ones, all, or the softly deleted ones. */
  enum Deleted {
    LEFT_OUT,
    INCLUDED,
    ONLY;

    static Deleted of(boolean included) {
      return included ? INCLUDED : LEFT_OUT;
    }

    boolean admits(StoredSchema schema) {
      return this == INCLUDED || schema.deleted() == (this == ONLY);
    }
  }
}
