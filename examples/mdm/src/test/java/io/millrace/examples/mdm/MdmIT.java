package io.millrace.examples.mdm;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.sql.StatementParser;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MdmIT {
  @Test
  void theGoldenTableIsWhatTheSameRuleGivesInTheDatabase() {
    assertThat(new CommandLine(new MdmDemo()).execute("--seconds", "4", "--seed", "7")).isZero();
  }

  /** They are the ones that millrace demo mdm runs. */
  @Test
  void statementsOfTheGuideAreThoseOfTheDemo() throws Exception {
    String guide = Files.readString(Path.of("..", "..", "docs", "guides", "golden-customers.md"));
    String script = MdmDemo.script(5432, "'cron' = '0 2 * * *', 'zone' = 'Europe/Berlin'");
    assertThat(StatementParser.parseScript(script))
        .hasSize(4)
        .allSatisfy(statement -> assertThat(guide).contains(statement.text()));
  }
}
