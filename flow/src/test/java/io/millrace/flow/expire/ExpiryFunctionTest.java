package io.millrace.flow.expire;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.flow.topic.write.RawLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.junit.jupiter.api.Test;

class ExpiryFunctionTest {
  private static final long EXPIRE = 100;
  private static final byte[] KEY = {7};

  /** What lies in the log; {@code token} of the job's own records. */
  private record Written(Integer value, long time, Long token) {}

  /**
   * One key, its writers, the job and the log between them, step by step in a drawn order: the job
   * reads late, what it writes comes late, it is killed and goes on from its checkpoint.
   */
  private static final class Simulation implements AutoCloseable {
    private final Random random;
    private final List<Written> log = new ArrayList<>();

    /** Written by the job, and not yet committed. */
    private final List<RowData> open = new ArrayList<>();

    private KeyedOneInputStreamOperatorTestHarness<RowData, RowData, RowData> job;
    private OperatorSubtaskState checkpoint;
    private int checkpointed;
    private List<RowData> pending = List.of();
    private int position;
    private long now = 1000;
    private int checkpoints;
    private int undone;

    Simulation(long seed) throws Exception {
      random = new Random(seed);
      start();
    }

    private void start() throws Exception {
      job =
          new KeyedOneInputStreamOperatorTestHarness<>(
              new WakingOperator(
                  new ExpiryFunction(Duration.ofMillis(EXPIRE)), ExpiryFunction.STATE),
              new ExpiryJob.Key(),
              new ExpiryJob.Key().getProducedType());
      job.setProcessingTime(now);
      if (checkpoint != null) {
        job.initializeState(checkpoint);
      }
      job.open();
      position = checkpointed;
    }

    void write(Integer value) {
      log.add(new Written(value, now, null));
    }

    void read() throws Exception {
      if (position == log.size()) {
        return;
      }
      Written next = log.get(position);
      byte[] value = next.value() == null ? null : new byte[] {next.value().byteValue()};
      job.processElement(
          new StreamRecord<>(
              GenericRowData.of(KEY, value, 0, (long) position, next.time(), next.token())));
      position++;
      take();
    }

    void pass(long ms) throws Exception {
      now += ms;
      job.setProcessingTime(now);
      take();
    }

    private void take() {
      for (RowData row : job.extractOutputValues()) {
        assertThat(row.getBinary(RawLayout.KEY)).isEqualTo(KEY);
        open.add(row);
        undone += row.isNullAt(RawLayout.VALUE) ? 0 : 1;
      }
      job.getOutput().clear();
    }

    /** Commits what an earlier checkpoint has prepared, then prepares another. */
    void checkpoint() throws Exception {
      commit();
      checkpoint = job.snapshot(++checkpoints, now);
      checkpointed = position;
      pending = List.copyOf(open);
      open.clear();
    }

    void commit() {
      for (RowData row : pending) {
        log.add(
            new Written(
                row.isNullAt(RawLayout.VALUE) ? null : (int) row.getBinary(RawLayout.VALUE)[0],
                now,
                ExpiryJob.number(row.getBinary(RawLayout.HEADER))));
      }
      pending = List.of();
    }

    void kill() throws Exception {
      job.close();
      open.clear();
      start();
      // What a checkpoint has prepared is committed by who restores it.
      commit();
    }

    void settle() throws Exception {
      do {
        while (position < log.size()) {
          read();
        }
        checkpoint();
        commit();
      } while (position < log.size());
    }

    Integer row() {
      return log.isEmpty() ? null : log.get(log.size() - 1).value();
    }

    @Override
    public void close() throws Exception {
      job.close();
    }
  }

  @Test
  void keyHoldsWhatOthersWroteLastUntilItIsTooOldInWhateverOrderThingsHappen() throws Exception {
    int undone = 0;
    int kept = 0;
    for (int seed = 0; seed < 250; seed++) {
      try (Simulation simulation = new Simulation(seed)) {
        Integer last = null;
        long set = 0;
        for (int step = 0; step < 60; step++) {
          switch (simulation.random.nextInt(8)) {
            case 0 -> {
              last = simulation.random.nextInt(5) == 0 ? null : step;
              set = simulation.now;
              simulation.write(last);
            }
            case 1, 2 -> simulation.pass(simulation.random.nextInt(60));
            case 3 -> simulation.checkpoint();
            case 4 -> simulation.commit();
            case 5 -> {
              if (simulation.random.nextInt(4) == 0) {
                simulation.kill();
              }
            }
            default -> simulation.read();
          }
        }
        simulation.settle();
        if (simulation.now - set < EXPIRE) {
          assertThat(simulation.row()).as("seed %d", seed).isEqualTo(last);
          kept += last == null ? 0 : 1;
        }
        // As old as the last of all records, which may be one that was written again.
        simulation.pass(EXPIRE + 1);
        simulation.settle();
        assertThat(simulation.row()).as("seed %d, later", seed).isNull();
        undone += simulation.undone;
      }
    }
    assertThat(undone).as("deletes that were too late").isGreaterThan(20);
    assertThat(kept).as("rows that were young at the end").isGreaterThan(20);
  }

  @Test
  void ofAnotherDurationEveryKeyIsLookedAtAgain() throws Exception {
    try (Simulation simulation = new Simulation(1)) {
      simulation.write(1);
      simulation.read();
      simulation.pass(EXPIRE / 2);
      simulation.checkpoint();
      try (KeyedOneInputStreamOperatorTestHarness<RowData, RowData, RowData> shorter =
          new KeyedOneInputStreamOperatorTestHarness<>(
              new WakingOperator(new ExpiryFunction(Duration.ofMillis(10)), ExpiryFunction.STATE),
              new ExpiryJob.Key(),
              new ExpiryJob.Key().getProducedType())) {
        shorter.setProcessingTime(simulation.now);
        shorter.initializeState(simulation.checkpoint);
        shorter.open();
        shorter.setProcessingTime(simulation.now + 1);
        assertThat(shorter.extractOutputValues()).hasSize(1);
      }
    }
  }
}
