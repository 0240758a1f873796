package io.millrace.flow.job;

/** Where a job keeps its state between checkpoints, in Flink's words. */
public enum StateBackend {
  /** On the heap; a checkpoint writes all of it. */
  HASHMAP,
  /** On disk, some of it in memory; a checkpoint writes what is new. */
  ROCKSDB
}
