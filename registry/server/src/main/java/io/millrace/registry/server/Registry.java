package io.millrace.registry.server;

import io.millrace.registry.Compatibility;
import io.millrace.registry.server.CompatibilityCheck.Earlier;
import io.millrace.registry.server.RegistryChange.DeleteSubject;
import io.millrace.registry.server.RegistryChange.HighestId;
import io.millrace.registry.server.RegistryChange.PutConfig;
import io.millrace.registry.server.RegistryChange.PutSchema;
import io.millrace.registry.server.RegistryChange.RemoveConfig;
import io.millrace.registry.server.RegistryChange.RemoveSchema;
import io.millrace.registry.server.RegistryImage.Deleted;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;

/**
 * The registry's rules: ids and versions, compatibility, deletion. Reads use the image of the
 * moment; changes hold the one writer's lock from the look at the image until the change is part of
 * it. Thread-safe.
 */
final class Registry implements AutoCloseable {
  private final SchemasTopic topic;
  private final AvroTexts texts = new AvroTexts();

  Registry(SchemasTopic topic) {
    this.topic = topic;
  }

  RegistryImage image() {
    return topic.image();
  }

  @Override
  public synchronized void close() {
    topic.close();
  }

  /** A client's schema, read: how it would be stored. */
  private record Candidate(
      Schema schema, String text, List<SchemaReference> references, boolean normalized) {
    StoredSchema.Content content() {
      return new StoredSchema.Content(StoredSchema.AVRO, text, references);
    }
  }

  private Candidate candidate(RegistryImage image, String subject, SchemaRequest request) {
    boolean normalize =
        request.normalize() || image.configInForce(subject).normalize().orElse(false);
    List<SchemaReference> references =
        request.references().stream().map(reference -> settled(image, reference)).toList();
    AvroTexts.Parsed parsed = texts.parseNew(request.text(), references, image);
    return normalize
        ? new Candidate(
            parsed.schema(),
            texts.normalize(parsed.text()),
            references.stream().sorted().distinct().toList(),
            true)
        : new Candidate(parsed.schema(), parsed.text(), references, false);
  }

  /** The reference to an existing version; -1 stands for the latest. */
  private static SchemaReference settled(RegistryImage image, SchemaReference reference) {
    Optional<StoredSchema> referred =
        reference.version() == -1
            ? image.latest(reference.subject(), Deleted.LEFT_OUT)
            : image.version(reference.subject(), reference.version(), Deleted.LEFT_OUT);
    return referred
        .map(s -> new SchemaReference(reference.name(), s.subject(), s.version()))
        .orElseThrow(
            () ->
                RegistryError.invalidSchema(
                    "Invalid reference "
                        + reference.name()
                        + ": no version "
                        + reference.version()
                        + " of subject "
                        + reference.subject()));
  }

  /** The newest version of the subject that holds this schema. */
  Optional<StoredSchema> lookUp(String subject, SchemaRequest request, Deleted deleted) {
    RegistryImage image = image();
    return find(image, subject, candidate(image, subject, request), deleted);
  }

  private Optional<StoredSchema> find(
      RegistryImage image, String subject, Candidate candidate, Deleted deleted) {
    StoredSchema found = null;
    for (StoredSchema stored : image.versions(subject, deleted)) {
      if (isSame(image, stored, candidate)) {
        found = stored;
      }
    }
    return Optional.ofNullable(found);
  }

  /** A schema sent with its references written out is the same as one that refers to them. */
  private boolean isSame(RegistryImage image, StoredSchema stored, Candidate candidate) {
    if (stored.content().equals(candidate.content())) {
      return true;
    }
    if (!stored.type().equals(StoredSchema.AVRO)) {
      return false;
    }
    if (!stored.references().equals(candidate.references())) {
      return texts.schema(stored, image).toString().equals(candidate.schema().toString());
    }
    return candidate.normalized() && texts.normalize(stored.text()).equals(candidate.text());
  }

  /** Registers the schema unless the subject has it; returns its id. */
  int register(String subject, SchemaRequest request) {
    Optional<StoredSchema> known = lookUp(subject, request, Deleted.LEFT_OUT);
    return known.isPresent() ? known.get().id() : add(subject, request);
  }

  private synchronized int add(String subject, SchemaRequest request) {
    RegistryImage image = topic.latest();
    Candidate candidate = candidate(image, subject, request);
    Optional<StoredSchema> known = find(image, subject, candidate, Deleted.LEFT_OUT);
    if (known.isPresent()) {
      return known.get().id();
    }
    Compatibility level = RegistryImage.levelOf(image.configInForce(subject));
    List<String> problems =
        problems(image, level, candidate.schema(), image.versions(subject, Deleted.LEFT_OUT));
    if (!problems.isEmpty()) {
      throw new RegistryError(
          409,
          409,
          "Schema being registered is incompatible with an earlier schema for subject \""
              + subject
              + "\" (compatibility "
              + level
              + "), details: "
              + problems);
    }
    int version = image.latest(subject, Deleted.INCLUDED).map(s -> s.version() + 1).orElse(1);
    if (request.version() > 0 && request.version() != version) {
      throw RegistryError.invalidSchema("Version is not one more than previous version");
    }
    int id = image.idOf(candidate.content()).orElse(image.highestId() + 1);
    List<RegistryChange> changes = new ArrayList<>();
    for (StoredSchema earlier : image.versions(subject, Deleted.ONLY)) {
      if (earlier.id() == id) {
        changes.add(new RemoveSchema(subject, earlier.version()));
      }
    }
    changes.add(
        new PutSchema(
            new StoredSchema(
                subject,
                version,
                id,
                StoredSchema.AVRO,
                candidate.text(),
                candidate.references(),
                false,
                Map.of())));
    topic.write(changes);
    return id;
  }

  /** What speaks against the schema at the subject's level, compared with these versions. */
  List<String> problems(String subject, SchemaRequest request, List<StoredSchema> versions) {
    RegistryImage image = image();
    return problems(
        image,
        RegistryImage.levelOf(image.configInForce(subject)),
        candidate(image, subject, request).schema(),
        versions);
  }

  private List<String> problems(
      RegistryImage image, Compatibility level, Schema schema, List<StoredSchema> versions) {
    if (level == Compatibility.NONE) {
      return List.of();
    }
    List<Earlier> earlier = new ArrayList<>();
    for (StoredSchema stored : versions) {
      if (!stored.type().equals(StoredSchema.AVRO)) {
        return List.of("Version " + stored.version() + " is a " + stored.type() + " schema");
      }
      earlier.add(new Earlier(stored.version(), texts.schema(stored, image)));
    }
    return CompatibilityCheck.problems(level, schema, earlier);
  }

  /** Deletes a subject's versions, softly or for good; returns their numbers. */
  synchronized List<Integer> deleteSubject(String subject, boolean permanent) {
    RegistryImage image = topic.latest();
    if (!image.hasSubject(subject, Deleted.INCLUDED)) {
      throw RegistryError.subjectNotFound(subject);
    }
    if (!permanent && !image.hasSubject(subject, Deleted.LEFT_OUT)) {
      throw RegistryError.subjectSoftDeleted(subject);
    }
    List<StoredSchema> versions = image.versions(subject, Deleted.of(permanent));
    for (StoredSchema version : versions) {
      refuseIfReferred(image, version);
      if (permanent && !version.deleted()) {
        throw RegistryError.subjectNotSoftDeleted(subject);
      }
    }
    List<RegistryChange> changes = new ArrayList<>();
    if (permanent) {
      changes.add(new HighestId(image.highestId()));
      versions.forEach(v -> changes.add(new RemoveSchema(subject, v.version())));
      removeConfig(image, subject, changes);
    } else {
      changes.add(new DeleteSubject(subject, versions.get(versions.size() - 1).version()));
    }
    topic.write(changes);
    return versions.stream().map(StoredSchema::version).toList();
  }

  /** Deletes one version, softly or for good; -1 stands for the latest. Returns its number. */
  synchronized int deleteVersion(String subject, int version, boolean permanent) {
    RegistryImage image = topic.latest();
    StoredSchema schema = version(image, subject, version, Deleted.INCLUDED);
    if (!permanent && schema.deleted()) {
      throw RegistryError.versionSoftDeleted(subject, schema.version());
    }
    refuseIfReferred(image, schema);
    if (permanent && !schema.deleted()) {
      throw RegistryError.versionNotSoftDeleted(subject, schema.version());
    }
    List<RegistryChange> changes = new ArrayList<>();
    if (permanent) {
      changes.add(new HighestId(image.highestId()));
      changes.add(new RemoveSchema(subject, schema.version()));
      if (image.versions(subject, Deleted.INCLUDED).size() == 1) {
        removeConfig(image, subject, changes);
      }
    } else {
      changes.add(new PutSchema(schema.markDeleted()));
    }
    topic.write(changes);
    return schema.version();
  }

  private static void refuseIfReferred(RegistryImage image, StoredSchema schema) {
    if (!image.referrers(schema).isEmpty()) {
      throw RegistryError.referenceExists(schema);
    }
  }

  private static void removeConfig(
      RegistryImage image, String subject, List<RegistryChange> changes) {
    if (image.config(Optional.of(subject)).isPresent()) {
      changes.add(new RemoveConfig(Optional.of(subject)));
    }
  }

  /** The version, -1 for the latest; 40401 or 40402 where there is none. */
  static StoredSchema version(RegistryImage image, String subject, int version, Deleted deleted) {
    Optional<StoredSchema> found =
        version == -1 ? image.latest(subject, deleted) : image.version(subject, version, deleted);
    return found.orElseThrow(
        () ->
            image.hasSubject(subject, deleted)
                ? RegistryError.versionNotFound(version)
                : RegistryError.subjectNotFound(subject));
  }

  /** Sets what {@code change} gives, for a subject or for all. */
  synchronized void configure(Optional<String> subject, SubjectConfig change) {
    SubjectConfig config = topic.latest().config(subject).orElse(SubjectConfig.NONE).with(change);
    topic.write(List.of(new PutConfig(subject, config)));
  }

  /** Goes back to the configuration for all, or to the defaults; returns what was set. */
  synchronized Optional<SubjectConfig> resetConfig(Optional<String> subject) {
    Optional<SubjectConfig> was = topic.latest().config(subject);
    if (was.isPresent()) {
      topic.write(List.of(new RemoveConfig(subject)));
    }
    return was;
  }
}
