package io.millrace.engine;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Entry;
import io.millrace.catalog.EntryKey;
import io.millrace.catalog.EntryKind;
import io.millrace.catalog.Expiry;
import io.millrace.catalog.History;
import io.millrace.catalog.Query;
import io.millrace.catalog.Relation;
import io.millrace.catalog.SinkEntry;
import io.millrace.catalog.SourceEntry;
import io.millrace.flow.topic.mark.Ending;
import io.millrace.model.Name;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Takes things away. A relation is first marked as dropping, together with the removal of its query
 * from the catalog; a crash after that is found at the next start and finished.
 */
final class Removal {
  private final Parts parts;
  private final Topics topics;
  private final Statements statements;
  private final Sources sources;

  Removal(Parts parts, Topics topics, Statements statements, Sources sources) {
    this.parts = parts;
    this.topics = topics;
    this.statements = statements;
    this.sources = sources;
  }

  /** At the start of the server: what a crash left half made or half removed goes. */
  void finishInterrupted() {
    CatalogImage image = parts.catalog().image();
    for (Relation relation : image.relations()) {
      if (Topics.isHalfDone(relation)) {
        remove(relation);
      }
    }
  }

  void remove(Relation relation) {
    CatalogImage image = parts.catalog().image();
    List<Name> jobs = new ArrayList<>(List.of(relation.name()));
    List<Relation> removed = new ArrayList<>(List.of(relation));
    if (relation.isTable()) {
      // Also where it has none now: a crash may have left the checkpoints of one that it had.
      jobs.add(Expiry.query(relation.name()));
    }
    if (History.isKeptOf(relation)) {
      image.relation(History.changes(relation.name())).ifPresent(removed::add);
    }
    if (History.hasVersions(relation)) {
      Name versions = History.versions(relation.name());
      image.relation(versions).ifPresent(removed::add);
      jobs.add(versions);
    }
    List<EntryKey> gone =
        jobs.stream().flatMap(job -> image.query(job).stream()).map(Query::key).toList();
    parts
        .catalog()
        .apply(new CatalogDelta(removed.stream().<Entry>map(Topics::dropping).toList(), gone));
    for (Name job : jobs) {
      // One that is not in the catalog was taken out before a crash; what it left is still there.
      image.query(job).ifPresentOrElse(statements::forget, () -> parts.flow().forget(job));
    }
    removed.forEach(topics::discard);
  }

  void remove(Query query) {
    parts
        .catalog()
        .apply(new CatalogDelta(List.of(), List.of(new EntryKey(EntryKind.QUERY, query.name()))));
    statements.forget(query);
    endMarks(query);
  }

  /** Readers of what the query has written no longer wait for its watermark. */
  private void endMarks(Query query) {
    if (Expiry.isOf(query)) {
      return;
    }
    parts
        .catalog()
        .image()
        .relation(query.target())
        .ifPresent(
            target ->
                Ending.write(
                    parts.log(),
                    target.topic(),
                    query.name(),
                    statements.nextEpoch(query.epoch())));
  }

  void remove(SinkEntry sink) {
    parts
        .catalog()
        .apply(new CatalogDelta(List.of(), List.of(new EntryKey(EntryKind.SINK, sink.name()))));
    parts.flow().forget(sink.name());
    statements.forget(sink.name());
    Name internal = CreateSinkHandler.streamOf(sink.name());
    if (sink.from().equals(internal)) {
      parts.catalog().image().relation(internal).ifPresent(this::remove);
    }
  }

  /** What it filled stays. Answers what is left in the system that it read. */
  Optional<String> remove(SourceEntry source) {
    Optional<String> left = sources.forget(source);
    remove((Entry) source);
    return left;
  }

  /** Of what cannot be read only the entry and what its job left are known. */
  void removeUnreadable(EntryKey key) {
    parts.catalog().apply(new CatalogDelta(List.of(), List.of(key)));
    if (key.kind() == EntryKind.QUERY || key.kind() == EntryKind.SINK) {
      parts.flow().forget(key.name());
    }
  }

  void remove(Entry other) {
    parts.catalog().apply(new CatalogDelta(List.of(), List.of(other.key())));
  }
}
