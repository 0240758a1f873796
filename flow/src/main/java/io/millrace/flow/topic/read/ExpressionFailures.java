package io.millrace.flow.topic.read;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells a failed expression from a failed operator, by the stack from the throw point down to the
 * reader: the first operator on it has to be a generated projection, filter or table function, and
 * every other one a stateless one, so that nothing is left half done. A row whose event time is
 * NULL counts too, where a window in the same chain refuses it. Used by one thread.
 */
final class ExpressionFailures {
  private static final Pattern COLUMN = Pattern.compile("Column '([^']+)'");
  private static final String READER = RecordEmission.class.getName();

  /** Operators without state that hand every row straight on. */
  private static final Set<String> STATELESS =
      Set.of(
          "org.apache.flink.table.runtime.operators.sink.constraint.ConstraintEnforcer",
          "org.apache.flink.table.runtime.operators.wmassigners.WatermarkAssignerOperator",
          "org.apache.flink.streaming.api.operators.ProcessOperator",
          "org.apache.flink.streaming.api.operators.StreamMap",
          "org.apache.flink.streaming.api.operators.StreamFilter",
          "org.apache.flink.table.runtime.operators.join.lookup.LookupJoinRunner");

  private static final String ENFORCER =
      "org.apache.flink.table.runtime.operators.sink.constraint.ConstraintEnforcer";

  /**
   * Where a window looks at a row's time, before it takes the row: a NULL there is the row's fault.
   */
  private static final String WINDOW_TIME =
      "org.apache.flink.table.runtime.operators.window.tvf.slicing.SliceAssigners";

  private static final String WINDOW =
      "org.apache.flink.table.runtime.operators.aggregate.window.LocalSlicingWindowAggOperator";

  private final Set<Class<?>> seen = new HashSet<>();

  /** What an expression threw, if that is what failed. */
  Optional<Throwable> cause(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    if (root.getStackTrace().length == 0) {
      // Compiled code throws some exceptions without a stack, but only after many with one.
      return seen.contains(root.getClass()) ? Optional.of(root) : Optional.empty();
    }
    if (!fromExpression(root.getStackTrace())) {
      return Optional.empty();
    }
    seen.add(root.getClass());
    return Optional.of(root);
  }

  private static boolean fromExpression(StackTraceElement[] stack) {
    boolean timeless = isWindowTime(stack[0]);
    boolean expression = timeless;
    for (StackTraceElement frame : stack) {
      String owner = frame.getClassName();
      if (owner.equals(READER)) {
        return expression;
      }
      if (isGenerated(owner) || timeless && owner.equals(WINDOW)) {
        expression = true;
      } else if (isOperator(frame)) {
        if (!STATELESS.contains(owner) || !expression && !owner.equals(ENFORCER)) {
          return false;
        }
        expression = true;
      }
    }
    return false;
  }

  private static boolean isWindowTime(StackTraceElement frame) {
    return frame.getMethodName().equals("assignSliceEnd")
        && frame.getClassName().startsWith(WINDOW_TIME);
  }

  private static boolean isGenerated(String owner) {
    String name = owner.substring(owner.lastIndexOf('.') + 1);
    return name.startsWith("StreamExecCalc$")
        || name.startsWith("StreamExecCorrelate$")
        || name.startsWith("WatermarkGenerator$");
  }

  private static boolean isOperator(StackTraceElement frame) {
    return frame.getMethodName().startsWith("processElement")
        && frame.getClassName().startsWith("org.apache.flink.");
  }

  /** The column that the failure is about, or "" where it does not say. */
  static String column(Throwable cause) {
    Matcher matcher = COLUMN.matcher(String.valueOf(cause.getMessage()));
    return matcher.find() ? matcher.group(1) : "";
  }

  /** One sentence about the failure. */
  static String message(Throwable cause) {
    String text = cause.getMessage();
    return "Cannot compute a column: "
        + (text == null || text.isBlank() ? cause.getClass().getSimpleName() : text);
  }
}
