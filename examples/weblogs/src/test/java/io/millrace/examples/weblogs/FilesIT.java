package io.millrace.examples.weblogs;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilesIT {
  @Test
  void eachLineIsThereOnceThoughTheServerIsKilled(@TempDir Path folder) throws Exception {
    Trial.assertRight(new FilesSuite(), 1, 10_000, folder);
  }
}
