package io.millrace.flow.cluster;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.runtime.jobgraph.OperatorID;

/** Where a job's numbers come from. Thread-safe. */
interface NumbersSource {
  /**
   * The newest numbers of a job; all zero where it has none. Rows, lag and time are those of {@code
   * operators} alone, each the head of a chain or within one; of all where none is named.
   */
  CompletableFuture<JobNumbers> of(JobID job, Set<OperatorID> operators);
}
