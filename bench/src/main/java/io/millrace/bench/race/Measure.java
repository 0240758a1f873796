package io.millrace.bench.race;

import java.time.Duration;

/**
 * One pass of one engine.
 *
 * @param rows rows written
 * @param time from the moment the lines appeared to the last commit of a row
 * @param engineCpu CPU time of the engine's process meanwhile
 * @param brokerCpu CPU time of the broker's process meanwhile
 */
public record Measure(long rows, Duration time, Duration engineCpu, Duration brokerCpu) {
  double rowsPerSecond() {
    return rows / seconds(time);
  }

  /** CPU-seconds per million rows, the broker's included. */
  double cpuPerMillion() {
    return enginePerMillion() + brokerPerMillion();
  }

  double enginePerMillion() {
    return seconds(engineCpu) / rows * 1e6;
  }

  double brokerPerMillion() {
    return seconds(brokerCpu) / rows * 1e6;
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
