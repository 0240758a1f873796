package io.millrace.engine;

import java.util.List;
import java.util.Map;

/**
 * One statement to execute.
 *
 * @param text the statement, with or without a closing semicolon
 * @param parameters values of {@code ?} in a pull query, in order
 * @param options of this request alone, such as {@code start} of a push query
 * @param cancellation by which the caller gives up waiting
 */
public record StatementRequest(
    String text, List<Object> parameters, Map<String, String> options, Cancellation cancellation) {
  public StatementRequest {
    parameters = java.util.Collections.unmodifiableList(new java.util.ArrayList<>(parameters));
    options = Map.copyOf(options);
  }

  public static StatementRequest of(String text) {
    return new StatementRequest(text, List.of(), Map.of(), new Cancellation());
  }
}
