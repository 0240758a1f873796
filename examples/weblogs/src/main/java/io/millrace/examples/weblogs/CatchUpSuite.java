package io.millrace.examples.weblogs;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Two queries in a chain catch up with a backlog: lines become typed rows, typed rows become
 * one-minute windows per host. The lines of a partition are in order, but the partitions are of
 * different length, so that readers drift apart in event time; whoever lets time run ahead of the
 * slowest drops rows as late. Every second seed kills the server midway.
 */
final class CatchUpSuite implements Suite {
  private static final String TYPED =
      """
      CREATE STREAM typed (WATERMARK FOR event_time AS event_time - INTERVAL '5' SECOND)
      WITH ('serving' = 'off')
      AS SELECT event_time, cs_host, sc_status, time_taken FROM weblogs;
      """;
  private static final String WINDOWS =
      """
      CREATE TABLE host_minutes (PRIMARY KEY (window_start, cs_host))
      AS SELECT window_start, cs_host, COUNT(*) AS requests, SUM(time_taken) AS total_time
      FROM TABLE(TUMBLE(TABLE typed, DESCRIPTOR(event_time), INTERVAL '1' MINUTE))
      GROUP BY window_start, window_end, cs_host;
      """;
  private static final int PARTITIONS = 4;
  private static final Instant START = Instant.parse("2026-01-31T22:00:00Z");
  private static final Duration SPAN = Duration.ofMinutes(20);

  /** Longer than a restart after a kill takes. */
  private static final Duration STANDSTILL = Duration.ofSeconds(60);

  private record Group(Instant minute, String host) {}

  private record Sum(long requests, long totalTime) {
    Sum plus(Sum other) {
      return new Sum(requests + other.requests, totalTime + other.totalTime);
    }
  }

  @Override
  public String name() {
    return "catch-up";
  }

  @Override
  public String description() {
    return "two queries in a chain over a backlog, a kill in every second seed";
  }

  @Override
  public int usualRows() {
    return 2_000_000;
  }

  @Override
  public Outcome run(long seed, int rows, Path folder) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    List<String> events = new ArrayList<>();
    try (ServerProcess server = new ServerProcess(folder, List.of())) {
      server.start();
      server.script(Pipeline.lines());
      Map<Group, Sum> truth = load(server.bootstrap(), rows, seed);
      server.script(TYPED + WINDOWS);
      if (seed % 2 == 0) {
        awaitCounted(server, 1 + random.nextInt(rows * 3 / 4));
        server.kill();
        server.start();
        events.add("kill midway");
      }
      awaitCounted(server, rows);
      return new Outcome(rows, events, differences(truth, groups(server)));
    }
  }

  /** Fills the topic and answers what has to come out. */
  private static Map<Group, Sum> load(String bootstrap, int rows, long seed) {
    Map<Group, Sum> truth = new HashMap<>();
    LogLines lines = LogLines.wellFormed(seed);
    SplittableRandom random = new SplittableRandom(seed);
    AtomicReference<Exception> failure = new AtomicReference<>();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap,
                ProducerConfig.LINGER_MS_CONFIG,
                20,
                ProducerConfig.BATCH_SIZE_CONFIG,
                256 << 10,
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                true),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < rows; i++) {
        Instant time = START.plusNanos(SPAN.toNanos() / rows * i);
        double skew = random.nextDouble();
        send(producer, (int) (PARTITIONS * skew * skew), lines.next(time), failure);
        truth.merge(
            new Group(time.truncatedTo(ChronoUnit.MINUTES), lines.host()),
            new Sum(1, lines.timeTaken()),
            Sum::plus);
      }
      // They close all windows of the lines before, and their own stays open.
      for (int partition = 0; partition < PARTITIONS; partition++) {
        send(producer, partition, lines.next(START.plus(SPAN).plus(SPAN)), failure);
      }
    }
    if (failure.get() != null) {
      throw new IllegalStateException("Failed to send a line", failure.get());
    }
    return truth;
  }

  private static void send(
      KafkaProducer<byte[], byte[]> producer,
      int partition,
      String line,
      AtomicReference<Exception> failure) {
    producer.send(
        new ProducerRecord<>(
            "weblogs", partition, null, line.getBytes(StandardCharsets.ISO_8859_1)),
        (metadata, exception) -> {
          if (exception != null) {
            failure.compareAndSet(null, exception);
          }
        });
  }

  /** Waits until so many are counted, or until nothing moves any more. */
  private static void awaitCounted(Sql sql, long wanted) throws InterruptedException {
    long counted = -1;
    long moved = System.nanoTime();
    while (counted < wanted && System.nanoTime() - moved < STANDSTILL.toNanos()) {
      Thread.sleep(200);
      long now = sql.number("SELECT coalesce(sum(requests), 0) FROM host_minutes");
      if (now != counted) {
        counted = now;
        moved = System.nanoTime();
      }
    }
  }

  private static Map<Group, Sum> groups(Sql sql) {
    Map<Group, Sum> groups = new HashMap<>();
    for (Object[] row :
        sql.rows("SELECT window_start, cs_host, requests, total_time FROM host_minutes")) {
      groups.put(
          new Group(
              LocalDateTime.parse(row[0].toString()).toInstant(ZoneOffset.UTC), row[1].toString()),
          new Sum(Long.parseLong(row[2].toString()), Long.parseLong(row[3].toString())));
    }
    return groups;
  }

  private static List<String> differences(Map<Group, Sum> truth, Map<Group, Sum> found) {
    List<String> wrong = new ArrayList<>();
    long expected = truth.values().stream().mapToLong(Sum::requests).sum();
    long counted = found.values().stream().mapToLong(Sum::requests).sum();
    if (counted != expected) {
      wrong.add(expected + " lines sent, " + counted + " counted");
    }
    truth.forEach(
        (group, sum) -> {
          if (!sum.equals(found.get(group))) {
            wrong.add(group + ": expected " + sum + ", found " + found.get(group));
          }
        });
    found.keySet().stream()
        .filter(group -> !truth.containsKey(group))
        .forEach(group -> wrong.add(group + " was not to be there"));
    return wrong;
  }
}
