package io.millrace.examples.weblogs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class SoakCommandTest {
  private final List<Long> seeds = new ArrayList<>();
  private final List<Path> folders = new ArrayList<>();

  /** Loses a row at seed 8 and comes to no end at seed 9. */
  private final class Trial implements Suite {
    @Override
    public String name() {
      return "trial";
    }

    @Override
    public String description() {
      return "tries";
    }

    @Override
    public int usualRows() {
      return 1000;
    }

    @Override
    public Outcome run(long seed, int rows, Path folder) throws Exception {
      seeds.add(seed);
      folders.add(folder);
      Files.writeString(folder.resolve("trace"), "seed " + seed);
      if (seed == 9) {
        throw new IllegalStateException("no way on");
      }
      return new Outcome(
          rows, List.of("kill"), seed == 8 ? List.of("1000 sent, 999 found") : List.of());
    }
  }

  private record Run(int code, String out) {}

  private Run run(String... arguments) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CommandLine line =
        new SoakCommand(List.of(new Trial()), new PrintStream(bytes, true, StandardCharsets.UTF_8))
            .commandLine();
    StringWriter errors = new StringWriter();
    line.setErr(new PrintWriter(errors));
    int code = line.execute(arguments);
    return new Run(code, bytes.toString(StandardCharsets.UTF_8) + errors);
  }

  @Test
  void seedsThatPassAreCountedAndLeaveNothingBehind() {
    Run run = run("trial", "--seeds", "3", "--seed", "5");

    assertThat(run.code).isZero();
    assertThat(seeds).containsExactly(5L, 6L, 7L);
    assertThat(run.out)
        .contains("3 seeds (5 to 7), 3,000 rows; every row is accounted for.")
        .contains("3 x kill");
    assertThat(folders).allSatisfy(folder -> assertThat(folder).doesNotExist());
  }

  @Test
  void aSeedThatFailsSaysHowToRepeatItAndKeepsItsFolder() throws Exception {
    Run run = run("trial", "--seeds", "3", "--seed", "7", "--rows", "10");

    assertThat(run.code).isEqualTo(1);
    assertThat(seeds).as("the seeds after it run all the same").containsExactly(7L, 8L, 9L);
    assertThat(run.out)
        .contains("WRONG: 1000 sent, 999 found")
        .contains("repeat: ./millrace soak trial --seed 8 --rows 10")
        .contains("kept: " + folders.get(1))
        .contains("the trial came to no end: java.lang.IllegalStateException: no way on")
        .contains("repeat: ./millrace soak trial --seed 9 --rows 10")
        .contains("2 SEEDS FAILED");
    assertThat(folders.get(0)).doesNotExist();
    assertThat(folders.get(1).resolve("trace")).hasContent("seed 8");
    Folders.delete(folders.get(1).getParent());
  }

  @Test
  void anUnknownSuiteIsRefusedWithTheOnesThereAre() {
    Run run = run("trail");

    assertThat(run.code).isEqualTo(2);
    assertThat(run.out).contains("No such suite: trail; there are [trial]").contains("tries");
  }
}
