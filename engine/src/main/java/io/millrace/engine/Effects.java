package io.millrace.engine;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Dependant;
import io.millrace.catalog.Entry;
import io.millrace.catalog.History;
import io.millrace.catalog.Query;
import io.millrace.catalog.Relation;
import io.millrace.catalog.SinkEntry;
import io.millrace.catalog.View;
import io.millrace.engine.Effect.Kind;
import io.millrace.flow.Flow;
import io.millrace.model.Column;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What other columns of a stream or table would do to everything that depends on it. */
final class Effects {
  private final Parts parts;
  private final CatalogImage image;
  private final Relation table;
  private final CatalogImage proposed;

  /** The relations that change, as they would be, by their names. */
  private final Map<Name, Relation> after = new LinkedHashMap<>();

  /**
   * @param table as it is
   * @param after what would be of it and, with history, of the two beside it
   */
  Effects(Parts parts, CatalogImage image, Relation table, List<Relation> after) {
    this.parts = parts;
    this.image = image;
    this.table = table;
    after.forEach(relation -> this.after.put(relation.name(), relation));
    this.proposed = image.with(new CatalogDelta(List.<Entry>copyOf(after), List.of()));
  }

  /** Every dependant unconcerned: of changes that leave the columns alone. */
  static List<Effect> none(CatalogImage image, Relation relation) {
    return image.dependants(relation.name()).stream()
        .map(dependant -> new Effect(text(dependant), Kind.UNCHANGED, ""))
        .toList();
  }

  List<Effect> all() {
    List<Effect> effects = new ArrayList<>();
    after.values().forEach(relation -> served(relation).ifPresent(effects::add));
    if (History.isKeptOf(table)) {
      effects.add(
          new Effect("query " + table.name(), Kind.RESTARTED, "fills " + gains() + " from now on"));
    } else if (table.filledBy().isPresent()) {
      effects.add(
          new Effect(
              "query " + table.name(), Kind.REFUSED, "it alone says which columns there are"));
    }
    for (Dependant dependant : image.dependants(table.name())) {
      effects.add(of(dependant));
    }
    return effects;
  }

  private Effect of(Dependant dependant) {
    Name name = dependant.name();
    return switch (dependant.kind()) {
      case "view" -> view(image.requireView(name));
      case "sink" -> sink(image.requireSink(name));
      case "source" ->
          new Effect(text(dependant), Kind.UNCHANGED, "it follows the system that it reads");
      default -> query(text(dependant), image.requireQuery(name));
    };
  }

  /** A sink's own stream is called by the sink's name. */
  static String text(Dependant dependant) {
    return CreateSinkHandler.sinkOf(dependant.name())
        .map(sink -> "sink " + sink)
        .orElse(dependant.toString());
  }

  // ---- what differs ---------------------------------------------------------------------------

  private record Difference(List<String> added, List<String> changed, List<Column> lost) {
    static Difference of(RowSchema before, RowSchema after) {
      List<String> added = new ArrayList<>();
      List<String> changed = new ArrayList<>();
      List<Column> lost = new ArrayList<>();
      for (Column column : after.columns()) {
        int known = before.indexOf(column.name());
        if (known < 0) {
          added.add(column.name());
        } else if (!sameType(before.column(known), column)) {
          changed.add(column.name() + " as " + column.type().bareText());
          lost.add(before.column(known));
        }
      }
      for (Column column : before.columns()) {
        if (after.indexOf(column.name()) < 0) {
          lost.add(column);
        }
      }
      return new Difference(added, changed, lost);
    }

    private static boolean sameType(Column one, Column other) {
      return one.type().withNullable(true).equals(other.type().withNullable(true));
    }

    boolean isNone() {
      return added.isEmpty() && changed.isEmpty() && lost.isEmpty();
    }

    String gains() {
      List<String> gains = new ArrayList<>(added);
      gains.addAll(changed);
      return String.join(", ", gains);
    }

    String losses(RowSchema after) {
      return lost.stream()
          .filter(column -> after.indexOf(column.name()) < 0)
          .map(Column::name)
          .collect(Collectors.joining(", "));
    }
  }

  private Difference difference(Relation next) {
    return Difference.of(image.requireRelation(next.name()).schema(), next.schema());
  }

  private String gains() {
    return difference(after.get(table.name())).gains();
  }

  private static String told(Difference difference, RowSchema after) {
    String gains = difference.gains();
    String losses = difference.losses(after);
    String has = gains.isEmpty() ? "" : "has " + gains;
    String lacks = losses.isEmpty() ? "" : "no longer has " + losses;
    return has + (has.isEmpty() || lacks.isEmpty() ? "" : " and ") + lacks + " from now on";
  }

  /** The reason of an error without what could not be done: that is told already. */
  private static String reason(MillraceException e) {
    return e.getMessage().replaceFirst("^(Cannot|Invalid) [^:]*: ", "");
  }

  // ---- on each --------------------------------------------------------------------------------

  private Optional<Effect> served(Relation next) {
    Difference difference = difference(next);
    if (!Topics.isServed(next) || difference.isNone()) {
      return Optional.empty();
    }
    boolean anew = !difference.lost().isEmpty() || !Evolution.hasContract(next);
    return Optional.of(
        new Effect(
            "serving copy of " + next.name(),
            Kind.CHANGED,
            told(difference, next.schema()) + (anew ? ", filled anew" : "")));
  }

  private Effect view(View view) {
    String dependant = "view " + view.name();
    Optional<RowSchema> before = planned(image, view.query());
    if (before.isEmpty()) {
      return new Effect(dependant, Kind.UNCHANGED, "it does not plan as it is");
    }
    try {
      RowSchema now = parts.flow().analyze(proposed, view.query()).schema();
      Difference difference = Difference.of(before.get(), now);
      return difference.isNone()
          ? new Effect(dependant, Kind.UNCHANGED, "its columns stay")
          : new Effect(dependant, Kind.CHANGED, told(difference, now));
    } catch (MillraceException e) {
      return new Effect(dependant, Kind.REFUSED, "it would no longer plan: " + reason(e));
    }
  }

  private Optional<RowSchema> planned(CatalogImage on, String query) {
    try {
      return Optional.of(parts.flow().analyze(on, query).schema());
    } catch (MillraceException e) {
      return Optional.empty();
    }
  }

  private Effect sink(SinkEntry sink) {
    String dependant = "sink " + sink.name();
    Relation next = after.get(sink.from());
    Difference difference = difference(next);
    if (difference.isNone()) {
      return new Effect(dependant, Kind.UNCHANGED, "");
    }
    try {
      parts.flow().check(sink, next);
    } catch (MillraceException e) {
      return new Effect(dependant, Kind.REFUSED, reason(e));
    }
    String carries = "carries " + difference.gains();
    return sink.paused()
        ? new Effect(dependant, Kind.CHANGED, carries + " once it is resumed")
        : new Effect(dependant, Kind.RESTARTED, carries + " from now on");
  }

  private Effect query(String dependant, Query query) {
    boolean restarted = false;
    for (Relation next : after.values()) {
      Difference difference = difference(next);
      Set<String> read = Flow.columnsRead(query.plan(), next.name());
      for (Column lost : difference.lost()) {
        boolean gone = next.schema().indexOf(lost.name()) < 0;
        if (read.contains(lost.name())) {
          String how =
              gone
                  ? "which would be gone"
                  : "and could not read it as "
                      + next.schema().column(next.schema().indexOf(lost.name())).type().bareText();
          return new Effect(
              dependant,
              Kind.REFUSED,
              "its plan reads " + lost.name() + " as " + lost.type().bareText() + ", " + how);
        }
        if (gone && query.target().equals(next.name())) {
          return new Effect(
              dependant, Kind.REFUSED, "it writes " + lost.name() + ", which would be gone");
        }
      }
      restarted |=
          !query.paused()
              && !difference.isNone()
              && !Evolution.hasContract(next)
              && query.reads().contains(next.name());
    }
    String planned = plannedAnew(query);
    return restarted
        ? new Effect(dependant, Kind.RESTARTED, "with the plan that it has" + planned)
        : new Effect(dependant, Kind.UNCHANGED, "it goes on with its plan" + planned);
  }

  /** What would be different, should it be created again. */
  private String plannedAnew(Query query) {
    Optional<RowSchema> before = planned(image, query.sql());
    if (before.isEmpty()) {
      return "";
    }
    try {
      RowSchema now = parts.flow().analyze(proposed, query.sql()).schema();
      Difference difference = Difference.of(before.get(), now);
      return difference.gains().isEmpty()
          ? ""
          : "; created anew it would have " + difference.gains();
    } catch (MillraceException e) {
      return "; created anew it would fail: " + reason(e);
    }
  }
}
