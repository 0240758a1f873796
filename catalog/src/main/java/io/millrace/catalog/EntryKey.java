package io.millrace.catalog;

import io.millrace.model.Name;

/**
 * Under what an entry is kept. Names compare without case, so two entries cannot differ in case
 * alone. The name of a schema's entry is {@code Name.of(schema)}.
 */
public record EntryKey(EntryKind kind, Name name) {
  /** The key of the entry's record in the catalog's topic: {@code kind/name}, folded. */
  String text() {
    return kind + "/" + name.folded();
  }

  @Override
  public String toString() {
    return kind + " " + name;
  }
}
