package io.millrace.flow.delivery;

import io.millrace.flow.topic.FlowMetrics;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/** Tells when rows were last committed. Written by one thread, read by any. */
final class LastCommit {
  private volatile long at = -1;

  LastCommit(MetricGroup group) {
    group.gauge(FlowMetrics.LAST_COMMIT, (Gauge<Long>) () -> at);
  }

  void now() {
    at = System.currentTimeMillis();
  }
}
