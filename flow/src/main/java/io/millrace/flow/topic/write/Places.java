package io.millrace.flow.topic.write;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where the records of one transaction lie: for each partition, runs of offsets that follow each
 * other. A producer's batches lie whole, so a run is one batch or more. Not thread-safe.
 */
final class Places {
  /** {@code [first, end)} after {@code [first, end)}, rising. */
  private static final class Runs {
    private long[] bounds = new long[8];
    private int size;

    void add(long offset) {
      if (size > 0 && bounds[size - 1] == offset) {
        bounds[size - 1]++;
        return;
      }
      if (size == bounds.length) {
        bounds = Arrays.copyOf(bounds, 2 * size);
      }
      bounds[size++] = offset;
      bounds[size++] = offset + 1;
    }
  }

  private final Map<Integer, Runs> partitions = new TreeMap<>();
  private int lastPartition = -1;
  private Runs last;

  /** Whether a record was acknowledged without saying where it lies. */
  private boolean incomplete;

  /** {@code offset} is negative where the broker did not tell. */
  void add(int partition, long offset) {
    if (offset < 0) {
      incomplete = true;
      return;
    }
    if (partition != lastPartition) {
      last = partitions.computeIfAbsent(partition, p -> new Runs());
      lastPartition = partition;
    }
    last.add(offset);
  }

  /** Whether it knows of every record. */
  boolean isComplete() {
    return !incomplete;
  }

  boolean isEmpty() {
    return partitions.isEmpty();
  }

  /** What to do with a run of offsets. */
  interface Visitor {
    void run(int partition, long first, long end);
  }

  /** Partition by partition, in the order of offsets. */
  void forEach(Visitor visitor) {
    partitions.forEach(
        (partition, runs) -> {
          for (int i = 0; i < runs.size; i += 2) {
            visitor.run(partition, runs.bounds[i], runs.bounds[i + 1]);
          }
        });
  }

  /** The last offset of each partition. */
  Map<Integer, Long> lastOffsets() {
    Map<Integer, Long> offsets = new TreeMap<>();
    forEach((partition, first, end) -> offsets.put(partition, end - 1));
    return offsets;
  }

  void write(DataOutput out) throws IOException {
    out.writeBoolean(incomplete);
    out.writeInt(partitions.size());
    for (Map.Entry<Integer, Runs> partition : partitions.entrySet()) {
      Runs runs = partition.getValue();
      out.writeInt(partition.getKey());
      out.writeInt(runs.size);
      for (int i = 0; i < runs.size; i++) {
        out.writeLong(runs.bounds[i]);
      }
    }
  }

  static Places read(DataInput in) throws IOException {
    Places places = new Places();
    places.incomplete = in.readBoolean();
    for (int left = in.readInt(); left > 0; left--) {
      Runs runs = new Runs();
      places.partitions.put(in.readInt(), runs);
      runs.size = in.readInt();
      runs.bounds = new long[Math.max(2, runs.size)];
      for (int i = 0; i < runs.size; i++) {
        runs.bounds[i] = in.readLong();
      }
    }
    return places;
  }
}
