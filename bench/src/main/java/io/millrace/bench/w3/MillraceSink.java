package io.millrace.bench.w3;

import io.millrace.bench.race.OwnServer;
import io.millrace.bench.race.Place;
import io.millrace.dist.SingleProcess;
import java.util.Map;

/** Millrace as a server on an outside Kafka and registry, with one sink. */
final class MillraceFiles {
  private MillraceFiles() {}

  static AutoCloseable start(Place place) {
    SingleProcess server = OwnServer.start(place, Map.of());
    OwnServer.execute(
        server,
        String.format(
            "CREATE SINK web_files FROM \"%s\" INTO parquet WITH ('path' = '%s', 'trigger' = '%d"
                + " ms')",
            place.input(), W3.files(place), W3.COMMIT_INTERVAL_MS));
    // Its copy for pull queries is work that no other engine does.
    OwnServer.execute(server, "ALTER STREAM \"" + place.input() + "\" SET ('serving' = 'off')");
    return server;
  }
}
