package io.millrace.examples.weblogs;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CdcIT {
  @Test
  void tableAndHistoryAreTheDatabasesThoughItAndServerAndNetworkAreKilled(@TempDir Path folder)
      throws Exception {
    Trial.assertRight(new CdcSuite(), 1, 10_000, folder);
  }
}
