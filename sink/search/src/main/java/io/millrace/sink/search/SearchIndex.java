package io.millrace.sink.search;

import java.io.Serializable;
import java.util.List;

/**
 * Where an index is and how to log in. Immutable; sent to the tasks that write. Password and key
 * are never printed.
 *
 * @param user and {@code password}, {@code apiKey}: empty where none is needed
 */
record SearchIndex(List<String> urls, String user, String password, String apiKey, String name)
    implements Serializable {
  /** A client of its own; the caller closes it. Nothing is connected to before its first use. */
  SearchClient client() {
    return new SearchClient(this);
  }

  @Override
  public String toString() {
    return "index " + name + " at " + String.join(", ", urls);
  }
}
