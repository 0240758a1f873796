package io.millrace.flow.topic.read;

import io.millrace.flow.topic.mark.Marks;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkOutput;

/** A partition as its reader knows it. Used by the task's thread alone. */
final class PartitionState {
  final int partition;
  final Marks marks;

  /** Replayed records come at any time, so they neither hold a watermark back nor drive it. */
  final boolean replayed;

  private final boolean declares;
  private final long stop;
  private final boolean bounded;
  private long next;
  private long declared;
  private long emitted = Long.MIN_VALUE;
  private boolean idle;
  private boolean rows;
  private long atEndSince = -1;

  /** {@code declares}: whether rows drive the watermark; otherwise marks do. */
  PartitionState(PartitionSplit split, boolean declares) {
    this.partition = split.partition();
    this.next = split.next();
    this.stop = split.stop();
    this.bounded = split.stop() >= 0;
    this.declares = declares;
    this.declared = split.declared();
    this.replayed = split.isReplayed();
    this.idle = replayed;
    try {
      this.marks = split.marks().length == 0 ? new Marks() : Marks.parse(split.marks());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  PartitionSplit toSplit() {
    return new PartitionSplit(partition, next, stop, marks.toBytes(), declared);
  }

  void passed(long offset) {
    next = offset + 1;
    rows = true;
  }

  /** Takes in the watermark that a row stands for; returns whether it is behind what was known. */
  boolean isBehind(long watermark) {
    if (watermark >= declared) {
      declared = watermark;
      return false;
    }
    return watermark != EventTime.NONE;
  }

  /** Of the rows, or of the writers. */
  long watermark() {
    return declares ? declared : marks.watermark();
  }

  /** Before a row goes out: whoever gets it has to wait for this partition again. */
  void wake(WatermarkOutput output) {
    if (idle && !replayed) {
      idle = false;
      output.markActive();
    }
  }

  /** After a mark: its writer is no longer waited for, or is again. */
  void marked(WatermarkOutput output) {
    if (!declares) {
      if (!marks.isIdle()) {
        wake(output);
      }
      emit(output);
    }
  }

  /** Sends what the watermark has become, if it moved. */
  void emit(WatermarkOutput output) {
    long watermark = watermark();
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
    if (bounded || replayed) {
      return;
    }
    boolean still = timeoutMs > 0 && atEndSince >= 0 && nowMs - atEndSince >= timeoutMs;
    if (!idle && (still || !declares && marks.isIdle())) {
      idle = true;
      output.markIdle();
    }
  }

  boolean isIdle() {
    return idle;
  }

  /** The watermark that has gone out. */
  long emitted() {
    return emitted;
  }
}
