package io.millrace.interop.spark;

import io.millrace.log.LogClient;
import io.millrace.registry.Contracts;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.TopicPartition;

/**
 * What the tasks in one process share of a warehouse: the client, the contracts, and consumers that
 * wait for the next epoch with what they have fetched already. Tasks come and go in milliseconds,
 * and nothing but the process outlives them: so this is kept by it, for ever. Thread-safe.
 */
final class Connections {
  private static final Map<Warehouse, Connections> OPEN = new ConcurrentHashMap<>();
  private static final long IDLE_NANOS = Duration.ofMinutes(1).toNanos();

  private static final Map<String, Object> CONSUMER =
      Map.of(
          ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
          "5000",
          ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
          Integer.toString(4 << 20),
          ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG,
          "250");

  private record Idle(Consumer<byte[], byte[]> consumer, long sinceNanos) {}

  private final LogClient log;
  private final Contracts contracts;
  private final Map<TopicPartition, Deque<Idle>> idle = new HashMap<>();

  private Connections(Warehouse warehouse) {
    log = LogClient.connect(warehouse.log());
    contracts = new Contracts(warehouse.registry());
  }

  static Connections of(Warehouse warehouse) {
    return OPEN.computeIfAbsent(warehouse, Connections::new);
  }

  LogClient log() {
    return log;
  }

  Contracts contracts() {
    return contracts;
  }

  /** A consumer of committed records that stands before this offset. */
  Consumer<byte[], byte[]> consumer(TopicPartition partition, long offset) {
    Consumer<byte[], byte[]> consumer = takeIdle(partition);
    if (consumer == null) {
      consumer = log.consumer(CONSUMER);
      consumer.assign(List.of(partition));
      consumer.seek(partition, offset);
    } else if (consumer.position(partition) != offset) {
      consumer.seek(partition, offset);
    }
    return consumer;
  }

  private synchronized Consumer<byte[], byte[]> takeIdle(TopicPartition partition) {
    Deque<Idle> waiting = idle.get(partition);
    return waiting == null || waiting.isEmpty() ? null : waiting.pop().consumer();
  }

  /** Takes a consumer back that has not failed. */
  void giveBack(TopicPartition partition, Consumer<byte[], byte[]> consumer) {
    List<Consumer<byte[], byte[]>> old = new ArrayList<>();
    synchronized (this) {
      long now = System.nanoTime();
      idle.computeIfAbsent(partition, p -> new ArrayDeque<>()).push(new Idle(consumer, now));
      for (Deque<Idle> waiting : idle.values()) {
        while (!waiting.isEmpty() && now - waiting.peekLast().sinceNanos() > IDLE_NANOS) {
          old.add(waiting.pollLast().consumer());
        }
      }
    }
    old.forEach(Consumer::close);
  }
}
