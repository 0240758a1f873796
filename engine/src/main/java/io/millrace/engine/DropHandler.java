package io.millrace.engine;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Dependant;
import io.millrace.catalog.EntryKey;
import io.millrace.catalog.EntryKind;
import io.millrace.catalog.Expiry;
import io.millrace.catalog.History;
import io.millrace.catalog.Query;
import io.millrace.catalog.Relation;
import io.millrace.catalog.SchemaEntry;
import io.millrace.catalog.SinkEntry;
import io.millrace.catalog.SourceEntry;
import io.millrace.catalog.View;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Nearest;
import io.millrace.sql.Drop;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** DROP: refused while others use the object, unless CASCADE takes them along. */
final class DropHandler implements StatementHandler<Drop> {
  private final Parts parts;
  private final Removal removal;

  DropHandler(Parts parts, Removal removal) {
    this.parts = parts;
    this.removal = removal;
  }

  @Override
  public Class<Drop> kind() {
    return Drop.class;
  }

  @Override
  public boolean changesCatalog() {
    return true;
  }

  @Override
  public boolean addsToLog() {
    return false;
  }

  @Override
  public Result execute(Drop statement, StatementRequest request, String text) {
    String what =
        statement.kind().name().toLowerCase(Locale.ROOT) + " " + statement.name().object();
    Optional<EntryKey> unreadable = unreadable(statement);
    if (unreadable.isPresent()) {
      removal.removeUnreadable(unreadable.get());
      return new Result.Message("Dropped " + what + ", which could not be read; its topic stays.");
    }
    if (!exists(statement)) {
      if (statement.ifExists()) {
        return new Result.Message("There is no " + what + ".");
      }
      throw missing(statement, what);
    }
    if (statement.name().isInternal()) {
      throw new MillraceException(
          ErrorCode.INVALID_NAME, "Cannot drop " + what + ": it belongs to Millrace");
    }
    refusePart(parts.catalog().image(), statement.name(), what);
    if (statement.kind() == Drop.Kind.SCHEMA) {
      return dropSchema(statement, what);
    }
    List<String> left = new ArrayList<>();
    List<String> dropped =
        drop(
            new Dependant(statement.kind().name().toLowerCase(Locale.ROOT), statement.name()),
            statement.cascade(),
            left);
    return new Result.Message(
        "Dropped "
            + what
            + (dropped.size() > 1
                ? " and " + String.join(", ", dropped.subList(0, dropped.size() - 1))
                : "")
            + "."
            + told(left));
  }

  private Optional<EntryKey> unreadable(Drop s) {
    EntryKind kind =
        switch (s.kind()) {
          case SCHEMA -> EntryKind.SCHEMA;
          case STREAM, TABLE -> EntryKind.RELATION;
          case VIEW -> EntryKind.VIEW;
          case QUERY -> EntryKind.QUERY;
          case SINK -> EntryKind.SINK;
          case SOURCE -> EntryKind.SOURCE;
          case ALERT -> null;
        };
    return Optional.ofNullable(kind)
        .map(k -> new EntryKey(k, s.name()))
        .filter(key -> parts.catalog().image().unreadable().containsKey(key));
  }

  private boolean exists(Drop s) {
    CatalogImage image = parts.catalog().image();
    return switch (s.kind()) {
      case SCHEMA -> image.schemas().contains(s.name().object().toLowerCase(Locale.ROOT));
      case STREAM -> isKind(image, s.name(), Relation.Kind.STREAM);
      case TABLE -> isKind(image, s.name(), Relation.Kind.TABLE);
      case VIEW -> image.view(s.name()).isPresent();
      case QUERY -> image.query(s.name()).isPresent();
      case SINK -> image.sink(s.name()).isPresent();
      case SOURCE -> image.source(s.name()).isPresent();
      case ALERT -> false;
    };
  }

  private static boolean isKind(CatalogImage image, Name name, Relation.Kind kind) {
    return image.relation(name).filter(r -> r.kind() == kind).isPresent();
  }

  private MillraceException missing(Drop s, String what) {
    CatalogImage image = parts.catalog().image();
    Optional<Relation> other = image.relation(s.name());
    MillraceException error =
        new MillraceException(ErrorCode.NOT_FOUND, "Cannot drop " + what + ": there is none");
    if (other.isPresent()) {
      return error.hint(
          s.name() + " is a " + other.get().kind().name().toLowerCase(Locale.ROOT) + ".");
    }
    Collection<String> known =
        switch (s.kind()) {
          case SCHEMA -> image.schemas();
          case STREAM, TABLE -> names(image.relations().stream().map(Relation::name));
          case VIEW -> names(image.views().stream().map(View::name));
          case QUERY -> names(image.queries().stream().map(Query::name));
          case SINK -> names(image.sinks().stream().map(SinkEntry::name));
          case SOURCE -> names(image.sources().stream().map(SourceEntry::name));
          case ALERT -> List.of();
        };
    return Nearest.to(s.name().toString(), known)
        .map(near -> error.hint("Did you mean " + near + "?"))
        .orElse(error);
  }

  private static List<String> names(Stream<Name> names) {
    return names.map(Name::toString).toList();
  }

  private Result dropSchema(Drop statement, String what) {
    String schema = statement.name().object().toLowerCase(Locale.ROOT);
    if (schema.equals(Name.PUBLIC)) {
      throw new MillraceException(
          ErrorCode.INVALID_NAME, "Cannot drop schema public: it is always there");
    }
    List<Dependant> inside = parts.catalog().image().contents(schema);
    if (!inside.isEmpty() && !statement.cascade()) {
      throw inUse(what, inside);
    }
    List<String> left = new ArrayList<>();
    for (Dependant d : inside) {
      if (isThere(d)) {
        drop(d, true, left);
      }
    }
    removal.remove(new SchemaEntry(schema));
    return new Result.Message("Dropped " + what + "." + told(left));
  }

  private boolean isThere(Dependant d) {
    CatalogImage image = parts.catalog().image();
    return switch (d.kind()) {
      case "source" -> image.source(d.name()).isPresent();
      case "sink" -> image.sink(d.name()).isPresent();
      case "query" -> image.query(d.name()).isPresent();
      case "view" -> image.view(d.name()).isPresent();
      default -> image.relation(d.name()).isPresent();
    };
  }

  private static String told(List<String> left) {
    return left.stream()
        .map(reason -> "\nLeft in the source: " + reason)
        .collect(Collectors.joining());
  }

  /**
   * Drops one object, its dependants first; answers what went, the object itself last. {@code left}
   * takes what could not be taken away elsewhere.
   */
  private List<String> drop(Dependant object, boolean cascade, List<String> left) {
    CatalogImage image = parts.catalog().image();
    boolean leaf = object.isEnd();
    List<Dependant> dependants = leaf ? List.of() : image.dependants(object.name());
    if (!dependants.isEmpty() && !cascade) {
      throw inUse(object.toString(), dependants);
    }
    List<String> dropped = new ArrayList<>();
    for (Dependant d : leaf ? List.<Dependant>of() : image.cascade(object.name())) {
      dropOne(d, left);
      dropped.add(d.toString());
    }
    dropOne(object, left);
    dropped.add(object.toString());
    return dropped;
  }

  /** What belongs to a table with history is dropped with it. */
  private static void refusePart(CatalogImage image, Name name, String what) {
    History.tableOf(name)
        .flatMap(image::relation)
        .filter(History::hasVersions)
        .ifPresent(
            table -> {
              throw new MillraceException(
                      ErrorCode.IN_USE,
                      "Cannot drop " + what + ": it belongs to table " + table.name())
                  .hint("DROP TABLE " + table.name() + "; drops it, too.");
            });
  }

  private void dropOne(Dependant object, List<String> left) {
    CatalogImage image = parts.catalog().image();
    Name name = object.name();
    switch (object.kind()) {
      case "query" -> dropQuery(image, image.requireQuery(name));
      case "source" -> removal.remove(image.requireSource(name)).ifPresent(left::add);
      case "sink" -> removal.remove(image.requireSink(name));
      case "view" -> removal.remove(image.requireView(name));
      default -> removal.remove(image.requireRelation(name));
    }
  }

  private void dropQuery(CatalogImage image, Query query) {
    if (Expiry.isOf(query)) {
      throw new MillraceException(
              ErrorCode.IN_USE,
              "Cannot drop query " + query.name() + ": it belongs to table " + query.target())
          .hint("ALTER TABLE " + query.target() + " SET ('expire' = 'never');");
    }
    Optional<Relation> own = image.relation(query.name());
    if (own.isPresent()) {
      String kind = own.get().kind().name();
      throw new MillraceException(
              ErrorCode.IN_USE,
              "Cannot drop query "
                  + query.name()
                  + ": it fills the "
                  + kind.toLowerCase(Locale.ROOT)
                  + " of its name")
          .hint("DROP " + kind + " " + query.name() + "; or PAUSE QUERY " + query.name() + ";");
    }
    removal.remove(query);
  }

  private static MillraceException inUse(String what, List<Dependant> dependants) {
    return new MillraceException(
            ErrorCode.IN_USE,
            "Cannot drop "
                + what
                + ": it is used by "
                + dependants.stream().map(Dependant::toString).collect(Collectors.joining(", ")))
        .hint("Drop those first, or add CASCADE to drop them all.");
  }
}
