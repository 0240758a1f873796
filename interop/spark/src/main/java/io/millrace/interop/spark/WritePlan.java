package io.millrace.interop.spark;

import java.io.Serializable;
import java.time.Duration;

/**
 * What is written and under which name. Immutable; sent to the tasks that write.
 *
 * @param queryId stays the same while a streaming query keeps its checkpoint; of a batch, its own
 */
record WritePlan(
    Warehouse warehouse,
    Relation relation,
    WriteColumns columns,
    String queryId,
    Duration transactionTimeout)
    implements Serializable {
  private static final String PREFIX = "millrace-spark/";

  /** How the transactional ids of all its writers begin. */
  String writers() {
    return PREFIX + queryId + "/";
  }

  /** The transactional id of one, and the group under which it notes its epochs. */
  String writer(int number) {
    return writers() + number;
  }
}
