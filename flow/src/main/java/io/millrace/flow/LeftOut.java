package io.millrace.flow;

import java.io.Serializable;

/**
 * The rows that an answer lacks, since they could not be read or computed.
 *
 * @param rows how many
 * @param firstReason where the first of them stands and what is wrong with it; empty where none is
 *     left out
 */
public record LeftOut(long rows, String firstReason) implements Serializable {
  public static final LeftOut NONE = new LeftOut(0, "");

  /** These rows and those, in this order. */
  public LeftOut and(LeftOut more) {
    return new LeftOut(rows + more.rows, rows > 0 ? firstReason : more.firstReason);
  }
}
