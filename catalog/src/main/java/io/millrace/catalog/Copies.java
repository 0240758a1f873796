package io.millrace.catalog;

import io.millrace.model.Name;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Unmodifiable copies whose order is the same in every process. */
final class Copies {
  private Copies() {}

  static Set<Name> sorted(Set<Name> names) {
    return Collections.unmodifiableSet(new TreeSet<>(names));
  }

  static <V> Map<String, V> ordered(Map<String, V> values) {
    return Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }
}
