package io.millrace.engine;

import io.millrace.model.MillraceException;
import io.millrace.model.MillraceException.Place;
import io.millrace.sql.QueryText;
import java.util.function.Supplier;

/** Maps places in a piece of a statement to places in the whole of it. */
final class Places {
  private Places() {}

  /** Runs {@code work} on the piece; an error's place comes out relative to the statement. */
  static <T> T within(QueryText piece, Supplier<T> work) {
    return within(piece, 0, work);
  }

  /** As above, where the text worked on has {@code before} more lines before the piece. */
  static <T> T within(QueryText piece, int before, Supplier<T> work) {
    try {
      return work.get();
    } catch (MillraceException e) {
      if (e.place().isEmpty() || e.place().get().line() <= before) {
        throw e;
      }
      Place p = e.place().get();
      int line = p.line() - before;
      int column = line == 1 ? p.column() + piece.column() - 1 : p.column();
      throw e.at(new Place(line + piece.line() - 1, column, p.length()));
    }
  }
}
