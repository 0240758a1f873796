package io.millrace.interop.spark;

import io.millrace.model.Positions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.streaming.CompositeReadLimit;
import org.apache.spark.sql.connector.read.streaming.MicroBatchStream;
import org.apache.spark.sql.connector.read.streaming.Offset;
import org.apache.spark.sql.connector.read.streaming.ReadLimit;
import org.apache.spark.sql.connector.read.streaming.ReadMaxRows;
import org.apache.spark.sql.connector.read.streaming.ReportsSourceMetrics;
import org.apache.spark.sql.connector.read.streaming.SupportsTriggerAvailableNow;

/**
 * A topic read epoch by epoch. Spark keeps where each epoch ends; where the first one began is kept
 * here, in the query's checkpoint, so that "latest" means the same after a restart.
 */
final class TopicStream
    implements MicroBatchStream, SupportsTriggerAvailableNow, ReportsSourceMetrics {
  private static final String INITIAL = "initial-offset";

  private final String topic;
  private final SourceOptions options;
  private final Connections connections;
  private final Ranges ranges;
  private final ReadPlan plan;
  private final CheckpointFolder checkpoint;
  private StreamOffset latest;
  private Positions stop;

  TopicStream(
      String topic,
      SourceOptions options,
      Connections connections,
      Ranges ranges,
      ReadPlan plan,
      CheckpointFolder checkpoint) {
    this.topic = topic;
    this.options = options;
    this.connections = connections;
    this.ranges = ranges;
    this.plan = plan;
    this.checkpoint = checkpoint;
  }

  @Override
  public Offset initialOffset() {
    try {
      Optional<String> kept = checkpoint.read(INITIAL);
      if (kept.isPresent()) {
        return deserializeOffset(kept.get());
      }
      StreamOffset first = new StreamOffset(topic, ranges.start("latest"));
      checkpoint.create(INITIAL, first.json());
      return first;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Offset deserializeOffset(String json) {
    return StreamOffset.parse(topic, json);
  }

  @Override
  public ReadLimit getDefaultReadLimit() {
    return options
        .find(SourceOptions.MAX_OFFSETS_PER_TRIGGER)
        .map(ReadLimit::maxRows)
        .orElseGet(ReadLimit::allAvailable);
  }

  @Override
  public void prepareForTriggerAvailableNow() {
    stop = connections.log().end(topic);
  }

  @Override
  public Offset latestOffset() {
    throw new UnsupportedOperationException("Asked with a limit");
  }

  @Override
  public Offset latestOffset(Offset start, ReadLimit limit) {
    Positions end = stop == null ? connections.log().end(topic) : stop;
    latest = new StreamOffset(topic, end);
    return new StreamOffset(topic, within(limit(limit), ((StreamOffset) start).positions(), end));
  }

  @Override
  public Offset reportLatestOffset() {
    return latest;
  }

  private static long limit(ReadLimit limit) {
    if (limit instanceof ReadMaxRows rows) {
      return rows.maxRows();
    }
    if (limit instanceof CompositeReadLimit composite) {
      long least = Long.MAX_VALUE;
      for (ReadLimit one : composite.getReadLimits()) {
        least = Math.min(least, limit(one));
      }
      return least;
    }
    return Long.MAX_VALUE;
  }

  /** Each partition gets the share of the limit that it has of what is there, but one at least. */
  private Positions within(long limit, Positions start, Positions end) {
    Positions beginning = limit == Long.MAX_VALUE ? end : connections.log().beginning(topic);
    Map<Integer, Long> from = new HashMap<>();
    double all = 0;
    for (Map.Entry<Integer, Long> one : end.offsets().entrySet()) {
      long first = beginning.offsets().getOrDefault(one.getKey(), 0L);
      from.put(one.getKey(), start.offsets().getOrDefault(one.getKey(), first));
      all += Math.max(0, one.getValue() - from.get(one.getKey()));
    }
    if (all <= limit) {
      return end;
    }
    double share = limit / all;
    Map<Integer, Long> ends = new TreeMap<>();
    end.offsets()
        .forEach(
            (partition, to) -> {
              long first = from.get(partition);
              long taken = (long) Math.ceil((to - first) * share);
              ends.put(partition, to <= first ? first : Math.min(to, first + taken));
            });
    return Positions.of(ends);
  }

  @Override
  public InputPartition[] planInputPartitions(Offset start, Offset end) {
    return ranges.plan(((StreamOffset) start).positions(), ((StreamOffset) end).positions());
  }

  @Override
  public PartitionReaderFactory createReaderFactory() {
    return new RangeReaderFactory(plan);
  }

  /** How far the query is behind, in offsets. */
  @Override
  public Map<String, String> metrics(Optional<Offset> consumed) {
    if (latest == null || consumed.isEmpty()) {
      return Map.of();
    }
    Positions at = ((StreamOffset) consumed.get()).positions();
    long behind =
        latest.positions().offsets().entrySet().stream()
            .mapToLong(e -> Math.max(0, e.getValue() - at.offsets().getOrDefault(e.getKey(), 0L)))
            .sum();
    return Map.of("offsetsBehindLatest", Long.toString(behind));
  }

  @Override
  public void commit(Offset end) {}

  @Override
  public void stop() {}

  @Override
  public String toString() {
    return "millrace " + topic;
  }
}
