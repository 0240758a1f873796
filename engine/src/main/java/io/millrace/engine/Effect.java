package io.millrace.engine;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What a change of a stream or table does to one thing that has to do with it.
 *
 * @param dependant as a person calls it: {@code sink lake}, {@code contract orders-value}
 * @param detail what becomes of it, or why it refuses; may be empty
 */
public record Effect(String dependant, Kind kind, String detail) {
  /** How far it is concerned. */
  public enum Kind {
    /** It goes on as it is. */
    UNCHANGED,
    /** It goes on with what is new. */
    CHANGED,
    /** It is stopped and goes on, with what is new, where it stood. */
    RESTARTED,
    /** It cannot go on with what is new; one of these refuses the whole change. */
    REFUSED;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  boolean isRefused() {
    return kind == Kind.REFUSED;
  }

  /** As the doors tell it: {@code dependant}, {@code effect}, {@code detail}. */
  public Map<String, String> row() {
    Map<String, String> row = new LinkedHashMap<>();
    row.put("dependant", dependant);
    row.put("effect", kind.toString());
    row.put("detail", detail);
    return row;
  }

  @Override
  public String toString() {
    return dependant + ": " + kind + (detail.isEmpty() ? "" : "; " + detail);
  }
}
