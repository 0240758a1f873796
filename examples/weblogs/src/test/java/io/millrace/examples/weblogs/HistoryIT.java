package io.millrace.examples.weblogs;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryIT {
  @Test
  void tableAndHistoryAreTheOraclesThoughChangesComeLateAndTwiceAndTheServerIsKilled(
      @TempDir Path folder) throws Exception {
    Trial.assertRight(new HistorySuite(), 2, 4_000, folder);
  }
}
