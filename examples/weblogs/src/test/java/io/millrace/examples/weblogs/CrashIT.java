package io.millrace.examples.weblogs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.sql.Parsed;
import io.millrace.sql.StatementParser;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills the server, broker and all, under load; the seed in the name repeats a failing run. */
class CrashIT {
  private static final long SEED = Long.getLong("crash.seed", 7);
  private static final int KILLS = 3;

  @Test
  void everyRowOfThePipelineEqualsTheTruthAfterKillsAtSeededInstants(@TempDir Path folder)
      throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    Path files = folder.resolve("parquet");
    try (ServerProcess server = new ServerProcess(folder.resolve("data"))) {
      server.start();
      for (Parsed parsed : StatementParser.parseScript(Pipeline.script(files))) {
        server.execute(parsed.text());
      }
      Generator generator = new Generator(server.bootstrap(), "weblogs", 4, 1500, SEED);
      Account account = new Account(server, generator.truth(), files);
      generator.start();
      for (int kill = 0; kill < KILLS; kill++) {
        awaitLines(generator, 4_000 + random.nextInt(8_000));
        server.kill();
        server.start();
      }
      awaitLines(generator, 4_000);
      generator.close();
      Instant watermark = generator.lastEventTime().minusSeconds(6);
      account.await(watermark, Duration.ofSeconds(120));
      assertThat(account.differences(watermark)).as("seed %d", SEED).isEmpty();
    }
  }

  private static void awaitLines(Generator generator, int more) {
    long target = generator.truth().sent() + more;
    await().atMost(Duration.ofSeconds(60)).until(() -> generator.truth().sent() >= target);
  }
}
