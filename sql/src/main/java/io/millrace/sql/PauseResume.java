package io.millrace.sql;

import io.millrace.model.Name;

/** PAUSE|RESUME QUERY|SINK|SOURCE name, RESUME QUERY|SINK|SERVING name SKIP EXPIRED. */
public record PauseResume(boolean pause, Target target, Name name, boolean skipExpired)
    implements Statement {
  /** What is paused or resumed. */
  public enum Target {
    QUERY,
    SOURCE,
    SINK,
    SERVING
  }
}
