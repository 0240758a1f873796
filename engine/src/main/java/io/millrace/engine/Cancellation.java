package io.millrace.engine;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;

/** Lets one thread ask a running statement to stop. Thread-safe; a statement is cancelled once. */
public final class Cancellation {
  private boolean cancelled;
  private Runnable action = () -> {};

  /** Stops the statement; further calls do nothing. */
  public void cancel() {
    Runnable stop;
    synchronized (this) {
      if (cancelled) {
        return;
      }
      cancelled = true;
      stop = action;
    }
    stop.run();
  }

  public synchronized boolean isCancelled() {
    return cancelled;
  }

  /** What to do on {@link #cancel}; runs at once where that has happened already. */
  public void onCancel(Runnable stop) {
    synchronized (this) {
      action = stop;
      if (!cancelled) {
        return;
      }
    }
    stop.run();
  }

  /** Throws CANCELLED if the statement was cancelled. */
  public void check() {
    if (isCancelled()) {
      throw new MillraceException(ErrorCode.CANCELLED, "Cannot go on: the statement was cancelled");
    }
  }
}
