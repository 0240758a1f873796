package io.millrace.model;

import java.io.Serializable;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** For each partition of one topic, the offset of the next record to read. Immutable. */
public record Positions(SortedMap<Integer, Long> offsets) implements Serializable {
  public static final Positions NONE = new Positions(new TreeMap<>());

  public Positions {
    offsets = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(offsets));
  }

  public static Positions of(Map<Integer, Long> offsets) {
    return new Positions(new TreeMap<>(offsets));
  }

  /** Reads {@code 0:15,1:7}. */
  public static Positions parse(String text) {
    SortedMap<Integer, Long> offsets = new TreeMap<>();
    for (String part : text.isEmpty() ? new String[0] : text.split(",")) {
      String[] pair = part.split(":");
      try {
        offsets.put(Integer.parseInt(pair[0].strip()), Long.parseLong(pair[1].strip()));
      } catch (RuntimeException e) {
        throw new MillraceException(ErrorCode.INVALID_REQUEST, "Invalid positions: " + text, e)
            .hint("Write partition:offset pairs: 0:15,1:7.");
      }
    }
    return new Positions(offsets);
  }

  /** The higher offset of each partition. */
  public Positions max(Positions other) {
    SortedMap<Integer, Long> merged = new TreeMap<>(offsets);
    other.offsets.forEach((p, o) -> merged.merge(p, o, Math::max));
    return new Positions(merged);
  }

  /** Whether every partition that {@code other} names is at or past it here. */
  public boolean reaches(Positions other) {
    return other.offsets.entrySet().stream()
        .allMatch(e -> offsets.getOrDefault(e.getKey(), 0L) >= e.getValue());
  }

  @Override
  public String toString() {
    return offsets.entrySet().stream()
        .map(e -> e.getKey() + ":" + e.getValue())
        .collect(Collectors.joining(","));
  }
}
