package io.millrace.model;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Values for a known set of {@link Setting}s. An unknown key is refused with the nearest known one.
 * {@code ${env:NAME}} and {@code ${file:PATH}} are resolved when a value is read, never before, so
 * that secrets are neither stored nor printed. Immutable and thread-safe.
 */
public final class Settings {
  private static final Pattern REFERENCE = Pattern.compile("\\$\\{(env|file):([^}]+)}");

  /** A URL with a password, {@code //user:x@host} or {@code ?password=x}, references left out. */
  private static final Pattern OPEN_IN_URL =
      Pattern.compile(
          "^\\s*[a-z][a-z0-9+.:-]*//([^/?#@]*:[^/?#@]+@|.*[?&;][a-z]*password=[^&;])",
          Pattern.CASE_INSENSITIVE);

  private final Map<String, String> values;

  private Settings(Map<String, String> values) {
    this.values = Map.copyOf(values);
  }

  /**
   * Checks every key against {@code known} and every value against its reader. Keys compare without
   * case. {@code what} names the owner in errors, such as {@code stream web_logs}.
   */
  public static Settings of(String what, Map<String, String> values, Collection<Setting<?>> known) {
    return of(what, values, known, key -> null);
  }

  /** As above; {@code passThrough} answers a prefix-free key for keys that are handed on unread. */
  public static Settings of(
      String what,
      Map<String, String> values,
      Collection<Setting<?>> known,
      UnaryOperator<String> passThrough) {
    Map<String, Setting<?>> byKey = new LinkedHashMap<>();
    known.forEach(s -> byKey.put(folded(s), s));
    Map<String, String> checked = new LinkedHashMap<>();
    values.forEach(
        (key, value) -> {
          String folded = key.toLowerCase(Locale.ROOT);
          Setting<?> setting = byKey.get(folded);
          if (setting == null) {
            if (passThrough.apply(key) == null) {
              throw new MillraceException(
                      ErrorCode.INVALID_OPTION, "Invalid key for " + what + ": " + key)
                  .hint(
                      Nearest.to(folded, byKey.keySet())
                          .map(near -> "Did you mean '" + byKey.get(near).key() + "'?")
                          .orElse("Known keys: " + names(known) + "."));
            }
            checked.put(key, value);
            return;
          }
          checked.put(folded, value);
          read(setting, value);
        });
    return new Settings(checked);
  }

  private static String names(Collection<Setting<?>> known) {
    return known.stream().map(Setting::key).collect(Collectors.joining(", "));
  }

  private static String folded(Setting<?> setting) {
    return setting.key().toLowerCase(Locale.ROOT);
  }

  private static <T> T read(Setting<T> setting, String value) {
    try {
      return setting.reader().apply(resolve(value));
    } catch (IllegalArgumentException e) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION, "Invalid value for '" + setting.key() + "': " + value)
          .hint(
              e instanceof NumberFormatException
                  ? "Write a whole number."
                  : sentence(e.getMessage()));
    }
  }

  private static String sentence(String words) {
    String first = words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
    return first.endsWith(".") ? first : first + ".";
  }

  private static String resolve(String value) {
    Matcher m = REFERENCE.matcher(value);
    if (!m.find()) {
      return value;
    }
    return m.replaceAll(r -> Matcher.quoteReplacement(fetch(r.group(1), r.group(2))));
  }

  private static String fetch(String kind, String name) {
    if (kind.equals("env")) {
      String value = System.getenv(name);
      if (value == null) {
        throw new MillraceException(
            ErrorCode.INVALID_OPTION, "Cannot resolve ${env:" + name + "}: not set");
      }
      return value;
    }
    try {
      return java.nio.file.Files.readString(java.nio.file.Path.of(name)).strip();
    } catch (java.io.IOException e) {
      throw new MillraceException(
          ErrorCode.INVALID_OPTION, "Cannot resolve ${file:" + name + "}: not readable", e);
    }
  }

  /**
   * Throws INVALID_OPTION where a secret stands in the open among the options of a statement, or
   * within a URL there: a statement is stored and shown.
   */
  public static void requireReferences(
      Map<String, String> options, Collection<? extends Setting<?>> secrets) {
    options.forEach(
        (key, value) -> {
          boolean secret = secrets.stream().anyMatch(s -> s.key().equalsIgnoreCase(key));
          boolean open = !value.isBlank() && !REFERENCE.matcher(value.strip()).matches();
          String written = REFERENCE.matcher(value).replaceAll("");
          if (secret && open || OPEN_IN_URL.matcher(written).find()) {
            throw new MillraceException(
                    ErrorCode.INVALID_OPTION,
                    "Invalid value for '" + key + "': a secret is not written into a statement")
                .hint("Refer to it: '${env:NAME}' or '${file:PATH}'.");
          }
        });
  }

  /** The value or the default; throws INVALID_OPTION where there is neither. */
  public <T> T get(Setting<T> setting) {
    return find(setting)
        .orElseThrow(
            () ->
                new MillraceException(
                        ErrorCode.INVALID_OPTION,
                        "Cannot go on: '" + setting.key() + "' is not set")
                    .hint(setting.meaning()));
  }

  /** The value or the default, if there is one. */
  public <T> Optional<T> find(Setting<T> setting) {
    String value = values.getOrDefault(folded(setting), setting.defaultText());
    return value == null ? Optional.empty() : Optional.of(read(setting, value));
  }

  public boolean isSet(Setting<?> setting) {
    return values.containsKey(folded(setting));
  }

  /** The values as written, references unresolved: safe to store and print. */
  public Map<String, String> asWritten() {
    return values;
  }
}
