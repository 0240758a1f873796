package io.millrace.engine;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Relation;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Positions;
import io.millrace.serving.ResultCursor;
import io.millrace.sql.Dialects;
import io.millrace.sql.QueryText;
import io.millrace.sql.Select;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A pull query: a finite answer from the serving copies, in DuckDB's dialect. */
final class SelectHandler implements StatementHandler<Select> {
  private static final String AFTER = "after";
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

  private final Parts parts;
  private final Discovery discovery;
  private final Dictionary dictionary;

  SelectHandler(Parts parts, Discovery discovery) {
    this.parts = parts;
    this.discovery = discovery;
    this.dictionary = new Dictionary(parts);
  }

  @Override
  public Class<Select> kind() {
    return Select.class;
  }

  @Override
  public Result execute(Select statement, StatementRequest request, String text) {
    QueryText query = statement.query();
    checkServed(query.text());
    awaitWrites(query.text(), request.options());
    dictionary.prepareFor(query.text());
    ResultCursor cursor =
        Places.within(
            query,
            () -> parts.serving().query(Dialects.toDuckDb(query.text()), request.parameters()));
    request.cancellation().onCancel(cursor::cancel);
    return new Result.Rows(cursor);
  }

  /** Read your writes: waits until the copies hold what the caller says it has written. */
  private void awaitWrites(String query, Map<String, String> options) {
    for (Map.Entry<String, String> option : options.entrySet()) {
      Name name;
      if (option.getKey().equals(AFTER)) {
        name = onlyRelation(query);
      } else if (option.getKey().startsWith(AFTER + ".")) {
        name = Name.parse(option.getKey().substring(AFTER.length() + 1));
      } else {
        throw new MillraceException(
                ErrorCode.INVALID_OPTION, "Invalid option for a pull query: " + option.getKey())
            .hint("Options: after, after.<name>.");
      }
      Positions positions = Positions.parse(option.getValue());
      if (!parts.serving().awaitPositions(name, positions, LONGEST_WAIT)) {
        throw new MillraceException(
            ErrorCode.TIMED_OUT,
            "Cannot select from " + name + ": its copy has not reached " + positions + " in time");
      }
    }
  }

  private Name onlyRelation(String query) {
    List<Name> read =
        Dialects.mentionedNames(query).stream()
            .filter(name -> parts.catalog().image().relation(name).isPresent())
            .toList();
    if (read.size() != 1) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION,
              "Invalid option 'after': the query reads " + read.size() + " streams and tables")
          .hint("Say which one: after.<name>.");
    }
    return read.get(0);
  }

  private void checkServed(String query) {
    CatalogImage image = discovery.imageFor(query);
    for (Name name : Dialects.mentionedNames(query)) {
      if (image.view(name).isPresent()) {
        throw new MillraceException(
                ErrorCode.NOT_SUPPORTED, "Cannot select from view " + name + " in a pull query")
            .hint("Add EMIT CHANGES, or CREATE TABLE ... AS SELECT * FROM " + name + ".");
      }
      image
          .relation(name)
          .filter(relation -> !Topics.isServed(relation))
          .ifPresent(SelectHandler::refuseUnserved);
    }
  }

  private static void refuseUnserved(Relation relation) {
    throw new MillraceException(
            ErrorCode.NOT_SUPPORTED,
            "Cannot select from " + relation.name() + ": it is created with 'serving' = 'off'")
        .hint("ALTER it with SET ('serving' = 'on'), or add EMIT CHANGES.");
  }
}
