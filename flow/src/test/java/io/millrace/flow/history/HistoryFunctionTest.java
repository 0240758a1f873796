package io.millrace.flow.history;

import static org.assertj.core.api.Assertions.assertThat;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import io.millrace.flow.expire.WakingOperator;
import io.millrace.flow.history.Timeline.Change;
import io.millrace.flow.history.Timeline.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.BooleanType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.OutputTag;
import org.junit.jupiter.api.Test;

class HistoryFunctionTest {
  private static final RowType ROW =
      RowType.of(new IntType(), new VarCharType(VarCharType.MAX_LENGTH), new BigIntType());
  private static final OutputTag<RowData> VERSIONS =
      new OutputTag<>(
          "versions",
          InternalTypeInfo.ofFields(
              new IntType(),
              new VarCharType(VarCharType.MAX_LENGTH),
              new BigIntType(),
              new LocalZonedTimestampType(6),
              new LocalZonedTimestampType(6),
              new BooleanType(),
              new VarCharType(VarCharType.MAX_LENGTH)));

  /** A row that a change leaves behind: the city is tracked, the visits are not. */
  private record Customer(String city, long visits) {}

  /** The harness would copy rows of a side output by reflection, into the JDK's own classes. */
  public static final class Same extends Serializer<RowData> {
    @Override
    public void write(Kryo kryo, Output output, RowData row) {
      throw new UnsupportedOperationException();
    }

    @Override
    public RowData read(Kryo kryo, Input input, Class<? extends RowData> type) {
      throw new UnsupportedOperationException();
    }

    @Override
    public RowData copy(Kryo kryo, RowData row) {
      return row;
    }
  }

  /** The job of one key and the two tables that come out of it. */
  private static final class Customers implements AutoCloseable {
    private final Map<Long, Version<Customer>> versions = new TreeMap<>();
    private Customer current;
    private KeyedOneInputStreamOperatorTestHarness<RowData, RowData, RowData> job;
    private long now = 1_000_000;

    void start(OperatorSubtaskState state, long expire) throws Exception {
      HistoryJob.Key key = new HistoryJob.Key(ROW, new int[] {0});
      job =
          new KeyedOneInputStreamOperatorTestHarness<>(
              new WakingOperator(
                  new HistoryFunction(ROW, new int[] {0}, new int[] {1}, false, expire, VERSIONS),
                  HistoryFunction.clocked(expire)),
              key,
              key.getProducedType());
      ((SerializerConfigImpl) job.getExecutionConfig().getSerializerConfig())
          .addDefaultKryoSerializer(GenericRowData.class, Same.class);
      job.setProcessingTime(now);
      if (state != null) {
        job.initializeState(state);
      }
      job.open();
    }

    void restart(long expire) throws Exception {
      OperatorSubtaskState state = job.snapshot(now, now);
      job.close();
      start(state, expire);
      pass(1);
    }

    void change(long micros, long position, Customer customer) throws Exception {
      RowData row =
          GenericRowData.of(
              1,
              StringData.fromString(customer == null ? "gone" : customer.city()),
              customer == null ? 0L : customer.visits());
      job.processElement(
          new StreamRecord<>(
              GenericRowData.of(
                  StringData.fromString(customer == null ? "d" : "u"),
                  customer == null ? row : null,
                  customer == null ? null : row,
                  TimestampData.fromEpochMillis(micros / 1000, (int) (micros % 1000) * 1000),
                  position)));
      take();
    }

    void pass(long ms) throws Exception {
      now += ms;
      job.setProcessingTime(now);
      take();
    }

    private void take() {
      for (RowData row : job.extractOutputValues()) {
        current = row.getRowKind() == RowKind.DELETE ? null : customer(row);
      }
      job.getOutput().clear();
      if (job.getSideOutput(VERSIONS) == null) {
        return;
      }
      for (StreamRecord<RowData> output : job.getSideOutput(VERSIONS)) {
        RowData row = output.getValue();
        long from = micros(row.getTimestamp(3, 6));
        if (row.getRowKind() == RowKind.DELETE) {
          versions.remove(from);
        } else {
          boolean open = row.getBoolean(5);
          assertThat(row.isNullAt(4)).isEqualTo(open);
          versions.put(
              from,
              new Version<>(
                  from, open ? Timeline.OPEN : micros(row.getTimestamp(4, 6)), customer(row)));
        }
      }
      job.getSideOutput(VERSIONS).clear();
    }

    private static Customer customer(RowData row) {
      return new Customer(row.getString(1).toString(), row.getLong(2));
    }

    private static long micros(TimestampData time) {
      return time.getMillisecond() * 1000 + time.getNanoOfMillisecond() / 1000;
    }

    @Override
    public void close() throws Exception {
      job.close();
    }
  }

  @Test
  void bothTablesAreWhatTheChangesAndTheClockSayAlsoAfterRestartsAndOfAnotherDuration()
      throws Exception {
    int expired = 0;
    for (int seed = 0; seed < 60; seed++) {
      Random random = new Random(seed);
      long expire = random.nextBoolean() ? Timeline.OPEN : 40_000;
      Timeline<Customer> truth =
          new Timeline<>((a, b) -> a.city().equals(b.city()), new ArrayList<>());
      try (Customers customers = new Customers()) {
        customers.start(null, expire);
        for (int step = 0; step < 60; step++) {
          switch (random.nextInt(8)) {
            case 0, 1, 2, 3 -> {
              long micros =
                  customers.now * 1000 - (random.nextInt(3) == 0 ? random.nextInt(90_000) : 0);
              Customer customer =
                  random.nextInt(5) == 0
                      ? null
                      : new Customer("ab".substring(random.nextInt(2)), step);
              truth.add(new Change<>(micros, (long) step, customer));
              customers.change(micros, step, customer);
            }
            case 4, 5, 6 -> customers.pass(random.nextInt(30));
            default -> {
              long[] durations = {expire, expire, Timeline.OPEN, 40_000, 15_000, 90_000};
              expire = durations[random.nextInt(durations.length)];
              customers.restart(expire);
            }
          }
          List<Version<Customer>> expected = truth.versions(customers.now * 1000, expire);
          assertThat(customers.versions.values())
              .as("seed %d, step %d", seed, step)
              .containsExactlyElementsOf(expected);
          Version<Customer> last = expected.isEmpty() ? null : expected.get(expected.size() - 1);
          boolean open = last != null && last.to() == Timeline.OPEN;
          assertThat(customers.current)
              .as("seed %d, step %d, current", seed, step)
              .isEqualTo(open ? last.row() : null);
          expired += open || last == null || expire == Timeline.OPEN ? 0 : 1;
        }
      }
    }
    assertThat(expired).isGreaterThan(50);
  }
}
