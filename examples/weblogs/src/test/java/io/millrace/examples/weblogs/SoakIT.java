package io.millrace.examples.weblogs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A few seeds of the suites; {@code millrace soak} runs more. */
class SoakIT {
  private static final List<Long> CRASH_SEEDS = List.of(3L, 55L);

  @Test
  void everyRowOfThePipelineEqualsTheTruthAfterKillsAtEveryKindOfInstant(@TempDir Path folder)
      throws Exception {
    Set<KillPoint> drawn = EnumSet.noneOf(KillPoint.class);
    for (long seed : CRASH_SEEDS) {
      drawn.addAll(KillPoint.draw(new SplittableRandom(seed)));
      assertRight(new CrashSuite(), seed, 60_000, folder);
    }
    assertThat(drawn).containsExactlyInAnyOrder(KillPoint.values());
  }

  @Test
  void everyLineOfABacklogIsCountedOnceThoughTheServerWasKilledMidway(@TempDir Path folder)
      throws Exception {
    assertRight(new CatchUpSuite(), 2, 200_000, folder);
  }

  private static void assertRight(Suite suite, long seed, int rows, Path folder) throws Exception {
    Path own = Files.createDirectory(folder.resolve(suite.name() + "-" + seed));
    Outcome outcome = suite.run(seed, rows, own);
    assertThat(outcome.wrong())
        .as("./millrace soak %s --seed %d --rows %d", suite.name(), seed, rows)
        .isEmpty();
    assertThat(outcome.events()).isNotEmpty();
    assertThat(outcome.rows()).isGreaterThanOrEqualTo(rows);
  }
}
