package io.millrace.catalog;

import io.millrace.model.Name;

/**
 * Something that depends on another.
 *
 * @param kind {@code view}, {@code query} or {@code sink}; {@code stream} or {@code table} for a
 *     derived one, whose own query does the reading
 */
public record Dependant(String kind, Name name) {
  @Override
  public String toString() {
    return kind + " " + name;
  }
}
