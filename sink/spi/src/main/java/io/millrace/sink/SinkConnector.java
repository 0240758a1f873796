package io.millrace.sink;

import io.millrace.model.Setting;
import java.io.Serializable;
import java.util.List;

/** A kind of sink, such as {@code parquet}. Stateless and thread-safe. */
public interface SinkConnector extends Serializable {
  /** The word behind INTO. */
  String type();

  /** Its WITH keys; {@code trigger} is common to all sinks and not among them. */
  List<Setting<?>> settings();

  /** Those of them whose values are secrets: in a statement, which is kept, only references. */
  default List<Setting<?>> secrets() {
    return List.of();
  }

  Capability capability();

  /**
   * Checks the options and the place written to, and makes that place where this kind of sink does.
   * Throws INVALID_OPTION or SINK_FAILED. Called at CREATE and again whenever a delivery starts, so
   * it must be safe to repeat.
   */
  Sink create(SinkDefinition definition);

  /**
   * Whether {@link #create} would take such rows into the place as it is now, for those who are
   * about to change a contract: throws what that would throw, but makes and changes nothing. A
   * place that says nothing of its rows beforehand need not be asked.
   */
  void check(SinkDefinition definition);
}
