package io.millrace.testserver.snowflake;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What goes wrong on purpose, each once: with the next statement that begins with some words, such
 * as {@code COMMIT}. Thread-safe.
 */
public final class Faults {
  /** How long a statement that nobody lets go is held. */
  private static final long LONGEST_HOLD_SECONDS = 60;

  enum Kind {
    REFUSE,
    LOSE_ANSWER,
    FAIL,
    EXPIRE,
    HOLD
  }

  private record Fault(Kind kind, String words, CountDownLatch reached, CountDownLatch gate) {}

  /** A statement that waits before it runs. */
  public static final class Hold {
    private final Fault fault;

    private Hold(Fault fault) {
      this.fault = fault;
    }

    /** Whether the statement has come. */
    public boolean isReached() {
      return fault.reached().getCount() == 0;
    }

    /** Lets it run. */
    public void release() {
      fault.gate().countDown();
    }
  }

  private final List<Fault> faults = new ArrayList<>();

  /** The statement is not run: the answer is HTTP 503. */
  public void refuse(String words) {
    add(Kind.REFUSE, words);
  }

  /** The statement runs, and the connection is closed instead of an answer. */
  public void loseAnswer(String words) {
    add(Kind.LOSE_ANSWER, words);
  }

  /** The statement is not run and fails for good, as when its warehouse cannot. */
  public void fail(String words) {
    add(Kind.FAIL, words);
  }

  /** The session's token has expired when the statement comes. */
  public void expireToken(String words) {
    add(Kind.EXPIRE, words);
  }

  /** The statement waits until it is let go, or a minute. */
  public Hold hold(String words) {
    return new Hold(add(Kind.HOLD, words));
  }

  private synchronized Fault add(Kind kind, String words) {
    Fault fault =
        new Fault(
            kind, words.toUpperCase(Locale.ROOT), new CountDownLatch(1), new CountDownLatch(1));
    faults.add(fault);
    return fault;
  }

  /** Whether this goes wrong with the statement now; it will not again. */
  boolean strikes(Kind kind, String sql) {
    return take(kind, sql) != null;
  }

  private synchronized Fault take(Kind kind, String sql) {
    String begin = sql.strip().toUpperCase(Locale.ROOT);
    for (Fault fault : faults) {
      if (fault.kind() == kind && begin.startsWith(fault.words())) {
        faults.remove(fault);
        return fault;
      }
    }
    return null;
  }

  void holdIfAsked(String sql) throws InterruptedException {
    Fault fault = take(Kind.HOLD, sql);
    if (fault != null) {
      fault.reached().countDown();
      fault.gate().await(LONGEST_HOLD_SECONDS, TimeUnit.SECONDS);
    }
  }
}
