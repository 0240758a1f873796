package io.millrace.flow.topic.lookup;

import io.millrace.catalog.Relation;
import io.millrace.flow.topic.FlinkTypes;
import io.millrace.flow.topic.TopicTable;
import io.millrace.flow.topic.mark.Mark;
import io.millrace.flow.topic.read.RowHandler;
import io.millrace.format.DecodeException;
import io.millrace.log.LogClient;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Positions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.types.RowKind;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The current rows of a table, found by the values of some columns. {@link #load()} reads the topic
 * to its committed end; from then on a thread of its own follows. {@link #find} is thread-safe.
 */
final class TableCache implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TableCache.class);
  private static final Duration POLL = Duration.ofMillis(500);

  private final TopicTable table;
  private final RowHandler handler;
  private final int[] keyColumns;
  private final RowData.FieldGetter[] keyGetters;
  private final RowDataSerializer keySerializer;
  private final Map<Key, BinaryRowData> rows = new HashMap<>();
  private final Map<BinaryRowData, List<RowData>> index = new ConcurrentHashMap<>();
  private Consumer<byte[], byte[]> consumer;
  private Thread follower;
  private volatile RuntimeException failure;
  private volatile boolean closed;
  private volatile long refused;

  private record Key(byte[] bytes) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && Arrays.equals(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }
  }

  /** {@code keyColumns} are indexes into the projected row. */
  TableCache(TopicTable table, int[] projection, int[] keyColumns) {
    this.table = table;
    this.handler = new RowHandler(projection, List.of());
    this.keyColumns = keyColumns;
    LogicalType[] keyTypes = keyTypes(table.relation(), projection, keyColumns);
    this.keySerializer = new RowDataSerializer(keyTypes);
    this.keyGetters = new RowData.FieldGetter[keyColumns.length];
    for (int i = 0; i < keyColumns.length; i++) {
      keyGetters[i] = RowData.createFieldGetter(keyTypes[i], keyColumns[i]);
    }
  }

  static LogicalType[] keyTypes(Relation relation, int[] projection, int[] keyColumns) {
    return Arrays.stream(keyColumns)
        .mapToObj(
            k -> {
              DataType type = relation.schema().column(projection[k]).type();
              return FlinkTypes.toFlink(type).getLogicalType();
            })
        .toArray(LogicalType[]::new);
  }

  /** Returns once every row committed before the call can be found. */
  synchronized void load() {
    if (follower != null) {
      check();
      return;
    }
    handler.open(table);
    String topic = table.relation().topic();
    try (LogClient log = LogClient.connect(table.log())) {
      consumer = log.consumer(Map.of("max.poll.records", "5000"));
      Positions end = log.end(topic);
      List<TopicPartition> partitions = new ArrayList<>();
      end.offsets().keySet().forEach(p -> partitions.add(new TopicPartition(topic, p)));
      consumer.assign(partitions);
      log.beginning(topic)
          .offsets()
          .forEach((p, offset) -> consumer.seek(new TopicPartition(topic, p), offset));
      while (!reached(topic, end)) {
        poll();
      }
    }
    follower = new Thread(this::follow, "lookup " + topic);
    follower.setDaemon(true);
    follower.start();
  }

  private boolean reached(String topic, Positions end) {
    return end.offsets().entrySet().stream()
        .allMatch(e -> consumer.position(new TopicPartition(topic, e.getKey())) >= e.getValue());
  }

  private void poll() {
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
      if (Mark.isControl(record)) {
        continue;
      }
      try {
        handler.handle(record, row -> take(record.key(), row));
      } catch (DecodeException e) {
        refused++;
        LOG.warn(
            "Skipped a row of table {} at partition {} offset {} in a lookup: {}",
            table.relation().name(),
            record.partition(),
            record.offset(),
            e.getMessage());
      }
    }
  }

  private void take(byte[] recordKey, RowData row) {
    Key key = new Key(recordKey);
    BinaryRowData old =
        row.getRowKind() == RowKind.DELETE
            ? rows.remove(key)
            : rows.put(key, ((BinaryRowData) row).copy());
    BinaryRowData now = rows.get(key);
    BinaryRowData oldKey = indexKey(old);
    BinaryRowData newKey = indexKey(now);
    if (newKey != null && newKey.equals(oldKey)) {
      // One step, so that nobody looks between the old row's going and the new one's coming.
      index.compute(newKey, (k, list) -> with(without(list, old), now));
      return;
    }
    if (newKey != null) {
      index.compute(newKey, (k, list) -> with(list, now));
    }
    if (oldKey != null) {
      index.compute(oldKey, (k, list) -> without(list, old));
    }
  }

  /** Null for no row, and for a row with a null in a key column: null equals nothing. */
  private BinaryRowData indexKey(BinaryRowData row) {
    if (row == null) {
      return null;
    }
    GenericRowData key = new GenericRowData(keyColumns.length);
    for (int i = 0; i < keyColumns.length; i++) {
      if (row.isNullAt(keyColumns[i])) {
        return null;
      }
      key.setField(i, keyGetters[i].getFieldOrNull(row));
    }
    return keySerializer.toBinaryRow(key).copy();
  }

  private static List<RowData> with(List<RowData> list, RowData row) {
    if (list == null) {
      return List.of(row);
    }
    List<RowData> longer = new ArrayList<>(list);
    longer.add(row);
    return List.copyOf(longer);
  }

  private static List<RowData> without(List<RowData> list, RowData row) {
    if (list == null) {
      return null;
    }
    List<RowData> left = list.stream().filter(r -> r != row).toList();
    return left.isEmpty() ? null : left;
  }

  private void follow() {
    try {
      while (!closed) {
        poll();
      }
    } catch (WakeupException e) {
      if (!closed) {
        failure = e;
      }
    } catch (RuntimeException e) {
      failure = e;
    } finally {
      consumer.close();
      handler.close();
    }
  }

  /** The rows whose key columns have these values. */
  List<RowData> find(BinaryRowData key) {
    check();
    return index.getOrDefault(key, List.of());
  }

  private void check() {
    RuntimeException e = failure;
    if (e != null) {
      throw new MillraceException(
          ErrorCode.KAFKA_UNAVAILABLE,
          "Cannot follow table " + table.relation().name() + ": " + e.getMessage(),
          e);
    }
  }

  boolean hasFailed() {
    return failure != null;
  }

  /** Records that could not be read and were skipped. */
  long refused() {
    return refused;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (follower != null) {
      consumer.wakeup();
    } else if (consumer != null) {
      consumer.close();
      handler.close();
    }
  }
}
