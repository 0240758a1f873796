package io.millrace.engine;

import io.millrace.model.Name;
import io.millrace.sql.Dialects;
import io.millrace.sql.ReplayDeadLetters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** REPLAY DEAD LETTERS. */
final class ReplayHandler implements StatementHandler<ReplayDeadLetters> {
  private final Letters letters;

  ReplayHandler(Letters letters) {
    this.letters = letters;
  }

  @Override
  public Class<ReplayDeadLetters> kind() {
    return ReplayDeadLetters.class;
  }

  /** One at a time: two would read the same letters, and their rows would be there twice. */
  @Override
  public boolean changesCatalog() {
    return true;
  }

  @Override
  public Result execute(ReplayDeadLetters statement, StatementRequest request, String text) {
    List<Object> parameters = new ArrayList<>();
    String condition = statement.where().map(w -> Dialects.toDuckDb(w.text())).orElse("true");
    String of = "true";
    if (statement.of().isPresent()) {
      of = "lower(statement) = ?";
      parameters.add(statement.of().map(Name::folded).get());
    }
    parameters.addAll(request.parameters());
    String all = of + " AND (" + condition + ")";
    Letters.Outcome outcome =
        statement
            .where()
            .map(w -> Places.within(w, () -> letters.replay(all, parameters)))
            .orElseGet(() -> letters.replay(all, parameters));
    return new Result.Message(
        "Sent "
            + counted(outcome.replayed())
            + " through "
            + (outcome.replayed() == 1 ? "its statement" : "their statements")
            + " again. What is refused again comes back to SHOW DEAD LETTERS."
            + (outcome.orphans() == 0
                ? ""
                : " " + counted(outcome.orphans()) + " of statements that are no more stayed."),
        Map.of("replayed", outcome.replayed(), "orphans", outcome.orphans()));
  }

  private static String counted(long letters) {
    return letters + (letters == 1 ? " dead letter" : " dead letters");
  }
}
