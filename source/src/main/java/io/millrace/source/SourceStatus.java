package io.millrace.source;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How a source is doing.
 *
 * @param changes committed since the server started
 * @param lagMs how long the newest change had been committed in the source when it was here
 * @param readUntil everything that happened there before was read
 * @param stopped why a table stands still, by the source's id of it
 */
public record SourceStatus(
    State state,
    long changes,
    OptionalLong lagMs,
    Optional<Instant> readUntil,
    int restarts,
    Map<String, String> stopped,
    Optional<String> lastError) {
  public SourceStatus {
    stopped = Map.copyOf(stopped);
  }

  /** What a source does at present. */
  public enum State {
    RUNNING,
    RESTARTING
  }
}
