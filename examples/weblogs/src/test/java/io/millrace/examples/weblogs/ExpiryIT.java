package io.millrace.examples.weblogs;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExpiryIT {
  @Test
  void noRowIsLostThatIsSetAgainAsItExpiresThoughTheServerIsKilled(@TempDir Path folder)
      throws Exception {
    Trial.assertRight(new ExpirySuite(), 2, 2_000, folder);
  }
}
