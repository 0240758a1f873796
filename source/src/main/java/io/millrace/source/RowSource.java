package io.millrace.source;

import io.millrace.catalog.Relation;
import java.util.List;

/**
 * A source without tables of its own: its rows go into one stream or table that is there already,
 * and that others may write to as well.
 */
public interface RowSource extends Source {
  /** By this id the stream or table stands among {@link SourceRun#tables()}. */
  String TARGET = "";

  /** Throws what keeps its rows from going into that stream or table. */
  void check(Relation target);

  @Override
  default List<SourceTable> tables() {
    return List.of();
  }
}
