package io.millrace.examples.weblogs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;

/** One seed of a suite; {@code millrace soak} runs more. */
final class Trial {
  private Trial() {}

  static void assertRight(Suite suite, long seed, int rows, Path folder) throws Exception {
    Path own = Files.createDirectory(folder.resolve(suite.name() + "-" + seed));
    Outcome outcome = suite.run(seed, rows, own);
    assertThat(outcome.wrong())
        .as("./millrace soak %s --seed %d --rows %d", suite.name(), seed, rows)
        .isEmpty();
    assertThat(outcome.events()).isNotEmpty();
    assertThat(outcome.rows()).isGreaterThanOrEqualTo(rows);
  }
}
