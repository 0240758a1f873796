package io.millrace.examples.weblogs;

import java.util.List;

/**
 * What came of a seed.
 *
 * @param rows how many were put in and accounted for
 * @param events what was done to the product, such as {@code kill in commit}; counted over all
 *     seeds
 * @param wrong what does not add up; empty if all does
 */
record Outcome(long rows, List<String> events, List<String> wrong) {
  Outcome {
    events = List.copyOf(events);
    wrong = List.copyOf(wrong);
  }
}
