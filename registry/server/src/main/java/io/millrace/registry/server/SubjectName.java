package io.millrace.registry.server;

import java.util.Comparator;
import java.util.function.Predicate;

/**
 * A subject's full name: the context it lives in and its name there. Written {@code :.ctx:name}, in
 * the default context just {@code name}. Without a name it stands for the whole context; the
 * default context so written is what is set for all that lives in it. Ordered by context, then
 * name.
 */
record SubjectName(String context, String name) implements Comparable<SubjectName> {
  static final SubjectName DEFAULT_CONTEXT = new SubjectName(".", "");

  /** Not a place for subjects: what is configured here holds where nothing nearer is set. */
  static final SubjectName EVERYWHERE = new SubjectName(".__GLOBAL", "");

  private static final String ANY_CONTEXT = ":*:";
  private static final Comparator<SubjectName> ORDER =
      Comparator.comparing(SubjectName::context).thenComparing(SubjectName::name);

  static SubjectName of(String text) {
    if (!text.startsWith(":.")) {
      return new SubjectName(DEFAULT_CONTEXT.context, text);
    }
    int end = text.indexOf(':', 1);
    return end < 0
        ? new SubjectName(text.substring(1), "")
        : new SubjectName(text.substring(1, end), text.substring(end + 1));
  }

  /** A context as written in an address: {@code ctx}, {@code .ctx} or {@code :.ctx:}. */
  static SubjectName ofContext(String text) {
    String context = text.startsWith(":") ? text.substring(1) : text;
    context = context.endsWith(":") ? context.substring(0, context.length() - 1) : context;
    if (context.contains(":")) {
      throw new RegistryError(400, 400, "Context name '" + context + "' cannot contain a colon");
    }
    return new SubjectName(context.startsWith(".") ? context : "." + context, "");
  }

  boolean isContext() {
    return name.isEmpty();
  }

  boolean isInDefaultContext() {
    return context.equals(DEFAULT_CONTEXT.context);
  }

  SubjectName contextOnly() {
    return new SubjectName(context, "");
  }

  SubjectName in(String otherContext) {
    return new SubjectName(otherContext, name);
  }

  /** What a name written without a context, in a reference or alias, means inside this one. */
  SubjectName resolve(String text) {
    SubjectName other = of(text);
    return other.isInDefaultContext() ? other.in(context) : other;
  }

  /** Whether the other is this subject, or lives in this context; the default one covers all. */
  boolean covers(SubjectName other) {
    return equals(DEFAULT_CONTEXT)
        || equals(EVERYWHERE)
        || (isContext() ? context.equals(other.context) : equals(other));
  }

  /** Whether a subject may be registered under this name. */
  boolean isValid() {
    return !name.isBlank()
        && !name.equals("__GLOBAL")
        && !name.equals("__EMPTY")
        && !name.startsWith(ANY_CONTEXT)
        && !context.equals(EVERYWHERE.context)
        && toString().chars().noneMatch(Character::isISOControl);
  }

  /**
   * Names that begin so: {@code :*:x} with x in any context, {@code :.ctx:x} in that one, {@code
   * :.ct} in the contexts that begin so, {@code x} in the default one.
   */
  static Predicate<SubjectName> startingWith(String prefix) {
    if (prefix.startsWith(ANY_CONTEXT)) {
      String start = prefix.substring(ANY_CONTEXT.length());
      return subject -> subject.name.startsWith(start);
    }
    if (prefix.startsWith(":.") && prefix.indexOf(':', 1) < 0) {
      String start = prefix.substring(1);
      return subject -> subject.context.startsWith(start);
    }
    SubjectName start = of(prefix);
    return subject -> subject.context.equals(start.context) && subject.name.startsWith(start.name);
  }

  @Override
  public int compareTo(SubjectName other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return isInDefaultContext() ? name : ":" + context + ":" + name;
  }
}
