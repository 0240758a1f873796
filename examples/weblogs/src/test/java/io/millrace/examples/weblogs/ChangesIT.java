package io.millrace.examples.weblogs;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChangesIT {
  @Test
  void everyStoreHoldsTheTableThatTheChangesMakeThoughServerAndNetworksWereCut(@TempDir Path folder)
      throws Exception {
    Trial.assertRight(new ChangesSuite(), 2, 20_000, folder);
  }
}
