package io.millrace.sink.s3;

import io.millrace.sink.SinkConnector;
import io.millrace.sink.files.ObjectsFixture;
import io.millrace.sink.testkit.SinkContract;
import io.millrace.sink.testkit.SinkFixture;
import io.millrace.testserver.s3.S3Server;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract, on S3Proxy. */
class S3SinkIT extends SinkContract {
  private static S3Server server;

  @BeforeAll
  static void start() {
    server = S3Server.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Override
  protected SinkFixture fixture(Path folder) throws IOException {
    Bucket bucket = Bucket.make(server, folder);
    return new S3Fixture(folder, bucket);
  }

  private static final class S3Fixture extends ObjectsFixture implements AutoCloseable {
    private final Bucket bucket;

    S3Fixture(Path folder, Bucket bucket) {
      super(folder);
      this.bucket = bucket;
    }

    @Override
    public SinkConnector connector() {
      return new S3Connector();
    }

    @Override
    public Map<String, String> options() {
      return bucket.options();
    }

    @Override
    protected Map<String, byte[]> objects() {
      return bucket.objects();
    }

    @Override
    public void close() {
      bucket.close();
    }
  }
}
