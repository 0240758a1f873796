package io.millrace.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.cli.ShellRunner;
import io.millrace.log.LogClient;
import io.millrace.log.LogSettings;
import io.millrace.log.broker.BrokerSettings;
import io.millrace.log.broker.EmbeddedBroker;
import io.millrace.registry.server.RegistryHttp;
import io.millrace.registry.server.RegistryService;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same statements on a Kafka and a registry that the server did not start. */
class OutsideKafkaIT {
  @Test
  void aWarehouseRunsOnAKafkaAndARegistryOfOthers(@TempDir Path folder) {
    try (EmbeddedBroker broker =
            EmbeddedBroker.start(new BrokerSettings(folder.resolve("kafka"), 0, Map.of()));
        LogClient log = LogClient.connect(LogSettings.of(broker.bootstrap()));
        RegistryService service = RegistryService.start(log);
        RegistryHttp registry = RegistryHttp.start(service, "127.0.0.1", 0)) {
      Map<String, String> settings =
          Map.of(
              "data", folder.resolve("data").toString(),
              "http.port", "0",
              "kafka", broker.bootstrap(),
              "registry", registry.url(),
              "kafka.client.client.id", "warehouse");
      try (SingleProcess server =
          SingleProcess.start(Configuration.load(folder.resolve("none"), Map.of(), settings))) {
        assertThat(server.ports()).containsOnlyKeys("http.port");
        ShellRunner shell = new ShellRunner(server.url().orElseThrow());
        shell.run("CREATE STREAM visits (page STRING)");
        shell.run(
            "CREATE TABLE counts (PRIMARY KEY (page)) AS"
                + " SELECT page, COUNT(*) AS n FROM visits GROUP BY page");
        shell.run("INSERT INTO visits VALUES ('a'), ('b'), ('a')");
        await()
            .atMost(Duration.ofSeconds(60))
            .untilAsserted(
                () ->
                    assertThat(
                            shell.command(
                                "sql",
                                "--output",
                                "csv",
                                "-e",
                                "SELECT * FROM counts ORDER BY page"))
                        .isEqualTo("page,n\r\na,2\r\nb,1\r\n"));
      }
      assertThat(log.find("visits")).isPresent();
    }
  }
}
