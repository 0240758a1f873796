package io.millrace.testserver.snowflake;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * UPDATE, DELETE and MERGE hold a table until their transaction ends, and whoever wants it
 * meanwhile waits ("Transactions", "Resource locking"). A transaction that is idle while another
 * waits for it is aborted after a time ("Aborting transactions": five minutes; here it can be
 * shorter). Thread-safe.
 */
final class TableLocks {
  private final Duration idle;
  private final Duration patience;
  private final Map<ObjectName, Session> owners = new HashMap<>();

  TableLocks(Duration idle, Duration patience) {
    this.idle = idle;
    this.patience = patience;
  }

  /** Waits for the table; answers whom to abort because it has been idle for too long, or null. */
  synchronized Session acquire(ObjectName table, Session session)
      throws SnowflakeException, InterruptedException {
    long begun = System.nanoTime();
    while (true) {
      Session owner = owners.get(table);
      if (owner == null || owner == session) {
        owners.put(table, session);
        return null;
      }
      if (owner.isIdleFor(idle)) {
        return owner;
      }
      long left = patience.toNanos() - (System.nanoTime() - begun);
      if (left <= 0) {
        throw new SnowflakeException(
            "000625",
            "57014",
            "Statement was aborted: lock timeout exceeded waiting for " + table + ".");
      }
      wait(Math.max(1, Math.min(left, idle.toNanos()) / 1_000_000 / 4));
    }
  }

  synchronized void release(Session session) {
    owners.values().removeIf(owner -> owner == session);
    notifyAll();
  }
}
