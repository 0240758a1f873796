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
    try {
      return work.get();
    } catch (MillraceException e) {
      if (e.place().isEmpty()) {
        throw e;
      }
      Place p = e.place().get();
      int column = p.line() == 1 ? p.column() + piece.column() - 1 : p.column();
      throw e.at(new Place(p.line() + piece.line() - 1, column, p.length()));
    }
  }
}
