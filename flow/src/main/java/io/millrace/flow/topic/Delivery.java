package io.millrace.flow.topic;

/** What a writer promises about rows that it writes again after a failure. */
public enum Delivery {
  /** Kafka transactions, committed with Flink's checkpoints. */
  EXACTLY_ONCE,
  /** Visible at once; rows since the last checkpoint may be written twice after a failure. */
  AT_LEAST_ONCE
}
