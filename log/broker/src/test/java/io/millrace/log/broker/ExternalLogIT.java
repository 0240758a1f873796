package io.millrace.log.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.Writer;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The same promises on a broker started by Kafka's own main with next to no settings of ours. */
class ExternalLogIT extends LogContract {
  private static ChildJvm broker;
  private static int port;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    port = freePort();
    int controller = freePort();
    Properties server = new Properties();
    server.setProperty("process.roles", "broker,controller");
    server.setProperty("node.id", "7");
    server.setProperty("controller.quorum.voters", "7@127.0.0.1:" + controller);
    server.setProperty("controller.listener.names", "CONTROLLER");
    server.setProperty(
        "listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controller);
    server.setProperty("log.dirs", folder.resolve("records").toString());
    server.setProperty("offsets.topic.replication.factor", "1");
    server.setProperty("transaction.state.log.replication.factor", "1");
    server.setProperty("transaction.state.log.min.isr", "1");
    // A record far in the future is refused by default; that is the cluster's own choice.
    server.setProperty("log.message.timestamp.after.max.ms", Long.toString(Long.MAX_VALUE));
    Path file = folder.resolve("server.properties");
    try (Writer writer = Files.newBufferedWriter(file)) {
      server.store(writer, null);
    }
    try (ChildJvm format =
        ChildJvm.start(
            folder.resolve("format.out"),
            "kafka.tools.StorageTool",
            "format",
            "--cluster-id",
            Uuid.randomUuid().toString(),
            "--config",
            file.toString())) {
      assertThat(format.awaitExit()).as(format.output()).isZero();
    }
    broker = ChildJvm.start(folder.resolve("broker.out"), "kafka.Kafka", file.toString());
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", "127.0.0.1:" + port))) {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () -> {
                assertThat(broker.isAlive()).as(broker.output()).isTrue();
                return !admin.describeCluster().nodes().get().isEmpty();
              });
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @AfterAll
  static void stop() throws InterruptedException {
    broker.close();
  }

  @Override
  String bootstrap() {
    return "127.0.0.1:" + port;
  }
}
