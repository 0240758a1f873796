package io.millrace.interop.spark;

/** What a query remembers of its writes from epoch to epoch of one run. Used by the driver. */
final class EpochWrites {
  private boolean begun;

  /**
   * In the first epoch of a run: gives up what tasks of an earlier one left open, so that readers
   * get past it even where this run has fewer tasks.
   */
  void begin(WritePlan plan, Connections connections) {
    if (!begun) {
      connections.log().fence(id -> id.startsWith(plan.writers()));
      begun = true;
    }
  }
}
