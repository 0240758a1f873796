package io.millrace.examples.weblogs;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnowflakeIT {
  @Test
  void everyLineIsInSnowflakeOnceThoughServerSnowflakeAndNetworkWereKilled(@TempDir Path folder)
      throws Exception {
    Trial.assertRight(new SnowflakeSuite(), 2, 5_000, folder);
  }
}
