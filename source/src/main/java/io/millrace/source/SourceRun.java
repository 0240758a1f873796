package io.millrace.source;

import io.millrace.catalog.Relation;
import io.millrace.model.Column;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a running source needs of its surroundings, and what it tells them. */
public interface SourceRun {
  /** The tables here by the source's id of them, as they are now. */
  Map<String, Relation> tables();

  /** Where changes and the position go. */
  ChangeWriter writer();

  /**
   * Gives a table columns more and answers it as it is then. INCOMPATIBLE_CONTRACT where its
   * contract does not allow them.
   */
  Relation addColumns(String table, List<Column> columns) throws InterruptedException;

  /** Changes that were committed, and when the newest of them happened in the source. */
  void committed(long changes, Instant newest);

  /** The same of a first reading that goes on: when it happened says nothing of what is missing. */
  void committed(long changes);

  /** The source is known to be read up to this time. */
  void caughtUp(Instant until);

  /** What cannot be read at present, while the rest goes on; empty once all can. */
  void troubled(Optional<String> reason);

  /** The table stands still from now on, for this reason; the others go on. */
  void stopped(String table, String reason);
}
