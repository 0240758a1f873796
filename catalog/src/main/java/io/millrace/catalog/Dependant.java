package io.millrace.catalog;

import io.millrace.model.Name;

/**
 * Something that depends on another.
 *
 * @param kind {@code view}, {@code query}, {@code source} or {@code sink}; {@code stream} or {@code
 *     table} for a derived one, whose own query does the reading
 */
public record Dependant(String kind, Name name) {
  /** Whether nothing can depend on it in turn. */
  public boolean isEnd() {
    return kind.equals("query") || kind.equals("source") || kind.equals("sink");
  }

  @Override
  public String toString() {
    return kind + " " + name;
  }
}
