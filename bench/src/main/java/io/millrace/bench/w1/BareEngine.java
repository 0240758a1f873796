package io.millrace.bench.w1;

import io.millrace.bench.race.BareRow;
import io.millrace.bench.race.LogTable;
import io.millrace.bench.race.Place;
import io.millrace.registry.Contracts;
import io.millrace.registry.RegistrySettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The least that the work can cost: consumers and transactional producers alone, and between them a
 * loop over bytes made for these very columns.
 */
final class BareEngine {
  private BareEngine() {}

  static AutoCloseable start(Place place) {
    int id;
    try (Contracts contracts = new Contracts(RegistrySettings.of(place.registry()))) {
      id =
          contracts.register(
              place.output() + "-value", new Schema.Parser().parse(LogTable.contract()));
    }
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < Place.PARALLELISM; i++) {
      Loop loop = new Loop(place, i, id);
      Thread thread = new Thread(loop::run, "bare-" + i);
      thread.setUncaughtExceptionHandler(
          (failed, failure) -> {
            failure.printStackTrace();
            Runtime.getRuntime().halt(1);
          });
      thread.start();
      threads.add(thread);
    }
    return () -> threads.forEach(Thread::interrupt);
  }

  private static final class Loop {
    private static final Duration POLL = Duration.ofMillis(50);

    private final Place place;
    private final int index;
    private final BareRow row;

    Loop(Place place, int index, int id) {
      this.place = place;
      this.index = index;
      this.row = new BareRow(id);
    }

    void run() {
      Map<String, Object> reading = new HashMap<>(Place.CONSUMER);
      reading.put("bootstrap.servers", place.kafka());
      reading.put("group.id", "w1-bare");
      reading.put("enable.auto.commit", "false");
      reading.put("auto.offset.reset", "earliest");
      reading.put("isolation.level", "read_committed");
      Map<String, Object> writing = new HashMap<>(Place.PRODUCER);
      writing.put("bootstrap.servers", place.kafka());
      writing.put("transactional.id", "w1-bare-" + index);
      try (KafkaConsumer<byte[], byte[]> consumer =
              new KafkaConsumer<>(
                  reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
          KafkaProducer<byte[], byte[]> producer =
              new KafkaProducer<>(writing, new ByteArraySerializer(), new ByteArraySerializer())) {
        List<TopicPartition> partitions = new ArrayList<>();
        for (int p = index; p < Place.PARTITIONS; p += Place.PARALLELISM) {
          partitions.add(new TopicPartition(place.input(), p));
        }
        consumer.assign(partitions);
        producer.initTransactions();
        while (true) {
          transaction(consumer, producer);
        }
      }
    }

    private void transaction(
        KafkaConsumer<byte[], byte[]> consumer, KafkaProducer<byte[], byte[]> producer) {
      long end = System.nanoTime() + W1.COMMIT_INTERVAL_MS * 1_000_000L;
      boolean begun = false;
      do {
        ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
        if (!begun && !records.isEmpty()) {
          producer.beginTransaction();
          begun = true;
        }
        for (ConsumerRecord<byte[], byte[]> record : records) {
          producer.send(
              new ProducerRecord<>(
                  place.output(), record.partition(), null, row.encode(record.value())));
        }
      } while (System.nanoTime() < end);
      if (begun) {
        Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
        for (TopicPartition partition : consumer.assignment()) {
          positions.put(partition, new OffsetAndMetadata(consumer.position(partition)));
        }
        producer.sendOffsetsToTransaction(positions, new ConsumerGroupMetadata("w1-bare"));
        producer.commitTransaction();
      }
    }
  }
}
