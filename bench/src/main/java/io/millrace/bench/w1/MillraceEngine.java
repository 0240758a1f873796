package io.millrace.bench.w1;

import io.millrace.bench.race.LogTable;
import io.millrace.bench.race.OwnServer;
import io.millrace.bench.race.Place;
import io.millrace.dist.SingleProcess;
import java.util.Map;

/** Millrace as a server on an outside Kafka and registry, with two statements. */
final class MillraceEngine {
  private MillraceEngine() {}

  static AutoCloseable start(Place place) {
    SingleProcess server =
        OwnServer.start(place, Map.of("checkpoint.interval", W1.COMMIT_INTERVAL_MS + " ms"));
    OwnServer.execute(
        server,
        String.format(
            "CREATE STREAM web_lines (%s) WITH ('topic' = '%s', 'format' = 'w3c',"
                + " 'serving' = 'off')",
            LogTable.sqlColumns(), place.input()));
    // Its copy for pull queries is work that no other engine does.
    OwnServer.execute(
        server,
        String.format(
            "CREATE STREAM web_logs WITH ('topic' = '%s', 'serving' = 'off')"
                + " AS SELECT * FROM web_lines",
            place.output()));
    return server;
  }
}
