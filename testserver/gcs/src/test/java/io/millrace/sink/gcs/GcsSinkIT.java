package io.millrace.sink.gcs;

import io.millrace.sink.SinkConnector;
import io.millrace.sink.files.ObjectsFixture;
import io.millrace.sink.testkit.SinkContract;
import io.millrace.sink.testkit.SinkFixture;
import io.millrace.testserver.gcs.GcsServer;
import java.nio.file.Path;
import java.util.Map;

/** The contract, on the server that stands in for Cloud Storage. */
class GcsSinkIT extends SinkContract {
  @Override
  protected SinkFixture fixture(Path folder) {
    GcsServer server = GcsServer.start();
    server.createBucket("acme");
    return new GcsFixture(folder, server);
  }

  private static final class GcsFixture extends ObjectsFixture implements AutoCloseable {
    private final GcsServer server;

    GcsFixture(Path folder, GcsServer server) {
      super(folder);
      this.server = server;
    }

    @Override
    public SinkConnector connector() {
      return new GcsConnector();
    }

    @Override
    public Map<String, String> options() {
      return Map.of(
          "path",
          "gs://acme/some/where",
          "endpoint",
          server.endpoint().toString(),
          "anonymous",
          "on");
    }

    @Override
    protected Map<String, byte[]> objects() {
      return server.objects("acme", "some/where/");
    }

    @Override
    public void close() {
      server.close();
    }
  }
}
