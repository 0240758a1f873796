package io.millrace.examples.weblogs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Rows of a table are set again about when they expire, while the server is killed. At the end
 * every row has expired, and the table's topic, read from its beginning, tells that none went too
 * early and that each which a delete hit by mistake was written again.
 */
final class ExpirySuite implements Suite {
  private static final Duration EXPIRE = Duration.ofMillis(400);
  private static final int KEYS = 200;
  private static final int BATCH = 40;
  private static final int KILLS = 3;
  private static final int ROWS_OF_A_KILL = 5_000;
  private static final Duration JOB = Duration.ofMillis(300);
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final String QUERY = "seen$expire";

  /** In records that the query writes: which record it read before, by offset. */
  private static final String HEADER = "millrace.expire";

  @Override
  public String name() {
    return "expire";
  }

  @Override
  public String description() {
    return "rows that are set again as they expire; server killed";
  }

  @Override
  public String unit() {
    return "row";
  }

  @Override
  public int usualRows() {
    return 20_000;
  }

  @Override
  public Outcome run(long seed, int rows, Path folder) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    try (ServerProcess server = new ServerProcess(folder, List.of("-XX:TieredStopAtLevel=1"))) {
      server.start();
      server.script(
          ("CREATE TABLE seen (id INT, n INT, PRIMARY KEY (id)) WITH ('expire' = '%d ms',"
                  + " 'state.backend' = '%s');")
              .formatted(EXPIRE.toMillis(), Suite.stateBackend(seed)));
      FutureTask<Integer> writing = new FutureTask<>(() -> write(server, rows, random.split()));
      new Thread(writing, "writer").start();
      List<String> events = new ArrayList<>();
      boolean complete = random.nextBoolean();
      int kills = Math.min(KILLS, 1 + rows / ROWS_OF_A_KILL);
      while (events.size() < kills && !writing.isDone()) {
        events.add(
            server.killInCheckpoint(QUERY, complete, random.nextLong(JOB.toNanos()), PATIENCE));
        complete = !complete;
      }
      int written = writing.get();
      awaitNone(server);
      List<String> wrong = new ArrayList<>();
      Map<String, List<ConsumerRecord<byte[], byte[]>>> keys = read(server);
      long undone = 0;
      for (var key : keys.entrySet()) {
        undone += judge(key.getKey(), key.getValue(), wrong);
      }
      if (keys.size() != KEYS) {
        wrong.add(keys.size() + " keys are in the topic, not " + KEYS);
      }
      if (undone == 0) {
        wrong.add("no delete came too late, so that nothing was tried");
      }
      events.add(undone + " deletes came too late and were undone");
      return new Outcome(written, events, wrong);
    }
  }

  /** Each key is set about as often as it expires. */
  private static int write(ServerProcess server, int rows, SplittableRandom random)
      throws IOException, InterruptedException {
    int written = 0;
    while (written < rows) {
      StringBuilder insert = new StringBuilder("INSERT INTO seen VALUES ");
      int first = random.nextInt(KEYS);
      for (int i = 0; i < BATCH; i++) {
        int key = (first + i) % KEYS;
        insert.append(i == 0 ? "" : ", ").append("(%d, %d)".formatted(key, written + i));
      }
      server.insist(insert.toString(), PATIENCE);
      written += BATCH;
      Thread.sleep(random.nextInt((int) (2 * EXPIRE.toMillis() * BATCH / KEYS)));
    }
    return written;
  }

  private static void awaitNone(ServerProcess server) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (server.rows("SELECT id FROM seen LIMIT 1").size() > 0) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("Rows do not expire within " + PATIENCE);
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  /** The committed records of each key, in their order. */
  private static Map<String, List<ConsumerRecord<byte[], byte[]>>> read(ServerProcess server) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", server.bootstrap());
    properties.put("isolation.level", "read_committed");
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor("seen").stream()
              .map(partition -> new TopicPartition("seen", partition.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      Map<String, List<ConsumerRecord<byte[], byte[]>>> keys = new TreeMap<>();
      while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          keys.computeIfAbsent(HexFormat.of().formatHex(record.key()), key -> new ArrayList<>())
              .add(record);
        }
      }
      return keys;
    }
  }

  /** Answers how often a delete came too late, and was undone. */
  private static long judge(
      String key, List<ConsumerRecord<byte[], byte[]>> records, List<String> wrong) {
    long undone = 0;
    for (int i = 0; i < records.size(); i++) {
      ConsumerRecord<byte[], byte[]> own = records.get(i);
      Long seen = seen(own);
      if (seen == null) {
        continue;
      }
      ConsumerRecord<byte[], byte[]> read = null;
      ConsumerRecord<byte[], byte[]> between = null;
      for (ConsumerRecord<byte[], byte[]> earlier : records.subList(0, i)) {
        read = earlier.offset() == seen ? earlier : read;
        between = earlier.offset() > seen && seen(earlier) == null ? earlier : between;
      }
      String what = "key " + key + ", offset " + own.offset() + ": ";
      if (read == null) {
        wrong.add(what + "it refers to no record of its key");
      } else if (own.value() == null && own.timestamp() < read.timestamp() + EXPIRE.toMillis()) {
        wrong.add(
            what + "deleted " + (own.timestamp() - read.timestamp()) + " ms after it was set");
      }
      if (between != null) {
        undone++;
        ConsumerRecord<byte[], byte[]> next = nextOwn(records, i);
        if (next == null || !Arrays.equals(next.value(), between.value())) {
          wrong.add(what + "offset " + between.offset() + ", set before it, was not written again");
        }
      }
    }
    if (records.get(records.size() - 1).value() != null) {
      wrong.add("key " + key + ": its row has not expired");
    }
    return undone;
  }

  private static ConsumerRecord<byte[], byte[]> nextOwn(
      List<ConsumerRecord<byte[], byte[]>> records, int after) {
    return records.subList(after + 1, records.size()).stream()
        .filter(record -> seen(record) != null)
        .findFirst()
        .orElse(null);
  }

  /** The record that the query had read; null in a record of others. */
  private static Long seen(ConsumerRecord<byte[], byte[]> record) {
    Header header = record.headers().lastHeader(HEADER);
    return header == null ? null : Long.valueOf(ByteBuffer.wrap(header.value()).getLong());
  }
}
