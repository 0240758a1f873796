package io.millrace.examples.weblogs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrashIT {
  private static final List<Long> SEEDS = List.of(3L, 55L);

  @Test
  void everyRowOfThePipelineEqualsTheTruthAfterKillsAtEveryKindOfInstant(@TempDir Path folder)
      throws Exception {
    Set<KillPoint> drawn = EnumSet.noneOf(KillPoint.class);
    for (long seed : SEEDS) {
      drawn.addAll(KillPoint.draw(new SplittableRandom(seed)));
      Trial.assertRight(new CrashSuite(), seed, 30_000, folder);
    }
    assertThat(drawn).containsExactlyInAnyOrder(KillPoint.values());
  }
}
