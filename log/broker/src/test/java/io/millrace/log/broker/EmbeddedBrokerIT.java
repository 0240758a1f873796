package io.millrace.log.broker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.millrace.log.LogClient;
import io.millrace.log.LogSettings;
import io.millrace.log.Retention;
import io.millrace.log.TopicSpec;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Positions;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerIT {
  private static final Pattern BOOTSTRAP = Pattern.compile("bootstrap=(.*?);");

  @TempDir Path folder;

  @Test
  void restartOnOtherPortsKeepsEverythingAndLeavesNoThreadBehind() throws Exception {
    EmbeddedBroker first = start(0);
    int port = first.port();
    write(first.bootstrap(), "kept", 100);
    first.close();
    first.close();
    Set<String> afterFirst = threads();

    try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"));
        EmbeddedBroker second = start(0);
        LogClient log = LogClient.connect(LogSettings.of(second.bootstrap()))) {
      assertThat(second.port()).isNotEqualTo(taken.getLocalPort());
      assertThat(log.end("kept")).isEqualTo(Positions.of(Map.of(0, 100L)));
      write(second.bootstrap(), "more", 1);
      assertThat(log.list()).extracting("topic").contains("kept", "more");
    }
    await().untilAsserted(() -> assertThat(threads()).isSubsetOf(afterFirst));
    // Kafka's metrics library keeps two threads per process, however many brokers there were.
    assertThat(afterFirst).allSatisfy(name -> assertThat(name).doesNotContainIgnoringCase("kafka"));
  }

  @Test
  void secondBrokerOnAFolderIsRefusedWithinAndAcrossProcesses() throws Exception {
    try (EmbeddedBroker first = start(0)) {
      assertThat(first.port()).isPositive();
      MillraceException e = refused(0);
      assertThat(e.code()).isEqualTo(ErrorCode.DATA_FOLDER_IN_USE);
      assertThat(e.getMessage()).contains(folder.toString());

      try (ChildJvm other = child()) {
        assertThat(other.awaitExit()).isNotZero();
        assertThat(other.output()).contains("another one runs on " + folder);
      }
    }
  }

  @Test
  void takenPortNamesTheSettingAndFreesTheFolder() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      MillraceException e = refused(taken.getLocalPort());
      assertThat(e.code()).isEqualTo(ErrorCode.PORT_IN_USE);
      assertThat(e.getMessage()).contains("port " + taken.getLocalPort()).contains("kafka.port");
    }
    MillraceException elsewhere =
        catchThrowableOfType(
            MillraceException.class,
            () -> EmbeddedBroker.start(new BrokerSettings(folder, "192.0.2.1", 9092, Map.of())));
    assertThat(elsewhere.code()).isEqualTo(ErrorCode.INVALID_OPTION);
    assertThat(elsewhere.getMessage()).contains("192.0.2.1 is not an address of this machine");
    start(0).close();
  }

  @Test
  void killedBrokerIsBackWithinSecondsWithAllThatWasAcknowledged() throws Exception {
    try (ChildJvm child = child()) {
      String bootstrap = awaitBootstrap(child);
      write(bootstrap, "kept", 1000);
    }
    Instant killed = Instant.now();
    try (EmbeddedBroker broker = start(0);
        LogClient log = LogClient.connect(LogSettings.of(broker.bootstrap()))) {
      assertThat(log.end("kept")).isEqualTo(Positions.of(Map.of(0, 1000L)));
      write(broker.bootstrap(), "more", 1);
      assertThat(Duration.between(killed, Instant.now()))
          .as("well below the nine seconds of Kafka's own broker.session.timeout.ms")
          .isLessThan(Duration.ofMillis(8500));
    }
  }

  @Test
  void listensWhereToldTo() {
    try (EmbeddedBroker broker =
            EmbeddedBroker.start(
                new BrokerSettings(folder, "0.0.0.0", 0, Map.of("message.max.bytes", "2000000")));
        LogClient log = LogClient.connect(LogSettings.of(broker.bootstrap()))) {
      assertThat(broker.bootstrap()).isEqualTo("127.0.0.1:" + broker.port());
      log.create(TopicSpec.of("t", 1, new Retention.Forever()));
      assertThat(log.transactionTimeoutLimit()).hasValue(Duration.ofDays(7));
    }
  }

  private EmbeddedBroker start(int port) {
    return EmbeddedBroker.start(new BrokerSettings(folder, port, Map.of()));
  }

  private MillraceException refused(int port) {
    MillraceException e = catchThrowableOfType(MillraceException.class, () -> start(port));
    assertThat(e).as("a refusal").isNotNull();
    return e;
  }

  private ChildJvm child() throws Exception {
    return ChildJvm.start(
        folder.resolveSibling(folder.getFileName() + ".out"),
        BrokerMain.class.getName(),
        folder.toString());
  }

  private static String awaitBootstrap(ChildJvm child) {
    return await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              Matcher m = BOOTSTRAP.matcher(child.output());
              assertThat(child.isAlive()).as(child.output()).isTrue();
              return m.find() ? m.group(1) : null;
            },
            bootstrap -> bootstrap != null);
  }

  private static void write(String bootstrap, String topic, int records) {
    try (LogClient log = LogClient.connect(LogSettings.of(bootstrap));
        Producer<byte[], byte[]> producer = log.producer(Map.of())) {
      log.create(TopicSpec.of(topic, 1, new Retention.Forever()));
      for (int i = 0; i < records; i++) {
        producer.send(new ProducerRecord<>(topic, ("row " + i).getBytes(UTF_8)));
      }
    }
  }

  private static Set<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter(name -> !name.startsWith("awaitility"))
        .collect(Collectors.toSet());
  }
}
