package io.millrace.flow.cluster;

import io.millrace.model.MillraceException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Flink tells of a failure by a stack trace a hundred lines long, as text when it comes from a job.
 * Here it becomes the one sentence that says what happened.
 */
public final class Failures {
  private static final Pattern CAUSE =
      Pattern.compile("^(?:Caused by: )?((?:[a-zA-Z_$][\\w$]*\\.)+[A-Z][\\w$]*)(?:: (.*))?$");
  private static final int LONGEST = 400;

  private Failures() {}

  /** The innermost telling message of an exception, without its class where it has words. */
  public static String sentence(Throwable failure) {
    List<Cause> causes = new ArrayList<>();
    for (Throwable at = failure; at != null && causes.size() < 50; at = at.getCause()) {
      if (at instanceof MillraceException known) {
        return known.getMessage();
      }
      causes.addAll(causes(at.getClass().getName() + ": " + at.getMessage()));
    }
    return choose(causes);
  }

  /** The innermost telling message of a stack trace as text. */
  public static String sentence(String stackTrace) {
    return choose(causes(stackTrace));
  }

  /** The operator's name out of a task's name such as {@code Source: t[1] -> Calc[2] (1/2)#0}. */
  public static String operator(String taskName) {
    return taskName == null
        ? ""
        : taskName.replaceAll(" \\(\\d+/\\d+\\)(#\\d+)?.*$", "").replaceAll("\\[\\d+]", "").strip();
  }

  private record Cause(String type, String message) {
    boolean isOurs() {
      return type.startsWith("io.millrace.");
    }

    String text() {
      String simple = type.substring(type.lastIndexOf('.') + 1).replace('$', '.');
      if (message.isEmpty() || message.equals("null")) {
        return simple;
      }
      boolean speaks = isOurs() || message.indexOf(' ') > 0 && !simple.endsWith("Error");
      return speaks && !simple.contains("NullPointer") ? message : simple + ": " + message;
    }
  }

  private static List<Cause> causes(String trace) {
    List<Cause> causes = new ArrayList<>();
    String type = null;
    StringBuilder message = new StringBuilder();
    for (String line : trace.split("\\R")) {
      Matcher start = CAUSE.matcher(line);
      boolean frame = line.startsWith("\tat ") || line.matches("^\\s+(at |\\.\\.\\. \\d+ ).*");
      if (!frame && start.matches()) {
        if (type != null) {
          causes.add(new Cause(type, clean(message)));
        }
        type = start.group(1);
        message.setLength(0);
        message.append(start.group(2) == null ? "" : start.group(2));
      } else if (frame && type != null) {
        causes.add(new Cause(type, clean(message)));
        type = null;
        message.setLength(0);
      } else if (type != null && message.length() < LONGEST) {
        message.append(' ').append(line.strip());
      }
    }
    if (type != null) {
      causes.add(new Cause(type, clean(message)));
    }
    if (causes.isEmpty()) {
      causes.add(new Cause("Failure", clean(new StringBuilder(trace))));
    }
    return causes;
  }

  private static String clean(CharSequence message) {
    String text = message.toString().strip().replaceAll("\\s+", " ");
    // Nested exceptions often repeat their cause's class in front of its message.
    text = text.replaceAll("^((?:[a-z_$][\\w$]*\\.)+[A-Z][\\w$]*(?:Exception|Error): )+", "");
    return shorten(text);
  }

  /** At most some 400 characters of a message. */
  public static String shorten(String text) {
    return text.length() > LONGEST ? text.substring(0, LONGEST) + "..." : text;
  }

  private static String choose(List<Cause> causes) {
    for (Cause cause : causes) {
      if (cause.isOurs()) {
        return cause.text();
      }
    }
    return causes.get(causes.size() - 1).text();
  }
}
