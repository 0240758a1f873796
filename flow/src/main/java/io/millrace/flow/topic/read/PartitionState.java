package io.millrace.flow.topic.read;

import io.millrace.flow.topic.mark.Marks;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;

/** A partition as its reader knows it. Used by the task's thread alone. */
final class PartitionState<T> implements WatermarkOutput {
  final int partition;
  final Marks marks;

  /** Computes the declared watermark; null where marks drive it or nothing does. */
  final WatermarkGenerator<T> generator;

  private final long stop;
  private final boolean bounded;
  private long next;
  private long declared = Long.MIN_VALUE;
  private long emitted = Long.MIN_VALUE;
  private boolean idle;
  private boolean rows;
  private long atEndSince = -1;

  PartitionState(PartitionSplit split, WatermarkGenerator<T> generator) {
    this.partition = split.partition();
    this.next = split.next();
    this.stop = split.stop();
    this.bounded = split.stop() >= 0;
    this.generator = generator;
    try {
      this.marks = split.marks().length == 0 ? new Marks() : Marks.parse(split.marks());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  PartitionSplit toSplit() {
    return new PartitionSplit(partition, next, stop, marks.toBytes());
  }

  void passed(long offset) {
    next = offset + 1;
    rows = true;
  }

  /** Before a row goes out: whoever gets it has to wait for this partition again. */
  void wake(WatermarkOutput output) {
    if (idle) {
      idle = false;
      output.markActive();
    }
  }

  /** After a mark: its writer is no longer waited for, or is again. */
  void marked(WatermarkOutput output) {
    if (generator == null) {
      if (!marks.isIdle()) {
        wake(output);
      }
      emit(output);
    }
  }

  /** Sends what the watermark has become, if it moved. */
  void emit(WatermarkOutput output) {
    if (generator != null) {
      generator.onPeriodicEmit(this);
    }
    long watermark = generator == null ? marks.watermark() : declared;
    if (watermark > emitted) {
      emitted = watermark;
      output.emitWatermark(new Watermark(watermark));
      if (idle) {
        output.markIdle();
      }
    }
  }

  /**
   * After a batch: idle is who has stood at the end for {@code timeoutMs} without a row, or whose
   * writers all say that they are. Never in a bounded read: Flink would then ignore the end of time
   * that closes the last windows.
   */
  void settle(Batch.Stand stand, WatermarkOutput output, long nowMs, long timeoutMs) {
    next = Math.max(next, stand.next());
    if (rows || stand.lag() != 0) {
      rows = false;
      atEndSince = stand.lag() == 0 ? nowMs : -1;
    } else if (atEndSince < 0) {
      atEndSince = nowMs;
    }
    if (bounded) {
      return;
    }
    boolean still = timeoutMs > 0 && atEndSince >= 0 && nowMs - atEndSince >= timeoutMs;
    if (!idle && (still || generator == null && marks.isIdle())) {
      idle = true;
      output.markIdle();
    }
  }

  boolean isIdle() {
    return idle;
  }

  long watermark() {
    return emitted;
  }

  /** What the generator says; it goes out with {@link #emit}. */
  @Override
  public void emitWatermark(Watermark watermark) {
    declared = Math.max(declared, watermark.getTimestamp());
  }

  /** Generators do not decide idleness: the distance to the end does. */
  @Override
  public void markIdle() {}

  @Override
  public void markActive() {}
}
