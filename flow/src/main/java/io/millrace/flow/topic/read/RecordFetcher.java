package io.millrace.flow.topic.read;

import io.millrace.catalog.DeadLetters;
import io.millrace.flow.topic.Replayed;
import io.millrace.flow.topic.TopicTable;
import io.millrace.log.LogClient;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsAddition;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsChange;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;

/**
 * The consumer of one reader, in its fetching thread. It returns at least twice a second, also with
 * nothing, so that the reader keeps knowing how far it is from the end.
 */
final class RecordFetcher implements SplitReader<ConsumerRecord<byte[], byte[]>, PartitionSplit> {
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration IDLE_POLL = Duration.ofMillis(100);

  private final TopicTable table;
  private final String topic;
  private final Progress progress;
  private final Consumer<byte[], byte[]> consumer;
  private final Duration patience;
  private final Map<Integer, Long> next = new HashMap<>();
  private final Map<Integer, Long> stops = new HashMap<>();
  private final Set<String> finished = new HashSet<>();

  RecordFetcher(TopicTable table, Progress progress) {
    this.table = table;
    this.topic = table.relation().topic();
    this.progress = progress;
    this.patience = table.idle().isPresent() ? IDLE_POLL : POLL;
    try (LogClient log = LogClient.connect(table.log())) {
      this.consumer = log.consumer(Map.of("max.poll.records", "1000", "fetch.max.wait.ms", "500"));
    }
  }

  @Override
  public void handleSplitsChanges(SplitsChange<PartitionSplit> change) {
    if (!(change instanceof SplitsAddition)) {
      throw new UnsupportedOperationException("Splits are only ever added, not " + change);
    }
    List<PartitionSplit> added = new ArrayList<>();
    for (PartitionSplit split : change.splits()) {
      if (split.isFinished()) {
        finished.add(split.splitId());
        continue;
      }
      next.put(split.partition(), split.next());
      if (split.stop() >= 0) {
        stops.put(split.partition(), split.stop());
      }
      added.add(split);
    }
    assign();
    added.forEach(s -> consumer.seek(place(s.partition()), s.next()));
  }

  private TopicPartition place(int number) {
    return number == Replayed.PARTITION
        ? new TopicPartition(DeadLetters.REPLAYS, 0)
        : new TopicPartition(topic, number);
  }

  private int number(TopicPartition place) {
    return place.topic().equals(topic) ? place.partition() : Replayed.PARTITION;
  }

  private void assign() {
    consumer.assign(next.keySet().stream().map(this::place).toList());
  }

  @Override
  public RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>> fetch() {
    Map<Integer, List<ConsumerRecord<byte[], byte[]>>> records = new LinkedHashMap<>();
    if (!next.isEmpty()) {
      ConsumerRecords<byte[], byte[]> polled = poll();
      for (TopicPartition partition : polled.partitions()) {
        records.put(number(partition), upToStop(partition, polled.records(partition)));
      }
      // Offsets without a record (markers of transactions, compacted ones) count as passed too.
      polled.nextOffsets().forEach((p, offset) -> next.put(number(p), offset.offset()));
    }
    Map<Integer, Batch.Stand> stands = new HashMap<>();
    next.forEach((p, offset) -> stands.put(p, new Batch.Stand(offset, lag(p))));
    finish();
    Batch batch = new Batch(records, stands, finished, progress);
    finished.clear();
    return batch;
  }

  private ConsumerRecords<byte[], byte[]> poll() {
    try {
      return consumer.poll(patience);
    } catch (WakeupException e) {
      return ConsumerRecords.empty();
    } catch (OffsetOutOfRangeException e) {
      // Trying again would not bring them back.
      throw new SuppressRestartsException(expired(e));
    }
  }

  private List<ConsumerRecord<byte[], byte[]>> upToStop(
      TopicPartition partition, List<ConsumerRecord<byte[], byte[]>> records) {
    Long stop = stops.get(number(partition));
    if (stop == null || records.get(records.size() - 1).offset() < stop) {
      return records;
    }
    return records.stream().filter(r -> r.offset() < stop).toList();
  }

  private void finish() {
    boolean changed = false;
    for (Map.Entry<Integer, Long> stop : stops.entrySet()) {
      Long reached = next.get(stop.getKey());
      if (reached != null && reached >= stop.getValue()) {
        next.remove(stop.getKey());
        finished.add(PartitionSplit.id(stop.getKey()));
        changed = true;
      }
    }
    if (changed) {
      assign();
    }
  }

  private long lag(int partition) {
    try {
      OptionalLong lag = consumer.currentLag(place(partition));
      return lag.orElse(-1);
    } catch (WakeupException e) {
      return -1;
    }
  }

  private MillraceException expired(OffsetOutOfRangeException e) {
    Map.Entry<TopicPartition, Long> gone =
        e.offsetOutOfRangePartitions().entrySet().iterator().next();
    String topic = gone.getKey().topic();
    int partition = gone.getKey().partition();
    long wanted = gone.getValue();
    try (LogClient log = LogClient.connect(table.log())) {
      long first = log.beginning(topic).offsets().getOrDefault(partition, 0L);
      String where =
          "Cannot read topic " + topic + " partition " + partition + " from offset " + wanted;
      if (wanted < first) {
        return new MillraceException(
                ErrorCode.DATA_EXPIRED,
                where + ": retention has removed offsets " + wanted + " to " + (first - 1),
                e)
            .hint(resume(first));
      }
      return new MillraceException(
              ErrorCode.DATA_EXPIRED,
              where
                  + ": it ends at offset "
                  + log.end(topic, false).offsets().getOrDefault(partition, 0L)
                  + ", so it was deleted and made again",
              e)
          .hint(resume(first));
    }
  }

  private String resume(long first) {
    return "RESUME QUERY or SINK "
        + table.statement()
        + " SKIP EXPIRED goes on from offset "
        + first
        + ".";
  }

  @Override
  public void wakeUp() {
    consumer.wakeup();
  }

  @Override
  public void close() {
    consumer.close();
  }
}
