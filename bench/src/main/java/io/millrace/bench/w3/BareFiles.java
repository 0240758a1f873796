package io.millrace.bench.w3;

import io.millrace.bench.race.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/**
 * The least that the work can cost with Parquet's own writer: a consumer, a loop over bytes made
 * for these very columns, a file for each interval that is then handed over. It keeps no positions,
 * so it is not even exactly once.
 */
final class BareFiles {
  private BareFiles() {}

  /** What becomes of a file that is whole. */
  interface Handover {
    /** {@code hidden} is in the engine's folder and is to bear this name. */
    void take(Path hidden, String name) throws IOException;
  }

  static AutoCloseable start(Place place, CompressionCodecName codec, Handover handover) {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < Place.PARALLELISM; i++) {
      Loop loop = new Loop(place, codec, handover, i);
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
    private final CompressionCodecName codec;
    private final Handover handover;
    private final int index;

    Loop(Place place, CompressionCodecName codec, Handover handover, int index) {
      this.place = place;
      this.codec = codec;
      this.handover = handover;
      this.index = index;
    }

    void run() {
      Map<String, Object> reading = new HashMap<>(Place.CONSUMER);
      reading.put("bootstrap.servers", place.kafka());
      reading.put("auto.offset.reset", "earliest");
      reading.put("isolation.level", "read_committed");
      try (KafkaConsumer<byte[], byte[]> consumer =
          new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
        List<TopicPartition> partitions = new ArrayList<>();
        for (int p = index; p < Place.PARTITIONS; p += Place.PARALLELISM) {
          partitions.add(new TopicPartition(place.input(), p));
        }
        consumer.assign(partitions);
        for (int number = 0; true; number++) {
          file(consumer, "rows-" + index + "-" + number + ".parquet");
        }
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    private void file(KafkaConsumer<byte[], byte[]> consumer, String name) throws IOException {
      long end = System.nanoTime() + W3.COMMIT_INTERVAL_MS * 1_000_000L;
      Path hidden = W3.files(place).resolve("." + name);
      long rows = 0;
      try (ParquetWriter<byte[]> writer = BareParquet.writer(hidden, codec)) {
        do {
          for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            writer.write(record.value());
            rows++;
          }
        } while (System.nanoTime() < end);
      }
      if (rows == 0) {
        Files.delete(hidden);
      } else {
        handover.take(hidden, name);
      }
    }
  }
}
