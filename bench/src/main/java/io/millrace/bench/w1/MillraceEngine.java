package io.millrace.bench.w1;

import io.millrace.dist.Configuration;
import io.millrace.dist.SingleProcess;
import io.millrace.engine.StatementRequest;
import java.util.Map;

/** Millrace as a server on an outside Kafka and registry, with two statements. */
final class MillraceEngine {
  private MillraceEngine() {}

  static AutoCloseable start(Place place) {
    SingleProcess server =
        SingleProcess.start(
            Configuration.load(
                place.folder().resolve("none"),
                Map.of(),
                Map.of(
                    "data", place.folder().resolve("data").toString(),
                    "http.port", "0",
                    "kafka", place.kafka(),
                    "registry", place.registry(),
                    "flow.parallelism", Integer.toString(Place.PARALLELISM),
                    "checkpoint.interval", Place.COMMIT_INTERVAL_MS + " ms")));
    execute(
        server,
        String.format(
            "CREATE STREAM web_lines (%s) WITH ('topic' = '%s', 'format' = 'w3c',"
                + " 'serving' = 'off')",
            LogTable.sqlColumns(), place.input()));
    // Its copy for pull queries is work that no other engine does.
    execute(
        server,
        String.format(
            "CREATE STREAM web_logs WITH ('topic' = '%s', 'serving' = 'off')"
                + " AS SELECT * FROM web_lines",
            place.output()));
    return server;
  }

  private static void execute(SingleProcess server, String statement) {
    server.conductor().execute(StatementRequest.of(statement));
  }
}
