package io.millrace.flow.topic.read;

import io.millrace.flow.topic.FlowMetrics;
import io.millrace.flow.topic.Start;
import io.millrace.flow.topic.TopicTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.source.reader.SingleThreadMultiplexSourceReaderBase;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.metrics.Gauge;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Reads some partitions of a topic: one fetching thread, everything else in the task's thread. */
final class PartitionReader<T>
    extends SingleThreadMultiplexSourceReaderBase<
        ConsumerRecord<byte[], byte[]>, T, PartitionSplit, PartitionState> {
  private final RecordEmission<T> emission;
  private final Progress progress;
  private final boolean declares;
  private final Start start;
  private final long idleMs;
  private final long openedNanos = System.nanoTime();
  private final Map<String, PartitionState> partitions = new HashMap<>();
  private final Map<Integer, Long> lags = new HashMap<>();
  private final List<PartitionState> restored = new ArrayList<>();
  private boolean nothingToRead;
  private ReaderOutput<T> output;
  private volatile long lag;
  private volatile long watermark = Long.MIN_VALUE;

  PartitionReader(
      TopicTable table,
      RecordEmission<T> emission,
      Progress progress,
      boolean declares,
      SourceReaderContext context) {
    super(() -> new RecordFetcher(table, progress), emission, new Configuration(), context);
    this.emission = emission;
    this.progress = progress;
    this.declares = declares;
    this.start = table.start();
    this.idleMs = table.idle().map(d -> Math.max(1, d.toMillis())).orElse(0L);
    context.metricGroup().setPendingRecordsGauge(() -> lag);
    context.metricGroup().gauge(FlowMetrics.LAG_ROWS, (Gauge<Long>) () -> lag);
    context.metricGroup().gauge(FlowMetrics.LAG_MS, (Gauge<Long>) this::lagMs);
    context.metricGroup().gauge(FlowMetrics.CURRENT_WATERMARK, (Gauge<Long>) () -> watermark);
  }

  private long lagMs() {
    long last = emission.lastTimestamp();
    if (last < 0) {
      return -1;
    }
    return lag == 0 ? 0 : Math.max(0, System.currentTimeMillis() - last);
  }

  @Override
  protected PartitionState initializedState(PartitionSplit split) {
    PartitionState state = new PartitionState(split, declares);
    partitions.put(split.splitId(), state);
    restored.add(state);
    return state;
  }

  @Override
  protected PartitionSplit toSplitType(String id, PartitionState state) {
    return state.toSplit();
  }

  @Override
  protected void onSplitFinished(Map<String, PartitionState> finished) {
    finished.keySet().forEach(partitions::remove);
    finished.values().forEach(s -> lags.remove(s.partition));
  }

  @Override
  public void addSplits(List<PartitionSplit> splits) {
    if (nothingToRead && output != null) {
      output.markActive();
    }
    nothingToRead = false;
    super.addSplits(
        start instanceof Start.Skipping skipping
            ? splits.stream()
                .map(
                    s ->
                        s.isReplayed() ? s : s.withNext(skipping.position(s.partition(), s.next())))
                .toList()
            : splits);
  }

  @Override
  public void handleSourceEvents(SourceEvent event) {
    if (event instanceof NothingToRead && partitions.isEmpty()) {
      nothingToRead = true;
      if (output != null) {
        output.markIdle();
      }
    } else if (!(event instanceof NothingToRead)) {
      super.handleSourceEvents(event);
    }
  }

  @Override
  public InputStatus pollNext(ReaderOutput<T> newOutput) throws Exception {
    if (output == null) {
      output = newOutput;
      if (nothingToRead) {
        output.markIdle();
      }
    }
    if (!restored.isEmpty()) {
      // A partition that is quiet after a restart still says how far it was.
      for (PartitionState one : restored) {
        SourceOutput<T> splitOutput =
            newOutput.createOutputForSplit(PartitionSplit.id(one.partition));
        if (one.replayed) {
          splitOutput.markIdle();
        } else {
          one.emit(splitOutput);
        }
      }
      restored.clear();
    }
    InputStatus status = super.pollNext(newOutput);
    Map<Integer, Batch.Stand> stands = progress.take();
    if (stands != null) {
      settle(stands);
    }
    if (status == InputStatus.END_OF_INPUT) {
      emission.flush();
    }
    return status;
  }

  /** Declared watermarks go out once per batch, which is at once when little comes. */
  private void settle(Map<Integer, Batch.Stand> stands) {
    // Not the time of day, which may jump: idleness skips event time.
    long now = (System.nanoTime() - openedNanos) / 1_000_000;
    stands.forEach(
        (p, stand) -> {
          PartitionState state = partitions.get(PartitionSplit.id(p));
          if (state != null) {
            var splitOutput = output.createOutputForSplit(PartitionSplit.id(p));
            state.emit(splitOutput);
            state.settle(stand, splitOutput, now, idleMs);
            if (stand.lag() >= 0) {
              lags.put(p, stand.lag());
            }
          }
        });
    lag = lags.values().stream().mapToLong(Long::longValue).sum();
    watermark =
        partitions.values().stream()
            .filter(s -> !s.isIdle())
            .mapToLong(PartitionState::emitted)
            .min()
            .orElse(watermark);
    emission.reached(watermark);
  }

  /** Dead letters are in the log before the checkpoint that passes their records. */
  @Override
  public List<PartitionSplit> snapshotState(long checkpoint) {
    emission.flush();
    return super.snapshotState(checkpoint);
  }

  @Override
  public void close() throws Exception {
    try {
      super.close();
    } finally {
      emission.close();
    }
  }
}
