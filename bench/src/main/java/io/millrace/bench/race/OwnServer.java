package io.millrace.bench.race;

import io.millrace.dist.Configuration;
import io.millrace.dist.SingleProcess;
import io.millrace.engine.StatementRequest;
import java.util.Map;
import java.util.TreeMap;

/** Millrace as a server on an outside Kafka and registry. */
public final class OwnServer {
  private OwnServer() {}

  /** {@code more} are settings beside those that every workload has. */
  public static SingleProcess start(Place place, Map<String, String> more) {
    Map<String, String> settings = new TreeMap<>(more);
    settings.put("data", place.folder().resolve("data").toString());
    settings.put("http.port", "0");
    settings.put("kafka", place.kafka());
    settings.put("registry", place.registry());
    settings.put("flow.parallelism", Integer.toString(Place.PARALLELISM));
    return SingleProcess.start(
        Configuration.load(place.folder().resolve("none"), Map.of(), settings));
  }

  /** Runs one statement; throws what it throws. */
  public static void execute(SingleProcess server, String statement) {
    server.conductor().execute(StatementRequest.of(statement));
  }
}
