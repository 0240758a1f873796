package io.millrace.bench.w3;

import io.millrace.bench.race.OwnServer;
import io.millrace.bench.race.Place;
import io.millrace.dist.SingleProcess;
import java.util.Map;
import java.util.stream.Collectors;

/** Millrace as a server on an outside Kafka and registry, with one sink. */
final class MillraceSink {
  private MillraceSink() {}

  static AutoCloseable start(Place place, String into, Map<String, String> options) {
    SingleProcess server = OwnServer.start(place, Map.of());
    OwnServer.execute(
        server,
        String.format(
            "CREATE SINK web_files FROM \"%s\" INTO %s WITH (%s, 'trigger' = '%d ms')",
            place.input(),
            into,
            options.entrySet().stream()
                .map(option -> "'" + option.getKey() + "' = '" + option.getValue() + "'")
                .collect(Collectors.joining(", ")),
            W3.COMMIT_INTERVAL_MS));
    // Its copy for pull queries is work that no other engine does.
    OwnServer.execute(server, "ALTER STREAM \"" + place.input() + "\" SET ('serving' = 'off')");
    return server;
  }
}
