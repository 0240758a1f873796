package io.millrace.registry.server;

import io.millrace.registry.server.AvroTexts.Parsed;
import io.millrace.registry.server.AvroTexts.Strictness;
import io.millrace.registry.server.CompatibilityMessages.Earlier;
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
import io.millrace.registry.server.RegistryImage.Deleted;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The registry's rules: ids and versions, compatibility, modes, deletion. Reads use the image of
 * the moment; changes hold the one writer's lock from the look at the image until the change is
 * part of it. Thread-safe.
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
  private record Candidate(Parsed parsed, SchemaContent content) {}

  private Candidate candidate(
      RegistryImage image, SubjectName subject, SchemaRequest request, Strictness strictness) {
    boolean normalize =
        !image.modeInForce(subject).takesIds()
            && (request.normalize() || image.configInForce(subject).normalize().orElse(false));
    List<SchemaReference> references =
        request.references().stream().map(r -> settled(image, subject, r)).toList();
    Parsed parsed = texts.parse(subject, request.text(), references, image, strictness, normalize);
    List<SchemaReference> kept =
        normalize ? references.stream().sorted().distinct().toList() : references;
    return new Candidate(
        parsed,
        new SchemaContent(
            SchemaContent.AVRO, parsed.text(), kept, request.metadata(), request.ruleSet()));
  }

  /** The reference to an existing version; -1 stands for the latest. */
  private static SchemaReference settled(
      RegistryImage image, SubjectName subject, SchemaReference reference) {
    int version = AvroTexts.referred(image, subject, reference, Deleted.LEFT_OUT).version();
    return new SchemaReference(reference.name(), reference.subject(), version);
  }

  /** The schema's text with its references written out. */
  String resolvedText(StoredSchema schema) {
    return texts.parsed(schema, image()).schema().toString();
  }

  /**
   * The newest version of the subject that holds this schema; a subject of the default context is
   * looked for in the others too.
   */
  Optional<StoredSchema> lookUp(SubjectName subject, SchemaRequest request, Deleted deleted) {
    RegistryImage image = image();
    Optional<StoredSchema> found = lookUp(image, subject, request, deleted);
    if (found.isPresent() || !subject.isInDefaultContext()) {
      return found;
    }
    for (String context : image.contexts()) {
      SubjectName there = subject.in(context);
      if (found.isEmpty() && image.hasSubject(there, deleted) && !there.equals(subject)) {
        found = lookUp(image, there, request, deleted);
      }
    }
    return found;
  }

  private Optional<StoredSchema> lookUp(
      RegistryImage image, SubjectName subject, SchemaRequest request, Deleted deleted) {
    Optional<StoredSchema> found = find(image, subject, request, deleted);
    Optional<StoredSchema> latest = image.latest(subject, Deleted.LEFT_OUT);
    if (found.isPresent() || latest.isEmpty()) {
      return found;
    }
    // As it would be registered, with the metadata that it would take over.
    SchemaRequest completed =
        request.completed(image.configInForce(subject), latest, Optional.empty());
    return completed.equals(request) ? found : find(image, subject, completed, deleted);
  }

  private Optional<StoredSchema> find(
      RegistryImage image, SubjectName subject, SchemaRequest request, Deleted deleted) {
    return request.isBlank()
        ? Optional.empty()
        : find(image, subject, candidate(image, subject, request, Strictness.KNOWN), deleted);
  }

  private Optional<StoredSchema> find(
      RegistryImage image, SubjectName subject, Candidate candidate, Deleted deleted) {
    StoredSchema found = null;
    for (StoredSchema stored : image.versions(subject, deleted)) {
      if (isSame(image, stored, candidate)) {
        found = stored;
      }
    }
    return Optional.ofNullable(found);
  }

  /**
   * A schema sent with its references written out is the same as one that refers to them, and so is
   * one whose text differs only where Avro sees no difference.
   */
  private boolean isSame(RegistryImage image, StoredSchema stored, Candidate candidate) {
    SchemaContent known = stored.content();
    SchemaContent sent = candidate.content();
    if (known.equals(sent)) {
      return true;
    }
    boolean sameReferences =
        known.references().equals(sent.references()) || sent.references().isEmpty();
    return known.isAvro()
        && sameReferences
        && known.ruleSet().equals(sent.ruleSet())
        && sameMetadata(stored, sent.metadata())
        && texts.parsed(stored, image).normalForm().equals(candidate.parsed().normalForm());
  }

  /** The version noted in metadata may be missing on either side, but must not be wrong. */
  private static boolean sameMetadata(StoredSchema stored, Optional<Metadata> sent) {
    Optional<Metadata> known = stored.content().metadata();
    Optional<String> sentVersion = sent.flatMap(Metadata::version);
    boolean oneVersion = sentVersion.isPresent() != known.flatMap(Metadata::version).isPresent();
    if (!oneVersion) {
      return known.equals(sent);
    }
    return sentVersion.map(v -> v.equals(Integer.toString(stored.version()))).orElse(true)
        && known
            .orElse(Metadata.NONE)
            .withoutVersion()
            .equals(sent.orElse(Metadata.NONE).withoutVersion());
  }

  /** Registers the schema unless the subject has it; returns its version. */
  StoredSchema register(SubjectName subject, SchemaRequest request) {
    if (!subject.isValid()) {
      throw RegistryError.invalidSubject(subject);
    }
    RegistryImage image = image();
    if (!image.configInForce(subject).addsMetadata()) {
      Optional<StoredSchema> known = known(image, subject, request);
      if (known.isPresent()) {
        return known.get();
      }
    }
    return add(subject, request);
  }

  /** The version that the request asks for, where the subject has it already. */
  private Optional<StoredSchema> known(
      RegistryImage image, SubjectName subject, SchemaRequest request) {
    if (request.version() > 0 && !request.isBlank()) {
      return image
          .version(subject, request.version(), Deleted.LEFT_OUT)
          .filter(stored -> stored.id() == request.id())
          .filter(
              stored ->
                  isSame(image, stored, candidate(image, subject, request, Strictness.KNOWN)));
    }
    return find(image, subject, request, Deleted.LEFT_OUT)
        .filter(stored -> !request.hasId() || stored.id() == request.id());
  }

  private synchronized StoredSchema add(SubjectName subject, SchemaRequest sent) {
    RegistryImage image = topic.latest();
    requireRegistering(image, subject, sent);
    boolean imported = image.modeInForce(subject).takesIds();
    SubjectConfig config = image.configInForce(subject);
    Optional<StoredSchema> latest = image.latest(subject, Deleted.LEFT_OUT);
    int next = image.latest(subject, Deleted.INCLUDED).map(s -> s.version() + 1).orElse(1);
    SchemaRequest request = imported ? sent : sent.completed(config, latest, Optional.of(next));
    if (request.isBlank()) {
      throw RegistryError.invalidSchema("Empty schema");
    }
    Candidate candidate =
        candidate(image, subject, request, sent.hasId() ? Strictness.KNOWN : Strictness.NEW);
    if (request.version() == 0) {
      Optional<StoredSchema> known =
          find(image, subject, candidate, Deleted.LEFT_OUT)
              .filter(stored -> !sent.hasId() || stored.id() == sent.id());
      if (known.isPresent()) {
        return known.get();
      }
    }
    if (!imported) {
      requireCompatible(image, subject, candidate);
    }
    int version = request.version() > 0 ? request.version() : next;
    if (version != next && !imported) {
      throw RegistryError.invalidSchema("Version is not one more than previous version");
    }
    StoredSchema added =
        new StoredSchema(
            subject,
            version,
            newId(image, subject, sent, candidate.content()),
            candidate.content(),
            false,
            Map.of());
    Optional<StoredSchema> there = image.version(subject, version, Deleted.INCLUDED);
    if (there.isPresent() && !there.get().markDeleted().equals(added.markDeleted())) {
      // The id of the one there would be lost, and rows are written with it.
      throw RegistryError.notPermitted(
          "Cannot import version "
              + version
              + " of subject "
              + subject
              + ": it has another schema");
    }
    topic.write(changesFor(image, added));
    return added;
  }

  private static void requireRegistering(
      RegistryImage image, SubjectName subject, SchemaRequest request) {
    requireWritable(image, subject);
    Mode mode = image.modeInForce(subject);
    if (request.hasId() && !mode.takesIds()) {
      throw RegistryError.notInMode(subject, "import");
    }
    if (!request.hasId() && mode != Mode.READWRITE) {
      throw RegistryError.notInMode(subject, "read-write");
    }
  }

  private static void requireWritable(RegistryImage image, SubjectName subject) {
    if (image.modeInForce(subject).isReadOnly()) {
      throw RegistryError.readOnly(subject);
    }
  }

  private void requireCompatible(RegistryImage image, SubjectName subject, Candidate candidate) {
    List<String> messages =
        messages(image, subject, candidate, image.versions(subject, Deleted.LEFT_OUT));
    if (!messages.isEmpty()) {
      throw new RegistryError(
          409,
          409,
          "Schema being registered is incompatible with an earlier schema for subject \""
              + subject
              + "\", details: "
              + messages);
    }
  }

  /** The client's id, that of the same schema in the context, or the next one. */
  private static int newId(
      RegistryImage image, SubjectName subject, SchemaRequest request, SchemaContent content) {
    String context = subject.context();
    if (request.hasId()) {
      boolean taken =
          image.byId(context, request.id()).stream().anyMatch(s -> !s.content().equals(content));
      if (taken) {
        throw RegistryError.notPermitted(
            "Overwrite new schema with id "
                + request.id()
                + " in context "
                + context
                + " is not permitted.");
      }
      return request.id();
    }
    return image
        .idOf(context, content)
        .orElseGet(
            () -> {
              if (image.highestId(context) == Integer.MAX_VALUE) {
                throw RegistryError.notPermitted(
                    "Cannot give an id: those of context " + context + " are used up");
              }
              return image.highestId(context) + 1;
            });
  }

  /** The new version takes the place of deleted ones with its id, unless one is referred to. */
  private static List<RegistryChange> changesFor(RegistryImage image, StoredSchema added) {
    SubjectName subject = added.subject();
    List<RegistryChange> changes = new ArrayList<>();
    if (!image.contexts().contains(subject.context())) {
      changes.add(new PutContext(subject.context()));
    }
    for (StoredSchema earlier : image.versions(subject, Deleted.ONLY)) {
      if (earlier.id() == added.id()
          && earlier.version() < added.version()
          && image.referrers(earlier, Deleted.INCLUDED).isEmpty()) {
        changes.add(new RemoveSchema(subject, earlier.version()));
      }
    }
    changes.add(new PutSchema(added));
    return changes;
  }

  /** What speaks against the schema at the subject's level, compared with these versions. */
  List<String> messages(SubjectName subject, SchemaRequest request, List<StoredSchema> versions) {
    if (request.isBlank()) {
      throw RegistryError.invalidSchema("Empty schema");
    }
    RegistryImage image = image();
    return messages(image, subject, candidate(image, subject, request, Strictness.NEW), versions);
  }

  private List<String> messages(
      RegistryImage image, SubjectName subject, Candidate candidate, List<StoredSchema> versions) {
    SubjectConfig config = image.configInForce(subject);
    List<Earlier> earlier = new ArrayList<>();
    for (StoredSchema stored : versions) {
      if (!inSameGroup(config, stored.content(), candidate.content())) {
        continue;
      }
      if (!stored.content().isAvro()) {
        return List.of("Incompatible because of different schema type");
      }
      earlier.add(new Earlier(stored.version(), texts.parsed(stored, image)));
    }
    return CompatibilityMessages.messages(config.level(), candidate.parsed().schema(), earlier);
  }

  private static boolean inSameGroup(SubjectConfig config, SchemaContent one, SchemaContent other) {
    return config
        .compatibilityGroup()
        .map(
            group ->
                one.metadata()
                    .flatMap(m -> m.property(group))
                    .equals(other.metadata().flatMap(m -> m.property(group))))
        .orElse(true);
  }

  /** Deletes a subject's versions, softly or for good; returns their numbers. */
  synchronized List<Integer> deleteSubject(SubjectName subject, boolean permanent) {
    RegistryImage image = topic.latest();
    if (!image.hasSubject(subject, Deleted.INCLUDED)) {
      throw RegistryError.subjectNotFound(subject);
    }
    if (!permanent && !image.hasSubject(subject, Deleted.LEFT_OUT)) {
      throw RegistryError.subjectSoftDeleted(subject);
    }
    requireWritable(image, subject);
    List<StoredSchema> versions = image.versions(subject, Deleted.of(permanent));
    for (StoredSchema version : versions) {
      boolean referred =
          image.referrers(version, Deleted.of(permanent)).stream()
              .anyMatch(referrer -> !referrer.subject().equals(subject));
      if (referred) {
        throw RegistryError.referenceExists(version);
      }
      if (permanent && !version.deleted()) {
        throw RegistryError.subjectNotSoftDeleted(subject);
      }
    }
    List<RegistryChange> changes = new ArrayList<>();
    if (permanent) {
      changes.add(new HighestIds(image.highestIds()));
      versions.forEach(v -> changes.add(new RemoveSchema(subject, v.version())));
      removeSettings(image, subject, changes);
    } else {
      changes.add(new DeleteSubject(subject, versions.get(versions.size() - 1).version()));
    }
    topic.write(changes);
    return versions.stream().map(StoredSchema::version).toList();
  }

  /** Deletes one version, softly or for good; -1 stands for the latest. Returns its number. */
  synchronized int deleteVersion(SubjectName subject, int version, boolean permanent) {
    RegistryImage image = topic.latest();
    StoredSchema schema = version(image, subject, version, Deleted.INCLUDED);
    if (!permanent && schema.deleted()) {
      throw RegistryError.versionSoftDeleted(subject, schema.version());
    }
    requireWritable(image, subject);
    if (!image.referrers(schema, Deleted.of(permanent)).isEmpty()) {
      throw RegistryError.referenceExists(schema);
    }
    if (permanent && !schema.deleted()) {
      throw RegistryError.versionNotSoftDeleted(subject, schema.version());
    }
    List<RegistryChange> changes = new ArrayList<>();
    if (permanent) {
      changes.add(new HighestIds(image.highestIds()));
      changes.add(new RemoveSchema(subject, schema.version()));
      if (image.versions(subject, Deleted.INCLUDED).size() == 1) {
        removeSettings(image, subject, changes);
      }
    } else {
      changes.add(new PutSchema(schema.markDeleted()));
    }
    topic.write(changes);
    return schema.version();
  }

  private static void removeSettings(
      RegistryImage image, SubjectName subject, List<RegistryChange> changes) {
    if (image.mode(subject).isPresent()) {
      changes.add(new RemoveMode(subject));
    }
    if (image.config(subject).isPresent()) {
      changes.add(new RemoveConfig(subject));
    }
  }

  /** The version, -1 for the latest that is live; 40401 or 40402 where there is none. */
  static StoredSchema version(
      RegistryImage image, SubjectName subject, int version, Deleted deleted) {
    Optional<StoredSchema> found =
        version == -1
            ? image.latest(subject, Deleted.LEFT_OUT)
            : image.version(subject, version, deleted);
    return found.orElseThrow(
        () ->
            image.hasSubject(subject, deleted)
                ? RegistryError.versionNotFound(version)
                : RegistryError.subjectNotFound(subject));
  }

  /** Changes the configuration of a subject or a context. */
  synchronized void configure(SubjectName scope, UnaryOperator<SubjectConfig> change) {
    RegistryImage image = topic.latest();
    requireWritable(image, scope);
    SubjectConfig config = change.apply(image.config(scope).orElse(SubjectConfig.NONE));
    topic.write(List.of(new PutConfig(scope, config)));
  }

  /** Goes back to the configuration of the context, or to the defaults; returns what was set. */
  synchronized Optional<SubjectConfig> resetConfig(SubjectName scope) {
    RegistryImage image = topic.latest();
    requireWritable(image, scope);
    Optional<SubjectConfig> was = image.config(scope);
    if (was.isPresent()) {
      topic.write(List.of(new RemoveConfig(scope)));
    }
    return was;
  }

  /**
   * Sets the mode of a subject or a context, or unsets it. To import, nothing live may be there,
   * unless forced; what was softly deleted is removed for good.
   */
  synchronized void setMode(SubjectName scope, Optional<Mode> mode, boolean force) {
    RegistryImage image = topic.latest();
    List<RegistryChange> changes = new ArrayList<>();
    boolean begins =
        mode.equals(Optional.of(Mode.IMPORT)) && image.modeInForce(scope) != Mode.IMPORT;
    if (begins && !force) {
      if (image.hasSubjectsIn(scope, Deleted.LEFT_OUT)) {
        throw RegistryError.notPermitted("Cannot import since found existing subjects");
      }
      List<StoredSchema> removed = image.all().filter(s -> scope.covers(s.subject())).toList();
      for (StoredSchema schema : removed) {
        if (!image.referrers(schema, Deleted.INCLUDED).isEmpty()) {
          throw RegistryError.referenceExists(schema);
        }
      }
      changes.add(new HighestIds(image.highestIds()));
      removed.forEach(s -> changes.add(new RemoveSchema(s.subject(), s.version())));
      changes.add(new ClearSubjects(scope));
    }
    changes.add(
        mode.<RegistryChange>map(m -> new PutMode(scope, m))
            .orElseGet(() -> new RemoveMode(scope)));
    topic.write(changes);
  }

  /** Unsets the mode; with {@code recursive} also those of all subjects in the context. */
  synchronized void resetMode(SubjectName scope, boolean recursive) {
    RegistryImage image = topic.latest();
    List<RegistryChange> changes = new ArrayList<>();
    for (SubjectName subject : image.modesIn(scope.context())) {
      if (subject.equals(scope) || recursive && scope.isContext()) {
        changes.add(new RemoveMode(subject));
      }
    }
    if (!changes.isEmpty()) {
      topic.write(changes);
    }
  }

  /** Forgets a context that no subject is in. */
  synchronized void deleteContext(SubjectName context) {
    RegistryImage image = topic.latest();
    if (image.hasSubjectsIn(context, Deleted.INCLUDED)) {
      throw RegistryError.contextNotEmpty(context);
    }
    topic.write(List.of(new RemoveContext(context.context())));
  }
}
