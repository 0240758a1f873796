package io.millrace.flow.topic.write;

import io.millrace.flow.topic.mark.Mark;
import java.util.Arrays;

/** What a writer has to tell each partition about its watermark. Used by the task's thread. */
final class MarkState {
  private final String statement;
  private final long epoch;
  private final int writer;
  private final int writers;
  private final long[] sent;
  private long watermark = Long.MIN_VALUE;
  private boolean isFinal;
  private boolean isIdle;

  MarkState(String statement, long epoch, int writer, int writers, int partitions) {
    this.statement = statement;
    this.epoch = epoch;
    this.writer = writer;
    this.writers = writers;
    this.sent = new long[partitions];
    Arrays.fill(sent, Long.MIN_VALUE);
  }

  int partitions() {
    return sent.length;
  }

  /** Every row from here on is newer, or late. */
  void advance(long newWatermark) {
    watermark = newWatermark;
  }

  void end() {
    isFinal = true;
  }

  void idle(boolean nowIdle) {
    isIdle = nowIdle;
  }

  boolean isIdle() {
    return isIdle;
  }

  /** Whether the partition has not heard of the watermark yet. */
  boolean isDue(int partition) {
    return sent[partition] < watermark;
  }

  /** The mark for the partition's next record. */
  byte[] send(int partition) {
    sent[partition] = watermark;
    return new Mark(statement, epoch, writer, writers, isFinal, isIdle, watermark).toBytes();
  }

  byte[] controlKey() {
    return Mark.controlKey(statement, writer);
  }
}
