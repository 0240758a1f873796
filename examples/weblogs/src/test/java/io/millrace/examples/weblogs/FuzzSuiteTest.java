package io.millrace.examples.weblogs;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.format.testkit.Codec;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FuzzSuiteTest {
  @Test
  void everyCodecGetsItsInputs(@TempDir Path folder) throws Exception {
    Outcome outcome = new FuzzSuite().run(1, 100, folder);

    assertThat(outcome.wrong()).isEmpty();
    assertThat(outcome.rows()).isEqualTo(100L * Codec.values().length);
  }
}
