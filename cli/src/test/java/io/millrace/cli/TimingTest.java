package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TimingTest {
  @Test
  void timeIsInMillisecondsAndALongOneInMinutesToo() {
    assertThat(Timing.text(Duration.ofNanos(1_234_567))).isEqualTo("Time: 1.235 ms");
    assertThat(Timing.text(Duration.ofMillis(999))).isEqualTo("Time: 999.000 ms");
    assertThat(Timing.text(Duration.ofMillis(61_002))).isEqualTo("Time: 61002.000 ms (01:01.002)");
    assertThat(Timing.text(Duration.ofMinutes(61)))
        .isEqualTo("Time: 3660000.000 ms (01:01:00.000)");
  }
}
