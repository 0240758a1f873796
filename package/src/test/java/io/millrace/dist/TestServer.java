package io.millrace.dist;

import java.nio.file.Path;
import java.util.Map;

/** A whole server in this process, on free ports. */
final class TestServer {
  private TestServer() {}

  static SingleProcess start(Path data) {
    return SingleProcess.start(
        Configuration.load(
            data.resolve("none"),
            Map.of(),
            Map.of(
                "data",
                data.toString(),
                "http.port",
                "0",
                "kafka.port",
                "0",
                "registry.port",
                "0")));
  }
}
