package io.millrace.sink;

import java.io.IOException;

/** Makes staged rows visible. Used by one thread. */
public interface Committer extends AutoCloseable {
  /**
   * All of it becomes visible at once, or none. Safe to repeat. What an older epoch staged is
   * committed as long as no newer epoch has refused it; what can neither be committed nor is
   * committed already is SINK_FAILED, never silence.
   */
  void commit(Staged staged) throws IOException;
}
