package io.millrace.model;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The name of a stream, table, view, query, source or sink: {@code [schema.]object}, schema {@code
 * public} unless said. Names compare without case. Immutable.
 *
 * <p>The topic of {@code public.x} is {@code x}, of {@code s.x} it is {@code s.x}. In SQL {@code
 * t$changes} and {@code t$history} stand for the topics {@code t.changes} and {@code t.history}.
 */
public record Name(String schema, String object) implements Comparable<Name>, java.io.Serializable {
  public static final String PUBLIC = "public";
  private static final int MAX_LENGTH = 200;
  private static final Pattern PART = Pattern.compile("[\\p{L}\\p{N}_$.-]+");

  public Name {
    check(schema);
    check(object);
  }

  /** A name in schema {@code public}. */
  public static Name of(String object) {
    return new Name(PUBLIC, object);
  }

  /** Reads {@code object} or {@code schema.object}; the text carries no quotes. */
  public static Name parse(String text) {
    int dot = text.indexOf('.');
    return dot < 0 ? of(text) : new Name(text.substring(0, dot), text.substring(dot + 1));
  }

  private static void check(String part) {
    if (part == null || part.length() > MAX_LENGTH || !PART.matcher(part).matches()) {
      throw new MillraceException(
              ErrorCode.INVALID_NAME, "Invalid name: " + (part == null ? "(none)" : part))
          .hint("Use letters, digits, '_', '$', '-' and at most " + MAX_LENGTH + " characters.");
    }
  }

  /** The topic that holds this object's rows unless its definition names another. */
  public String topic() {
    String topic = object.replace('$', '.');
    return schema.equals(PUBLIC) ? topic : schema + "." + topic;
  }

  /** The key under which the catalog finds this name: names compare without case. */
  public String folded() {
    return toString().toLowerCase(Locale.ROOT);
  }

  /** Whether the name belongs to Millrace itself: prefix {@code _millrace_}. */
  public boolean isInternal() {
    return object.startsWith("_millrace_");
  }

  @Override
  public int compareTo(Name other) {
    return folded().compareTo(other.folded());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Name name && folded().equals(name.folded());
  }

  @Override
  public int hashCode() {
    return folded().hashCode();
  }

  /** {@code object} in schema public, else {@code schema.object}; what people read. */
  @Override
  public String toString() {
    return schema.equals(PUBLIC) ? object : schema + "." + object;
  }
}
