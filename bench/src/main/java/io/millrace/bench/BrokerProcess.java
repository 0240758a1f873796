package io.millrace.bench;

import io.millrace.log.LogClient;
import io.millrace.log.LogSettings;
import io.millrace.log.broker.BrokerSettings;
import io.millrace.log.broker.EmbeddedBroker;
import io.millrace.registry.server.RegistryHttp;
import io.millrace.registry.server.RegistryService;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** The process of Kafka and the registry that every engine shares. */
public final class BrokerProcess {
  private BrokerProcess() {}

  /**
   * Arguments: the folder. Answers {@code kafka=... registry=...} and runs until its input ends.
   */
  public static void main(String[] arguments) throws IOException {
    BrokerSettings settings = new BrokerSettings(Path.of(arguments[0]), 0, Map.of());
    try (EmbeddedBroker broker = EmbeddedBroker.start(settings);
        LogClient log = LogClient.connect(new LogSettings(broker.bootstrap(), Map.of()));
        RegistryService service = RegistryService.start(log);
        RegistryHttp registry = RegistryHttp.start(service, BrokerSettings.LOOPBACK, 0)) {
      System.out.println("kafka=" + broker.bootstrap() + " registry=" + registry.url());
      while (System.in.read() >= 0) {
        // Nothing is asked of it.
      }
    }
    System.exit(0);
  }
}
