package io.millrace.flow.topic.read;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What one poll brought, and where it left each partition. */
final class Batch implements RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>> {
  /**
   * Where a partition stood after a poll: {@code lag} records before the committed end, -1 where
   * that is not known.
   */
  record Stand(long next, long lag) {}

  private final Iterator<Map.Entry<Integer, List<ConsumerRecord<byte[], byte[]>>>> partitions;
  private final Map<Integer, Stand> stands;
  private final Set<String> finished;
  private final Progress progress;
  private Iterator<ConsumerRecord<byte[], byte[]>> records;

  Batch(
      Map<Integer, List<ConsumerRecord<byte[], byte[]>>> records,
      Map<Integer, Stand> stands,
      Set<String> finished,
      Progress progress) {
    this.partitions = new ArrayList<>(records.entrySet()).iterator();
    this.stands = stands;
    this.finished = new HashSet<>(finished);
    this.progress = progress;
  }

  @Override
  public String nextSplit() {
    if (!partitions.hasNext()) {
      records = null;
      return null;
    }
    Map.Entry<Integer, List<ConsumerRecord<byte[], byte[]>>> next = partitions.next();
    records = next.getValue().iterator();
    return PartitionSplit.id(next.getKey());
  }

  @Override
  public ConsumerRecord<byte[], byte[]> nextRecordFromSplit() {
    return records.hasNext() ? records.next() : null;
  }

  @Override
  public Set<String> finishedSplits() {
    return finished;
  }

  /** Called once every record of this batch has been emitted. */
  @Override
  public void recycle() {
    progress.reached(stands);
  }
}
