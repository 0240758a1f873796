package io.millrace.flow.topic.read;

import io.millrace.catalog.DeadLetters;
import io.millrace.flow.topic.Start;
import io.millrace.flow.topic.TopicTable;
import io.millrace.log.LogClient;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Positions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands the partitions of one topic to readers: partition p to reader p modulo their number. Start
 * positions become offsets at once, so that a restored reader never starts anywhere else.
 * Partitions added later are found within a minute and read from their beginning. Reader 0 has the
 * topic of replayed records too.
 */
final class PartitionEnumerator implements SplitEnumerator<PartitionSplit, Assignment> {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionEnumerator.class);
  private static final Duration LOOK = Duration.ofMinutes(1);

  private final TopicTable table;
  private final SplitEnumeratorContext<PartitionSplit> context;
  private final List<PartitionSplit> waiting;
  private volatile int partitions;
  private volatile boolean replays;
  private LogClient log;
  private boolean looked;

  PartitionEnumerator(
      TopicTable table, SplitEnumeratorContext<PartitionSplit> context, Assignment assignment) {
    this.table = table;
    this.context = context;
    this.partitions = assignment.partitions();
    this.replays = assignment.replays();
    this.waiting = new ArrayList<>(assignment.waiting());
  }

  @Override
  public void start() {
    if (table.end().isPresent()) {
      context.callAsync(this::look, this::assignNew);
    } else {
      context.callAsync(this::look, this::assignNew, 0, LOOK.toMillis());
    }
  }

  /** In a worker thread: the splits of partitions that are new. */
  private List<PartitionSplit> look() {
    int known = partitions;
    if (known >= 0 && table.end().isPresent()) {
      return List.of();
    }
    String topic = table.relation().topic();
    int found =
        log()
            .find(topic)
            .orElseThrow(
                () ->
                    new MillraceException(
                        ErrorCode.NOT_FOUND, "Cannot read topic " + topic + ": it does not exist"))
            .partitions();
    List<PartitionSplit> splits = new ArrayList<>();
    if (!replays && table.deadLetters() && table.end().isEmpty()) {
      // From its beginning: a replay may be asked for before this first look.
      log()
          .find(DeadLetters.REPLAYS)
          .map(t -> log().beginning(t.topic()).offsets().get(0))
          .ifPresent(first -> splits.add(PartitionSplit.replayed(first)));
    }
    if (found <= known) {
      return splits;
    }
    Positions beginning = log().beginning(topic);
    Map<Integer, Long> starts = new HashMap<>(beginning.offsets());
    if (known < 0) {
      starts.putAll(start(topic).offsets());
    }
    for (int p = Math.max(known, 0); p < found; p++) {
      long stop =
          table.end().isEmpty()
              ? PartitionSplit.NEVER
              : table.end().get().offsets().getOrDefault(p, 0L);
      splits.add(PartitionSplit.unread(p, starts.getOrDefault(p, 0L), stop));
    }
    return splits;
  }

  private Positions start(String topic) {
    return start(table.start(), topic);
  }

  private Positions start(Start start, String topic) {
    if (start instanceof Start.Skipping skipping) {
      return start(skipping.otherwise(), topic);
    }
    if (start instanceof Start.At at) {
      return at.positions();
    }
    return start instanceof Start.Latest ? log().end(topic) : Positions.NONE;
  }

  private synchronized LogClient log() {
    if (log == null) {
      log = LogClient.connect(table.log());
    }
    return log;
  }

  private void assignNew(List<PartitionSplit> splits, Throwable failure) {
    if (failure != null) {
      if (!looked) {
        throw failure instanceof RuntimeException known
            ? known
            : new IllegalStateException(failure);
      }
      LOG.warn("Failed to look for new partitions of topic {}", table.relation().topic(), failure);
      return;
    }
    for (PartitionSplit split : splits) {
      partitions = Math.max(partitions, split.partition() + 1);
      replays |= split.isReplayed();
      waiting.add(split);
    }
    looked = true;
    context.registeredReaders().keySet().forEach(this::assignTo);
  }

  @Override
  public void addReader(int reader) {
    if (looked) {
      assignTo(reader);
    }
  }

  private void assignTo(int reader) {
    List<PartitionSplit> own = new ArrayList<>();
    for (Iterator<PartitionSplit> i = waiting.iterator(); i.hasNext(); ) {
      PartitionSplit split = i.next();
      int number = split.isReplayed() ? 0 : split.partition();
      if (number % context.currentParallelism() == reader) {
        own.add(split);
        i.remove();
      }
    }
    if (!own.isEmpty()) {
      context.assignSplits(new SplitsAssignment<>(Map.of(reader, own)));
    }
    if (table.end().isPresent()) {
      context.signalNoMoreSplits(reader);
    } else if (own.isEmpty()) {
      context.sendEventToSourceReader(reader, new NothingToRead());
    }
  }

  @Override
  public void addSplitsBack(List<PartitionSplit> splits, int reader) {
    waiting.addAll(splits);
    if (looked && context.registeredReaders().containsKey(reader)) {
      assignTo(reader);
    }
  }

  @Override
  public void handleSplitRequest(int reader, String host) {
    // Splits are handed out as they are found; readers never ask.
  }

  @Override
  public Assignment snapshotState(long checkpoint) {
    return new Assignment(partitions, replays, waiting);
  }

  @Override
  public synchronized void close() {
    if (log != null) {
      log.close();
    }
  }
}
