package io.millrace.sink;

import java.io.IOException;

/** Makes staged rows visible. Used by one thread. */
public interface Committer extends AutoCloseable {
  /**
   * All of one {@link Staged} becomes visible at once, or none. Safe to repeat: what is committed
   * already is left as it is. What an older epoch staged is committed until something of a newer
   * epoch has been; what can neither be committed nor is committed already is SINK_FAILED, never
   * silence.
   */
  void commit(Staged staged) throws IOException;
}
