package io.millrace.log.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedLogIT extends LogContract {
  private static EmbeddedBroker broker;

  @BeforeAll
  static void start(@TempDir Path folder) {
    broker = EmbeddedBroker.start(new BrokerSettings(folder, 0, Map.of()));
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @Override
  String bootstrap() {
    return broker.bootstrap();
  }

  @Test
  void writingDoesNotMakeTopicsEither() {
    try (Producer<byte[], byte[]> producer =
        log.producer(Map.of(ProducerConfig.MAX_BLOCK_MS_CONFIG, "1000"))) {
      assertThatThrownBy(
              () -> producer.send(new ProducerRecord<>("no_such_topic", new byte[1])).get())
          .hasCauseInstanceOf(TimeoutException.class)
          .hasMessageContaining("no_such_topic");
    }
    assertThat(log.find("no_such_topic")).isEmpty();
  }
}
