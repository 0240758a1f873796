package io.millrace.flow.cluster;

import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobID;

/** Where a job's numbers come from. Thread-safe. */
interface NumbersSource {
  /** The newest numbers of a job; all zero where it has none. */
  CompletableFuture<JobNumbers> of(JobID job);
}
