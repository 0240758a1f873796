package io.millrace.sink.s3;

import io.millrace.sink.files.ObjectStore;
import io.millrace.sink.files.ObjectStoreContract;
import io.millrace.testserver.s3.S3Server;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

class S3StoreIT extends ObjectStoreContract {
  private static S3Server server;

  @TempDir Path folder;
  private Bucket bucket;

  @BeforeAll
  static void start() {
    server = S3Server.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @AfterEach
  void closeBucket() {
    bucket.close();
  }

  @Override
  protected ObjectStore open() throws IOException {
    if (bucket == null) {
      bucket = Bucket.make(server, folder);
    }
    return bucket.place().open();
  }

  @Override
  protected Map<String, byte[]> objects() {
    return bucket.objects();
  }
}
