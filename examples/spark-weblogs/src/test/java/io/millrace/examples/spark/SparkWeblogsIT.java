package io.millrace.examples.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparkWeblogsIT {
  private static final Path WEBLOGS = Path.of("..", "weblogs", "target").toAbsolutePath();
  private static final int MINUTES = 8;

  /** One seed of {@code millrace soak spark}, in the process of a server's class path. */
  @Test
  void everyLineIsInSnowflakeAndInTheStreamOnceThoughTheProgramWasKilled(@TempDir Path folder)
      throws IOException, InterruptedException {
    Path out = folder.resolve("soak.out");
    Process soak =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx1g",
                    "-XX:TieredStopAtLevel=1",
                    "--add-opens=java.base/java.nio=ALL-UNNAMED",
                    "-Djava.io.tmpdir=" + folder,
                    "-Dmillrace.spark.classpath="
                        + System.getProperty(
                            "surefire.test.class.path", System.getProperty("java.class.path")),
                    "-cp",
                    WEBLOGS.resolve("classes")
                        + ":"
                        + Files.readString(WEBLOGS.resolve("classpath.txt")),
                    "io.millrace.examples.weblogs.SoakCommand",
                    "spark",
                    "--seed",
                    "2",
                    "--rows",
                    "3000"))
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    try {
      assertThat(soak.waitFor(MINUTES, TimeUnit.MINUTES)).as(Files.readString(out)).isTrue();
      assertThat(soak.exitValue()).as(Files.readString(out)).isZero();
      assertThat(out).content().contains("every row is accounted for");
    } finally {
      soak.descendants().forEach(ProcessHandle::destroyForcibly);
      soak.destroyForcibly().waitFor();
    }
  }
}
