package io.millrace.sql;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Options keep the order in which they were written. */
final class Options {
  private Options() {}

  static Map<String, String> copyOf(Map<String, String> options) {
    return Collections.unmodifiableMap(new LinkedHashMap<>(options));
  }
}
