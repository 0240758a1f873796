package io.millrace.source.extract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  private static List<String> times(Schedule schedule, String from, int count) {
    List<String> times = new ArrayList<>();
    Instant at = Instant.parse(from);
    for (int i = 0; i < count; i++) {
      at = schedule.after(at).orElseThrow();
      times.add(at.toString());
    }
    return times;
  }

  /** 2026-03-29, 02:00 to 03:00 in Berlin: no such time. */
  @Test
  void whatFallsIntoTheGapRunsRightAfterIt() {
    assertThat(times(Schedule.cron("30 2 * * *", BERLIN), "2026-03-27T12:00:00Z", 4))
        .containsExactly(
            "2026-03-28T01:30:00Z",
            "2026-03-29T01:00:00Z",
            "2026-03-30T00:30:00Z",
            "2026-03-31T00:30:00Z");
    assertThat(times(Schedule.cron("*/20 * * * *", BERLIN), "2026-03-29T00:30:00Z", 4))
        .containsExactly(
            "2026-03-29T00:40:00Z",
            "2026-03-29T01:00:00Z",
            "2026-03-29T01:20:00Z",
            "2026-03-29T01:40:00Z");
  }

  /** 2026-10-25, 02:00 to 03:00 in Berlin: twice. */
  @Test
  void whatFallsIntoTheRepeatedTimeRunsInItsFirstPass() {
    assertThat(times(Schedule.cron("30 2 * * *", BERLIN), "2026-10-24T12:00:00Z", 2))
        .containsExactly("2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z");
    assertThat(times(Schedule.cron("0 * * * *", BERLIN), "2026-10-24T23:30:00Z", 3))
        .containsExactly("2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z", "2026-10-25T03:00:00Z");
    // asked in the second pass
    assertThat(times(Schedule.cron("30 2 * * *", BERLIN), "2026-10-25T01:10:00Z", 1))
        .containsExactly("2026-10-26T01:30:00Z");
  }

  @Test
  void theSameExpressionIsAnotherTimeInAnotherZone() {
    String from = "2026-07-01T00:00:00Z";
    assertThat(times(Schedule.cron("0 6 * * 1-5", ZoneId.of("America/New_York")), from, 1))
        .containsExactly("2026-07-01T10:00:00Z");
    assertThat(times(Schedule.cron("0 6 * * 1-5", ZoneId.of("Asia/Kolkata")), from, 1))
        .containsExactly("2026-07-01T00:30:00Z");
  }

  @Test
  void intervalsAreCountedFromTheEpoch() {
    assertThat(times(Schedule.every(Duration.ofHours(1)), "2026-07-01T10:59:59.999Z", 2))
        .containsExactly("2026-07-01T11:00:00Z", "2026-07-01T12:00:00Z");
    assertThat(Schedule.cron("0 0 30 2 *", BERLIN).after(Instant.EPOCH)).isEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> Schedule.cron("61 * * * *", BERLIN));
  }
}
