package io.millrace.catalog;

import java.util.List;

/** Entries to put and entries to delete, all or none; deletes come first. */
public record CatalogDelta(List<Entry> puts, List<EntryKey> deletes) {
  public CatalogDelta {
    puts = List.copyOf(puts);
    deletes = List.copyOf(deletes);
  }

  public static CatalogDelta put(Entry... entries) {
    return new CatalogDelta(List.of(entries), List.of());
  }

  public static CatalogDelta delete(EntryKey... keys) {
    return new CatalogDelta(List.of(), List.of(keys));
  }
}
