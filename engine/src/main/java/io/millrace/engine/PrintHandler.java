package io.millrace.engine;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Relation;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.Nearest;
import io.millrace.sql.Print;
import java.util.OptionalLong;

/** PRINT: the records of any topic as they lie there, with partition, offset, time and key. */
final class PrintHandler implements StatementHandler<Print> {
  private final Parts parts;

  PrintHandler(Parts parts) {
    this.parts = parts;
  }

  @Override
  public Class<Print> kind() {
    return Print.class;
  }

  @Override
  public Result execute(Print statement, StatementRequest request, String text) {
    String topic = topic(statement.topicOrName());
    PrintCursor cursor = PrintCursor.open(parts, topic, statement.fromBeginning());
    request.cancellation().onCancel(cursor::cancel);
    OptionalLong limit = statement.limit();
    return new Result.Changes(cursor, limit);
  }

  private String topic(String named) {
    if (parts.log().find(named).isPresent()) {
      return named;
    }
    CatalogImage image = parts.catalog().image();
    return image
        .relation(Name.parse(named))
        .map(Relation::topic)
        .orElseThrow(
            () -> {
              MillraceException error =
                  new MillraceException(
                      ErrorCode.NOT_FOUND, "Cannot print " + named + ": there is no such topic");
              return Nearest.to(named, parts.log().list().stream().map(t -> t.topic()).toList())
                  .map(near -> error.hint("Did you mean " + near + "?"))
                  .orElse(error);
            });
  }
}
