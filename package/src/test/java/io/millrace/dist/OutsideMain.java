package io.millrace.dist;

import io.millrace.log.LogClient;
import io.millrace.log.LogSettings;
import io.millrace.log.broker.BrokerSettings;
import io.millrace.log.broker.EmbeddedBroker;
import io.millrace.registry.server.RegistryHttp;
import io.millrace.registry.server.RegistryService;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * A Kafka, or a registry, that no server started: {@code kafka FOLDER PORT [PORT THAT IT TELLS]},
 * {@code registry BOOTSTRAP PORT}.
 */
final class OutsideMain {
  /** What Kafka itself allows unless told otherwise. */
  private static final Map<String, String> DEFAULTS =
      Map.of("transaction.max.timeout.ms", "900000");

  /** Tests start several processes at once. */
  private static final Map<String, String> PATIENT = Map.of("default.api.timeout.ms", "60000");

  private OutsideMain() {}

  public static void main(String[] arguments) throws InterruptedException {
    int port = Integer.parseInt(arguments[2]);
    if (arguments[0].equals("kafka")) {
      Map<String, String> settings = new HashMap<>(DEFAULTS);
      if (arguments.length > 3) {
        settings.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + arguments[3]);
      }
      EmbeddedBroker.start(new BrokerSettings(Path.of(arguments[1]), port, settings));
    } else {
      RegistryHttp.start(
          RegistryService.start(LogClient.connect(new LogSettings(arguments[1], PATIENT))),
          BrokerSettings.LOOPBACK,
          port);
    }
    System.out.println("ready");
    Thread.currentThread().join();
  }
}
