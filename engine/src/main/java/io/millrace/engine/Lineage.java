package io.millrace.engine;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Dependant;
import io.millrace.catalog.History;
import io.millrace.catalog.Query;
import io.millrace.catalog.Relation;
import io.millrace.catalog.View;
import io.millrace.model.Name;
import io.millrace.sql.Dialects;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Where rows come from and where they go, as far as the catalog knows. Immutable. */
final class Lineage {
  private final CatalogImage image;
  private final Set<Edge> edges = new LinkedHashSet<>();

  /** Rows of one become rows of another; {@code query} does it where it is part of neither. */
  record Edge(Dependant from, Dependant to, Optional<Name> query) {
    @Override
    public String toString() {
      return from + " -> " + to + query.map(name -> " (query " + name + ")").orElse("");
    }
  }

  Lineage(CatalogImage image) {
    this.image = image;
    image
        .sources()
        .forEach(
            source ->
                source
                    .into()
                    .values()
                    .forEach(table -> add(new Dependant("source", source.name()), filled(table))));
    image.queries().forEach(this::addQuery);
    image
        .views()
        .forEach(view -> view.reads().forEach(read -> add(object(read), object(view.name()))));
    image.sinks().forEach(sink -> add(object(sink.from()), new Dependant("sink", sink.name())));
  }

  private void addQuery(Query query) {
    // What stands behind a view is read by the view.
    Set<Name> reads = new LinkedHashSet<>(Dialects.mentionedNames(query.sql()));
    reads.retainAll(query.reads());
    Optional<Name> by = query.belongsToTarget() ? Optional.empty() : Optional.of(query.name());
    for (Name read : reads.isEmpty() ? query.reads() : reads) {
      add(new Edge(object(read), object(query.target()), by));
      image
          .relation(query.target())
          .filter(target -> query.belongsToTarget() && History.isKeptOf(target))
          .ifPresent(table -> add(object(read), object(History.versions(table.name()))));
    }
  }

  private void add(Dependant from, Dependant to) {
    add(new Edge(from, to, Optional.empty()));
  }

  private void add(Edge edge) {
    if (!edge.from().equals(edge.to())) {
      edges.add(edge);
    }
  }

  /** What a source writes of a table. */
  private Dependant filled(Name table) {
    return image
        .relation(table)
        .filter(History::isKeptOf)
        .map(kept -> object(History.changes(kept.name())))
        .orElseGet(() -> object(table));
  }

  /** As it is called: a sink's own stream is part of the sink. */
  private Dependant object(Name name) {
    Optional<Name> sink = CreateSinkHandler.sinkOf(name);
    if (sink.isPresent()) {
      return new Dependant("sink", sink.get());
    }
    return image
        .relation(name)
        .map(relation -> new Dependant(relation.kind().toString(), relation.name()))
        .orElseGet(() -> new Dependant("view", image.view(name).map(View::name).orElse(name)));
  }

  /** Everything that becomes rows of the named one, the nearest first. */
  List<Edge> up(Name name) {
    return walk(object(name), Edge::to, Edge::from);
  }

  /** Everything that rows of the named one become, the nearest first. */
  List<Edge> down(Name name) {
    return walk(object(name), Edge::from, Edge::to);
  }

  private List<Edge> walk(
      Dependant start, Function<Edge, Dependant> near, Function<Edge, Dependant> far) {
    List<Edge> walked = new ArrayList<>();
    Set<Dependant> seen = new LinkedHashSet<>(Set.of(start));
    Deque<Dependant> next = new ArrayDeque<>(seen);
    while (!next.isEmpty()) {
      Dependant at = next.remove();
      for (Edge edge : edges) {
        if (near.apply(edge).equals(at)) {
          walked.add(edge);
          if (seen.add(far.apply(edge))) {
            next.add(far.apply(edge));
          }
        }
      }
    }
    return walked;
  }

  /** The queries and sources that write a stream or table, with history through its changes. */
  List<Dependant> writers(Relation relation) {
    List<Dependant> writers = new ArrayList<>();
    image.queries().stream()
        .filter(
            q ->
                q.target().equals(relation.name())
                    || relation.filledBy().filter(q.name()::equals).isPresent())
        .forEach(q -> writers.add(new Dependant("query", q.name())));
    Name table =
        History.tableOf(relation.name())
            .filter(t -> image.relation(t).filter(History::isKeptOf).isPresent())
            .orElse(relation.name());
    image.sources().stream()
        .filter(source -> source.into().containsValue(table))
        .forEach(source -> writers.add(new Dependant("source", source.name())));
    return writers;
  }

  /** What reads it without anything between. */
  List<Dependant> readers(Name name) {
    Dependant object = object(name);
    return edges.stream()
        .filter(edge -> edge.from().equals(object))
        .map(edge -> edge.query().map(q -> new Dependant("query", q)).orElse(edge.to()))
        .distinct()
        .toList();
  }
}
