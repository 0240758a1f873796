package io.millrace.catalog;

import java.util.Locale;

/** The kinds of things the catalog holds; a relation and its query may bear the same name. */
public enum EntryKind {
  SCHEMA,
  RELATION,
  VIEW,
  QUERY,
  SOURCE,
  SINK;

  /** The kind as people read it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
