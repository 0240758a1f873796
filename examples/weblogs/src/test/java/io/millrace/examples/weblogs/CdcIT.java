package io.millrace.examples.weblogs;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

class CdcIT {
  @Test
  void postgresIsFollowedThoughItAndServerAndNetworkAreKilled(@TempDir Path folder)
      throws Exception {
    Trial.assertRight(new PostgresCdcSuite(), 1, 10_000, folder);
  }

  @Test
  @EnabledIf(
      value = "io.millrace.testserver.mariadb.MariaDbServer#isInstalled",
      disabledReason = "NOT RUN: no MariaDB on this machine; .ci/setup installs it")
  void mariaDbIsFollowedThoughItAndServerAndNetworkAreKilled(@TempDir Path folder)
      throws Exception {
    Trial.assertRight(new MariaDbCdcSuite(), 2, 10_000, folder);
  }
}
