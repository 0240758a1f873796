package io.millrace.examples.weblogs;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatchUpIT {
  @Test
  void everyLineOfABacklogIsCountedOnceThoughTheServerWasKilledMidway(@TempDir Path folder)
      throws Exception {
    Trial.assertRight(new CatchUpSuite(), 2, 200_000, folder);
  }
}
