package io.millrace.log.broker;

import java.nio.file.Path;
import java.util.Map;

/**
 * Where the embedded broker keeps its records and listens. Port 0 is any free port, chosen at start
 * and kept while the broker runs. {@code extra} are broker properties by their Kafka names; they
 * win over ours. Immutable.
 */
public record BrokerSettings(Path folder, String host, int port, Map<String, String> extra) {
  public static final String LOOPBACK = "127.0.0.1";

  public BrokerSettings {
    extra = Map.copyOf(extra);
  }

  /** A broker that only this machine reaches. */
  public BrokerSettings(Path folder, int port, Map<String, String> extra) {
    this(folder, LOOPBACK, port, extra);
  }
}
