package io.millrace.sink.testkit;

import io.millrace.model.RowSchema;
import io.millrace.sink.SinkConnector;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What {@link SinkContract} asks of a kind of sink: how to make one over a place that is empty at
 * first, and how to see what a reader of that place sees. One fixture is one place.
 */
public interface SinkFixture {
  SinkConnector connector();

  /** The WITH keys of a sink over this place. */
  Map<String, String> options();

  /**
   * More WITH keys, for a sink that spreads rows by this STRING column over many places that are
   * open at once, and that keeps within about {@link SinkContract#MEMORY} bytes; empty for a kind
   * of sink that does not spread.
   */
  Optional<Map<String, String>> spreadBy(String column);

  /**
   * All rows that are visible now, as values in the order of the columns: the Java objects that
   * {@link Rows} takes. Nothing where nobody has written yet.
   */
  List<List<Object>> visibleRows(RowSchema schema) throws Exception;

  /** Whether the place can hold a value of the test kit as it is; one that it cannot is refused. */
  default boolean holds(Object value) {
    return true;
  }

  /** A value as the place gives it back, where that is another way to write the same one. */
  default Object kept(Object value) {
    return value;
  }

  /**
   * Cuts whatever connections the sink has to the place, which goes on; answers whether this kind
   * of place has any.
   */
  default boolean cut() throws Exception {
    return false;
  }
}
