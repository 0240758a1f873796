package io.millrace.examples.weblogs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryDemoIT {
  @Test
  void theStatementsOfTheGuideGiveWhatTheDatabaseAndItsAuditSay(@TempDir Path folder)
      throws Exception {
    assertThat(new HistoryDemo(6, 7).run(folder)).isZero();
  }
}
