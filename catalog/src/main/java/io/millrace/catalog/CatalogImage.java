package io.millrace.catalog;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Nearest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What exists at one moment. Names compare without case. Immutable: readers never lock, {@link
 * #with} makes the next image.
 */
public final class CatalogImage {
  private static final CatalogImage EMPTY = new CatalogImage(Map.of(), Map.of(), 0);

  /** By kind, then by folded name. */
  private final Map<EntryKind, SortedMap<String, Entry>> entries;

  /** Why an entry could not be read, by its key. */
  private final Map<EntryKey, String> unreadable;

  private final long offset;

  private CatalogImage(
      Map<EntryKind, SortedMap<String, Entry>> entries,
      Map<EntryKey, String> unreadable,
      long offset) {
    this.entries = entries;
    this.unreadable = unreadable;
    this.offset = offset;
  }

  /** Nothing but schema {@code public}. */
  public static CatalogImage empty() {
    return EMPTY;
  }

  /** The offset in the catalog's topic after the last record that this image holds. */
  public long offset() {
    return offset;
  }

  /** The image after a change: deletes first, then puts. The offset stays. */
  public CatalogImage with(CatalogDelta delta) {
    Map<EntryKind, SortedMap<String, Entry>> next = new EnumMap<>(EntryKind.class);
    entries.forEach((kind, byName) -> next.put(kind, new TreeMap<>(byName)));
    for (EntryKey key : delta.deletes()) {
      next.getOrDefault(key.kind(), new TreeMap<>()).remove(key.name().folded());
    }
    for (Entry entry : delta.puts()) {
      EntryKey key = entry.key();
      next.computeIfAbsent(key.kind(), k -> new TreeMap<>()).put(key.name().folded(), entry);
    }
    Map<EntryKey, String> left = unreadable;
    if (!unreadable.isEmpty()) {
      left = new LinkedHashMap<>(unreadable);
      delta.deletes().forEach(left::remove);
      delta.puts().stream().map(Entry::key).forEach(left::remove);
    }
    return new CatalogImage(next, left, offset);
  }

  CatalogImage at(long newOffset) {
    return new CatalogImage(entries, unreadable, newOffset);
  }

  /** The image with these entries told as unreadable, whatever it knew of them before. */
  CatalogImage withUnreadable(Map<EntryKey, String> reasons) {
    if (reasons.isEmpty()) {
      return this;
    }
    CatalogImage without = with(new CatalogDelta(List.of(), List.copyOf(reasons.keySet())));
    Map<EntryKey, String> all = new LinkedHashMap<>(without.unreadable);
    all.putAll(reasons);
    return new CatalogImage(without.entries, all, offset);
  }

  /**
   * Entries that this version cannot read, with the reason: a newer one wrote them, or somebody by
   * hand. They are kept in the topic and stand still until they are written anew or dropped.
   */
  public Map<EntryKey, String> unreadable() {
    return Collections.unmodifiableMap(unreadable);
  }

  private <E extends Entry> Optional<E> find(EntryKind kind, Name name, Class<E> type) {
    return Optional.ofNullable(of(kind).get(name.folded())).map(type::cast);
  }

  private SortedMap<String, Entry> of(EntryKind kind) {
    return entries.getOrDefault(kind, Collections.emptySortedMap());
  }

  private <E extends Entry> List<E> all(EntryKind kind, Class<E> type) {
    return of(kind).values().stream().map(type::cast).toList();
  }

  public Optional<Relation> relation(Name name) {
    return find(EntryKind.RELATION, name, Relation.class);
  }

  public Optional<View> view(Name name) {
    return find(EntryKind.VIEW, name, View.class);
  }

  public Optional<Query> query(Name name) {
    return find(EntryKind.QUERY, name, Query.class);
  }

  public Optional<SourceEntry> source(Name name) {
    return find(EntryKind.SOURCE, name, SourceEntry.class);
  }

  public Optional<SinkEntry> sink(Name name) {
    return find(EntryKind.SINK, name, SinkEntry.class);
  }

  /** Streams and tables, by name; so are the others below. */
  public Collection<Relation> relations() {
    return all(EntryKind.RELATION, Relation.class);
  }

  public Collection<View> views() {
    return all(EntryKind.VIEW, View.class);
  }

  public Collection<Query> queries() {
    return all(EntryKind.QUERY, Query.class);
  }

  /** The queries that run in one job, by name. */
  public List<Query> queriesOf(Name job) {
    return queries().stream().filter(query -> query.job().equals(job)).toList();
  }

  public Collection<SourceEntry> sources() {
    return all(EntryKind.SOURCE, SourceEntry.class);
  }

  public Collection<SinkEntry> sinks() {
    return all(EntryKind.SINK, SinkEntry.class);
  }

  /** The schemas, {@code public} among them. */
  public Set<String> schemas() {
    Set<String> schemas = new TreeSet<>();
    schemas.add(Name.PUBLIC);
    all(EntryKind.SCHEMA, SchemaEntry.class).forEach(s -> schemas.add(s.name()));
    return Collections.unmodifiableSet(schemas);
  }

  public boolean hasSchema(String schema) {
    return schemas().stream().anyMatch(schema::equalsIgnoreCase);
  }

  /** NOT_FOUND, with the nearest name, where there is no such stream or table. */
  public Relation requireRelation(Name name) {
    return relation(name)
        .orElseThrow(
            () ->
                view(name).isPresent()
                    ? missing("stream or table", name, Set.of()).hint(name + " is a view.")
                    : missing("stream or table", name, of(EntryKind.RELATION).values()));
  }

  public View requireView(Name name) {
    return view(name)
        .orElseThrow(
            () ->
                relation(name).isPresent()
                    ? missing("view", name, Set.of())
                        .hint(name + " is a " + relation(name).orElseThrow().kind() + ".")
                    : missing("view", name, of(EntryKind.VIEW).values()));
  }

  public Query requireQuery(Name name) {
    return query(name).orElseThrow(() -> missing("query", name, of(EntryKind.QUERY).values()));
  }

  public SourceEntry requireSource(Name name) {
    return source(name).orElseThrow(() -> missing("source", name, of(EntryKind.SOURCE).values()));
  }

  public SinkEntry requireSink(Name name) {
    return sink(name).orElseThrow(() -> missing("sink", name, of(EntryKind.SINK).values()));
  }

  private static MillraceException missing(String what, Name name, Collection<Entry> known) {
    MillraceException missing =
        new MillraceException(ErrorCode.NOT_FOUND, "Cannot find " + what + " " + name);
    String question =
        Nearest.question(
            name.toString(), known.stream().map(entry -> entry.key().name().toString()).toList());
    return question.isEmpty() ? missing : missing.hint(question);
  }

  /**
   * What stops working without the named stream, table or view: views and queries that read it,
   * also through views; queries and sources that write it; sinks from it. A derived stream's or
   * table's own query is part of it and not among them; where it is such a query that reads, the
   * derived stream or table is named.
   */
  public List<Dependant> dependants(Name name) {
    Set<Name> own = withHistory(name);
    Set<Name> read = new LinkedHashSet<>(own);
    Set<Dependant> found = new LinkedHashSet<>();
    boolean grew = true;
    while (grew) {
      grew = false;
      for (View view : views()) {
        if (!Collections.disjoint(view.reads(), read) && read.add(view.name())) {
          found.add(new Dependant("view", view.name()));
          grew = true;
        }
      }
    }
    for (Query query : queries()) {
      boolean reads = !Collections.disjoint(query.reads(), read);
      if (query.belongsToTarget()
          ? reads && !own.contains(query.name())
          : reads || own.contains(query.target())) {
        found.add(dependant(query));
      }
    }
    for (SinkEntry sink : sinks()) {
      if (own.contains(sink.from())) {
        found.add(new Dependant("sink", sink.name()));
      }
    }
    for (SourceEntry source : sources()) {
      if (source.into().containsValue(name)) {
        found.add(new Dependant("source", source.name()));
      }
    }
    return List.copyOf(found);
  }

  /** A table's changes and versions go where it goes. */
  private Set<Name> withHistory(Name name) {
    Optional<Name> table = relation(name).filter(History::hasVersions).map(Relation::name);
    return table
        .map(kept -> Set.of(name, History.changes(kept), History.versions(kept)))
        .orElse(Set.of(name));
  }

  private Dependant dependant(Query query) {
    String kind =
        query.belongsToTarget()
            ? relation(query.target()).map(r -> r.kind().toString()).orElse("query")
            : "query";
    return new Dependant(kind, query.name());
  }

  /**
   * Everything that goes with the named stream, table or view under DROP ... CASCADE, in an order
   * in which it can be dropped: who depends comes before what it depends on.
   */
  public List<Dependant> cascade(Name name) {
    Set<Dependant> ordered = new LinkedHashSet<>();
    cascade(name, new LinkedHashSet<>(Set.of(name)), ordered);
    return List.copyOf(ordered);
  }

  private void cascade(Name name, Set<Name> visited, Set<Dependant> ordered) {
    for (Dependant dependant : dependants(name)) {
      boolean readable = !dependant.isEnd();
      if (readable && visited.add(dependant.name())) {
        cascade(dependant.name(), visited, ordered);
      }
      ordered.add(dependant);
    }
  }

  /** What a schema holds, for those who would drop it; kinds as in {@link #dependants}. */
  public List<Dependant> contents(String schema) {
    List<Dependant> contents = new ArrayList<>();
    relations().forEach(r -> contents.add(new Dependant(r.kind().toString(), r.name())));
    views().forEach(v -> contents.add(new Dependant("view", v.name())));
    queries().stream()
        .filter(q -> !q.belongsToTarget())
        .forEach(q -> contents.add(new Dependant("query", q.name())));
    sources().forEach(s -> contents.add(new Dependant("source", s.name())));
    sinks().forEach(s -> contents.add(new Dependant("sink", s.name())));
    contents.removeIf(d -> !d.name().schema().equalsIgnoreCase(schema));
    return contents;
  }
}
