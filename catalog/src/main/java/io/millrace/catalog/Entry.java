package io.millrace.catalog;

/** One thing that exists. A closed family of immutable records. */
public sealed interface Entry permits Relation, View, Query, SourceEntry, SinkEntry, SchemaEntry {
  EntryKey key();
}
