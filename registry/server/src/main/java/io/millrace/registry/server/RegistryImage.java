package io.millrace.registry.server;

import io.millrace.registry.server.RegistryChange.ClearSubjects;
import io.millrace.registry.server.RegistryChange.DeleteSubject;
import io.millrace.registry.server.RegistryChange.HighestIds;
import io.millrace.registry.server.RegistryChange.PutConfig;
import io.millrace.registry.server.RegistryChange.PutContext;
import io.millrace.registry.server.RegistryChange.PutMode;
import io.millrace.registry.server.RegistryChange.PutSchema;
import io.millrace.registry.server.RegistryChange.RemoveConfig;
import io.millrace.registry.server.RegistryChange.RemoveContext;
import io.millrace.registry.server.RegistryChange.RemoveMode;
import io.millrace.registry.server.RegistryChange.RemoveSchema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Everything the registry knows at one moment: a fold over {@code _schemas}. Immutable, so readers
 * need no lock; a change makes the next image.
 */
final class RegistryImage {
  static final RegistryImage EMPTY = new RegistryImage(new State());

  private final State state;
  private final Map<IdIn, List<StoredSchema>> byId = new HashMap<>();
  private final Map<ContentIn, Integer> ids = new HashMap<>();

  /** An id, which means one schema within its context. */
  private record IdIn(String context, int id) {}

  private record ContentIn(String context, SchemaContent content) {}

  private RegistryImage(State state) {
    this.state = state;
    all()
        .forEach(
            schema -> {
              String context = schema.subject().context();
              byId.computeIfAbsent(new IdIn(context, schema.id()), first -> new ArrayList<>())
                  .add(schema);
              ids.putIfAbsent(new ContentIn(context, schema.content()), schema.id());
            });
  }

  /** What the records say, changed only before an image is made of it. */
  private static final class State {
    final SortedMap<SubjectName, NavigableMap<Integer, StoredSchema>> subjects = new TreeMap<>();
    final SortedMap<SubjectName, SubjectConfig> configs = new TreeMap<>();
    final SortedMap<SubjectName, Mode> modes = new TreeMap<>();
    final SortedSet<String> contexts = new TreeSet<>();
    final Map<String, Integer> highestIds = new HashMap<>();

    State copy() {
      State copy = new State();
      subjects.forEach((subject, versions) -> copy.subjects.put(subject, new TreeMap<>(versions)));
      copy.configs.putAll(configs);
      copy.modes.putAll(modes);
      copy.contexts.addAll(contexts);
      copy.highestIds.putAll(highestIds);
      return copy;
    }

    void apply(RegistryChange change) {
      if (change instanceof PutSchema put) {
        put(put.schema());
      } else if (change instanceof RemoveSchema remove) {
        remove(remove);
      } else if (change instanceof DeleteSubject delete) {
        subjects
            .getOrDefault(delete.subject(), new TreeMap<>())
            .headMap(delete.lastVersion(), true)
            .replaceAll((version, schema) -> schema.markDeleted());
      } else if (change instanceof ClearSubjects clear) {
        subjects.entrySet().stream()
            .filter(subject -> clear.scope().covers(subject.getKey()))
            .forEach(subject -> subject.getValue().values().removeIf(StoredSchema::deleted));
        subjects.values().removeIf(Map::isEmpty);
      } else if (change instanceof PutConfig put) {
        configs.put(put.scope(), put.config());
      } else if (change instanceof RemoveConfig remove) {
        configs.remove(remove.scope());
      } else if (change instanceof PutMode put) {
        modes.put(put.scope(), put.mode());
      } else if (change instanceof RemoveMode remove) {
        modes.remove(remove.scope());
      } else if (change instanceof PutContext put) {
        contexts.add(put.context());
      } else if (change instanceof RemoveContext remove) {
        contexts.remove(remove.context());
      } else if (change instanceof HighestIds highest) {
        highest.byContext().forEach((context, id) -> highestIds.merge(context, id, Math::max));
      }
    }

    private void put(StoredSchema schema) {
      subjects
          .computeIfAbsent(schema.subject(), missing -> new TreeMap<>())
          .put(schema.version(), schema);
      highestIds.merge(schema.subject().context(), schema.id(), Math::max);
    }

    private void remove(RemoveSchema remove) {
      subjects.computeIfPresent(
          remove.subject(),
          (subject, versions) -> {
            versions.remove(remove.version());
            return versions.isEmpty() ? null : versions;
          });
    }
  }

  /** The image after these changes, in order. */
  RegistryImage with(List<RegistryChange> changes) {
    State next = state.copy();
    changes.forEach(next::apply);
    return new RegistryImage(next);
  }

  /** Every version of every subject, deleted ones included, by subject and version. */
  Stream<StoredSchema> all() {
    return state.subjects.values().stream().flatMap(versions -> versions.values().stream());
  }

  /** The versions of a subject, lowest first; none for an unknown one. */
  List<StoredSchema> versions(SubjectName subject, Deleted deleted) {
    return state.subjects.getOrDefault(subject, new TreeMap<>()).values().stream()
        .filter(deleted::admits)
        .toList();
  }

  Optional<StoredSchema> version(SubjectName subject, int version, Deleted deleted) {
    return Optional.ofNullable(state.subjects.getOrDefault(subject, new TreeMap<>()).get(version))
        .filter(deleted::admits);
  }

  Optional<StoredSchema> latest(SubjectName subject, Deleted deleted) {
    List<StoredSchema> versions = versions(subject, deleted);
    return versions.isEmpty() ? Optional.empty() : Optional.of(versions.get(versions.size() - 1));
  }

  /** The subjects, sorted. ONLY are those whose versions are all deleted. */
  List<SubjectName> subjects(Deleted deleted) {
    List<SubjectName> names = new ArrayList<>();
    state.subjects.forEach(
        (subject, versions) -> {
          boolean gone = versions.values().stream().allMatch(StoredSchema::deleted);
          if (deleted == Deleted.INCLUDED || gone == (deleted == Deleted.ONLY)) {
            names.add(subject);
          }
        });
    return names;
  }

  boolean hasSubject(SubjectName subject, Deleted deleted) {
    return latest(subject, deleted).isPresent();
  }

  /** Whether the scope covers a subject that has such versions. */
  boolean hasSubjectsIn(SubjectName scope, Deleted deleted) {
    return all().anyMatch(schema -> deleted.admits(schema) && scope.covers(schema.subject()));
  }

  /** The versions, deleted ones included, that have this id in the context. */
  List<StoredSchema> byId(String context, int id) {
    return byId.getOrDefault(new IdIn(context, id), List.of());
  }

  /**
   * The version that the id means where the subject is spoken of; softly deleted ones keep their
   * ids. An id of the default context is looked for, with the subject's name, in the others too.
   */
  Optional<StoredSchema> byId(int id, SubjectName subject) {
    Optional<StoredSchema> found = ofSubject(byId(subject.context(), id), subject);
    if (found.isPresent() || subject.isContext() || !subject.isInDefaultContext()) {
      return found;
    }
    return state.contexts.stream()
        .flatMap(context -> ofSubject(byId(context, id), subject.in(context)).stream())
        .findFirst()
        .or(() -> ofSubject(byId(subject.context(), id), subject.contextOnly()));
  }

  private static Optional<StoredSchema> ofSubject(List<StoredSchema> uses, SubjectName subject) {
    return uses.stream().filter(use -> subject.covers(use.subject())).findFirst();
  }

  Optional<Integer> idOf(String context, SchemaContent content) {
    return Optional.ofNullable(ids.get(new ContentIn(context, content)));
  }

  /** The highest id ever given in each context that has one. */
  Map<String, Integer> highestIds() {
    return Map.copyOf(state.highestIds);
  }

  int highestId(String context) {
    return state.highestIds.getOrDefault(context, 0);
  }

  /** The versions that refer to this one. */
  List<StoredSchema> referrers(StoredSchema schema, Deleted deleted) {
    return all().filter(s -> deleted.admits(s) && s.refersTo(schema)).toList();
  }

  /** The contexts in use, the default one first. */
  List<String> contexts() {
    List<String> contexts = new ArrayList<>(List.of(SubjectName.DEFAULT_CONTEXT.context()));
    contexts.addAll(state.contexts);
    return contexts;
  }

  /** What is set for the very subject or context. */
  Optional<SubjectConfig> config(SubjectName scope) {
    return Optional.ofNullable(state.configs.get(scope));
  }

  /** What holds for the subject: its own configuration, its context's, or that for all. */
  SubjectConfig configInForce(SubjectName subject) {
    Optional<SubjectConfig> outer = config(SubjectName.DEFAULT_CONTEXT);
    return config(subject)
        .map(own -> own.over(outer.orElse(SubjectConfig.NONE)))
        .or(() -> config(subject.contextOnly()))
        .or(() -> config(SubjectName.EVERYWHERE))
        .orElse(SubjectConfig.NONE);
  }

  /** The subject that a client means: the one that its alias names, else itself. */
  SubjectName meant(SubjectName subject) {
    return config(subject)
        .flatMap(SubjectConfig::alias)
        .filter(alias -> !alias.isEmpty())
        .map(subject::resolve)
        .orElse(subject);
  }

  Optional<Mode> mode(SubjectName scope) {
    return Optional.ofNullable(state.modes.get(scope));
  }

  /** What holds for the subject: its own mode, its context's, or that for all. */
  Mode modeInForce(SubjectName subject) {
    return mode(subject)
        .or(() -> mode(subject.contextOnly()))
        .or(() -> mode(SubjectName.EVERYWHERE))
        .orElse(Mode.READWRITE);
  }

  /** The subjects and contexts with a mode of their own within the context. */
  List<SubjectName> modesIn(String context) {
    return state.modes.keySet().stream().filter(s -> s.context().equals(context)).toList();
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
