package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.cli.ShellRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the tour in the README, word for word, and compares what it prints. */
class TourIT {
  private static final Pattern BLOCK = Pattern.compile("```(sql|text)\n(.*?)```", Pattern.DOTALL);

  private record Step(String sql, String expected) {}

  @Test
  void theTourInTheReadmePrintsWhatItSays(@TempDir Path data) throws Exception {
    try (SingleProcess server = TestServer.start(data)) {
      assertThat(
              follow(
                  new ShellRunner(server.url().orElseThrow()),
                  Files.readString(Path.of("..", "README.md"))))
          .isGreaterThan(8);
    }
  }

  /** Runs the tour that a page holds; answers of how many steps it was. */
  static int follow(ShellRunner shell, String page) throws IOException {
    List<Step> steps = steps(page);
    for (Step step : steps) {
      run(shell, step);
    }
    return steps.size();
  }

  private static void run(ShellRunner shell, Step step) throws IOException {
    List<String> statements = ShellRunner.split(step.sql());
    StringBuilder before = new StringBuilder();
    for (String statement : statements.subList(0, statements.size() - 1)) {
      before.append(shell.run(statement));
    }
    String last = statements.get(statements.size() - 1);
    if (step.expected() == null) {
      assertThat(before + shell.run(last)).doesNotContain("error:").isNotEmpty();
    } else if (last.startsWith("SELECT")) {
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(before + shell.run(last)).isEqualTo(step.expected()));
    } else {
      assertThat(before + shell.run(last)).isEqualTo(step.expected());
    }
  }

  private static List<Step> steps(String readme) {
    int start = readme.indexOf("<!-- tour");
    int end = readme.indexOf("<!-- end of tour");
    assertThat(start).isPositive().isLessThan(end);
    List<Step> steps = new ArrayList<>();
    Matcher blocks = BLOCK.matcher(readme.substring(start, end));
    String sql = null;
    while (blocks.find()) {
      if (blocks.group(1).equals("sql")) {
        if (sql != null) {
          steps.add(new Step(sql, null));
        }
        sql = blocks.group(2);
      } else {
        steps.add(new Step(sql, blocks.group(2)));
        sql = null;
      }
    }
    if (sql != null) {
      steps.add(new Step(sql, null));
    }
    return steps;
  }
}
