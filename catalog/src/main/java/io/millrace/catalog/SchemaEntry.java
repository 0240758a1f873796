package io.millrace.catalog;

import io.millrace.model.Name;

/** A schema made by CREATE SCHEMA; {@code public} exists without an entry. */
public record SchemaEntry(String name) implements Entry {
  @Override
  public EntryKey key() {
    return new EntryKey(EntryKind.SCHEMA, Name.of(name));
  }
}
