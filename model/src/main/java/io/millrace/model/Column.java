package io.millrace.model;

import java.io.Serializable;
import java.util.Optional;
import java.util.regex.Pattern;

/** A column, or a field of a ROW: its name as declared, its type, and what it means. Immutable. */
public record Column(String name, DataType type, Optional<String> comment) implements Serializable {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  public Column {
    if (name.isEmpty()) {
      throw new MillraceException(ErrorCode.INVALID_NAME, "Invalid name: a column has no name");
    }
  }

  public Column(String name, DataType type) {
    this(name, type, Optional.empty());
  }

  /** The name in back-ticks unless it is a plain identifier (a keyword counts as plain here). */
  public static String quote(String name) {
    return PLAIN.matcher(name).matches() ? name : "`" + name.replace("`", "``") + "`";
  }

  /** An Optional is not serializable: the comment travels as a text or null. */
  private record Serialized(String name, DataType type, String comment) implements Serializable {
    private Object readResolve() {
      return new Column(name, type, Optional.ofNullable(comment));
    }
  }

  private Object writeReplace() {
    return new Serialized(name, type, comment.orElse(null));
  }
}
