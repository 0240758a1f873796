package io.millrace.model;

import java.time.Duration;
import java.util.Locale;
import java.util.function.Function;

/**
 * One setting or WITH key: its name, how its text is read, its default as text (null: none) and
 * what it means. Immutable and thread-safe.
 */
public record Setting<T>(
    String key, Class<T> type, String defaultText, String meaning, Function<String, T> reader) {

  public static Setting<String> text(String key, String defaultText, String meaning) {
    return new Setting<>(key, String.class, defaultText, meaning, s -> s);
  }

  public static Setting<Integer> integer(String key, String defaultText, String meaning) {
    return new Setting<>(key, Integer.class, defaultText, meaning, Integer::valueOf);
  }

  public static Setting<Long> number(String key, String defaultText, String meaning) {
    return new Setting<>(key, Long.class, defaultText, meaning, Long::valueOf);
  }

  public static Setting<Boolean> onOff(String key, String defaultText, String meaning) {
    return new Setting<>(
        key,
        Boolean.class,
        defaultText,
        meaning,
        s ->
            switch (s.toLowerCase(Locale.ROOT)) {
              case "on", "true", "yes" -> true;
              case "off", "false", "no" -> false;
              default -> throw new IllegalArgumentException("use 'on' or 'off'");
            });
  }

  /** A duration: {@code 200 ms}, {@code 30 seconds}, {@code 7 days}. */
  public static Setting<Duration> duration(String key, String defaultText, String meaning) {
    return new Setting<>(key, Duration.class, defaultText, meaning, Units::duration);
  }

  /** A size in bytes: {@code 64 MB}; units count by 1024. */
  public static Setting<Long> bytes(String key, String defaultText, String meaning) {
    return new Setting<>(key, Long.class, defaultText, meaning, Units::bytes);
  }

  public static <E extends Enum<E>> Setting<E> oneOf(
      String key, Class<E> type, String defaultText, String meaning) {
    return new Setting<>(
        key,
        type,
        defaultText,
        meaning,
        s -> {
          String wanted = s.strip().toUpperCase(Locale.ROOT).replace('-', '_').replace(' ', '_');
          for (E constant : type.getEnumConstants()) {
            if (constant.name().equals(wanted)) {
              return constant;
            }
          }
          throw new IllegalArgumentException(
              "use one of "
                  + java.util.Arrays.stream(type.getEnumConstants())
                      .map(c -> c.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                      .collect(java.util.stream.Collectors.joining(", ")));
        });
  }

  /** One of a few words. */
  public static Setting<String> oneOfText(
      String key, String defaultText, String meaning, String... words) {
    return new Setting<>(
        key,
        String.class,
        defaultText,
        meaning,
        s -> {
          String wanted = s.strip().toLowerCase(Locale.ROOT);
          if (!java.util.List.of(words).contains(wanted)) {
            throw new IllegalArgumentException("use one of " + String.join(", ", words));
          }
          return wanted;
        });
  }
}
