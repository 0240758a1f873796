package io.millrace.flow.topic.mark;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MarksTest {
  private static final long NONE = Long.MIN_VALUE;
  private final Marks marks = new Marks();

  private static Mark mark(String statement, long epoch, int writer, int writers, long watermark) {
    return new Mark(statement, epoch, writer, writers, false, false, watermark);
  }

  private static Mark last(String statement, long epoch, int writer, int writers, long watermark) {
    return new Mark(statement, epoch, writer, writers, true, false, watermark);
  }

  private static Mark idle(String statement, long epoch, int writer, int writers, long watermark) {
    return new Mark(statement, epoch, writer, writers, false, true, watermark);
  }

  @Test
  void writersThatHaveNotSpokenHoldTheWatermarkBack() {
    marks.apply(mark("q", 1, 0, 2, 100));
    assertThat(marks.watermark()).isEqualTo(NONE);
    marks.apply(mark("q", 1, 1, 2, 50));
    assertThat(marks.watermark()).isEqualTo(50);
  }

  @Test
  void theWatermarkNeverGoesBack() {
    marks.apply(mark("q", 1, 0, 1, 100));
    marks.apply(mark("q", 1, 0, 1, 40));
    assertThat(marks.watermark()).isEqualTo(100);
    marks.apply(mark("q", 2, 0, 3, 200));
    assertThat(marks.watermark()).isEqualTo(100);
  }

  @Test
  void marksOfAnOlderEpochSayNothing() {
    marks.apply(mark("q", 2, 0, 1, 100));
    marks.apply(mark("q", 1, 0, 1, 900));
    assertThat(marks.watermark()).isEqualTo(100);
  }

  @Test
  void statementsThatFillOneTopicWaitForEachOther() {
    marks.apply(mark("a", 1, 0, 1, 100));
    marks.apply(mark("b", 7, 0, 1, 30));
    assertThat(marks.watermark()).isEqualTo(100);
    marks.apply(mark("a", 1, 0, 1, 300));
    assertThat(marks.watermark()).isEqualTo(100);
    marks.apply(mark("b", 7, 0, 1, 200));
    assertThat(marks.watermark()).isEqualTo(200);
    marks.apply(last("b", 7, 0, 1, 200));
    assertThat(marks.watermark()).isEqualTo(300);
  }

  @Test
  void aFinalMarkIsNoEndOfTime() {
    marks.apply(last("q", 1, 0, 2, 100));
    marks.apply(last("q", 1, 1, 2, 80));
    assertThat(marks.watermark()).isEqualTo(100);
    assertThat(marks.isIdle()).isFalse();
    marks.apply(mark("q", 2, 0, 1, 150));
    assertThat(marks.watermark()).isEqualTo(150);
  }

  @Test
  void idleWritersAreNotWaitedFor() {
    marks.apply(idle("q", 1, 0, 2, 10));
    marks.apply(mark("q", 1, 1, 2, 90));
    assertThat(marks.watermark()).isEqualTo(90);
    assertThat(marks.isIdle()).isFalse();
    marks.apply(idle("q", 1, 1, 2, 90));
    assertThat(marks.isIdle()).isTrue();
    marks.apply(mark("q", 1, 0, 2, 95));
    assertThat(marks.isIdle()).isFalse();
    assertThat(marks.watermark()).isEqualTo(95);
  }

  @Test
  void everythingKnownSurvivesACheckpoint() throws Exception {
    marks.apply(mark("a", 1, 0, 2, 100));
    marks.apply(last("a", 1, 1, 2, 400));
    marks.apply(last("b", 3, 0, 1, 700));
    marks.apply(idle("c", 3, 0, 1, 90));
    Marks restored = Marks.parse(marks.toBytes());
    assertThat(restored.watermark()).isEqualTo(marks.watermark());
    restored.apply(last("a", 1, 0, 2, 100));
    marks.apply(last("a", 1, 0, 2, 100));
    assertThat(restored.watermark()).isEqualTo(700).isEqualTo(marks.watermark());
    assertThat(restored.isIdle()).isTrue();
  }

  @Test
  void aMarkIsItsBytes() {
    Mark mark = new Mark("s.q", 1L << 40, 3, 40_000, true, false, -5);
    assertThat(mark.toBytes()).hasSize(21 + 3);
    assertThat(Mark.parse(mark.toBytes())).isEqualTo(mark);
    assertThat(Mark.parse(new byte[20])).isNull();
    assertThat(Mark.parse(new byte[30])).isNull();
  }
}
