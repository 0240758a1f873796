package io.millrace.examples.weblogs;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.sql.Parsed;
import io.millrace.sql.StatementParser;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class GuideTest {
  /** They are the ones that millrace demo history runs. */
  @Test
  void statementsOfTheGuideToHistoryAreThoseOfTheDemo() throws Exception {
    String guide =
        Files.readString(Path.of("..", "..", "docs", "guides", "postgres-to-history.md"));
    String script = Pipeline.fromPostgres(5432);

    assertThat(script.lines().count()).isLessThanOrEqualTo(10);
    assertThat(StatementParser.parseScript(script))
        .hasSize(2)
        .extracting(Parsed::text)
        .allSatisfy(statement -> assertThat(guide).contains(statement));
  }

  /** They are the ones that millrace demo snowflake runs. */
  @Test
  void statementsOfTheGuideToSnowflakeAreThoseOfTheDemo() throws Exception {
    String guide = Files.readString(Path.of("..", "..", "docs", "guides", "kafka-to-snowflake.md"));
    String script =
        Pipeline.intoSnowflake(
            "acme.snowflakecomputing.com", Path.of("/etc/millrace/rsa_key.p8"), "30 seconds");

    assertThat(StatementParser.parseScript(script))
        .hasSize(3)
        .extracting(Parsed::text)
        .allSatisfy(statement -> assertThat(guide).contains(statement));
  }
}
