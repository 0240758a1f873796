package io.millrace.catalog;

import io.millrace.model.Name;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * A named query text.
 *
 * @param query Flink SQL, as written
 * @param statement the CREATE statement as written
 * @param reads the relations and views that the query names
 */
public record View(
    Name name,
    String query,
    Optional<String> comment,
    String statement,
    Instant created,
    Set<Name> reads)
    implements Entry {
  public View {
    reads = Copies.sorted(reads);
  }

  @Override
  public EntryKey key() {
    return new EntryKey(EntryKind.VIEW, name);
  }
}
