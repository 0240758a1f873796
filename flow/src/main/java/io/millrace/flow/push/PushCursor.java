package io.millrace.flow.push;

import io.millrace.flow.ChangeCursor;
import io.millrace.flow.LeftOut;
import io.millrace.flow.cluster.Failures;
import io.millrace.flow.plan.QueryPlanner;
import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Flink's iterator blocks until a row comes, so a thread of its own fetches and a bounded queue
 * stands between: a slow reader slows the query down and loses nothing.
 */
final class PushCursor implements ChangeCursor {
  private static final Logger LOG = LoggerFactory.getLogger(PushCursor.class);
  private static final int AHEAD = 1000;
  private static final Row END = new Row(0);

  private final List<Column> columns;
  private final CloseableIterator<Row> rows;
  private final Supplier<LeftOut> leftOut;
  private final BlockingQueue<Row> queue = new ArrayBlockingQueue<>(AHEAD);
  private final Thread fetcher;

  private volatile Throwable failure;
  private volatile boolean closed;
  private volatile boolean ended;
  private Row current;

  /** {@code leftOut} waits for the end of the job and tells what it left out. */
  PushCursor(String name, QueryPlanner.Running query, Supplier<LeftOut> leftOut) {
    this.columns = query.columns();
    this.rows = query.result().collect();
    this.leftOut = leftOut;
    this.fetcher = new Thread(this::fetch, name);
    fetcher.setDaemon(true);
    fetcher.start();
  }

  private void fetch() {
    try {
      while (!closed && rows.hasNext()) {
        queue.put(rows.next());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Throwable e) {
      failure = e;
    }
    putEnd();
  }

  private void putEnd() {
    try {
      if (!closed) {
        queue.put(END);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public List<Column> columns() {
    return columns;
  }

  @Override
  public boolean next(Duration timeout) {
    if (ended || closed) {
      return false;
    }
    Row row;
    try {
      row = queue.poll(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MillraceException(ErrorCode.CANCELLED, "Cannot go on reading: interrupted", e);
    }
    if (row == END) {
      ended = true;
      if (failure != null && !closed) {
        throw new MillraceException(
            ErrorCode.QUERY_FAILED,
            "Failed to run the query: " + Failures.sentence(failure),
            failure);
      }
      return false;
    }
    if (row != null) {
      current = row;
    }
    return row != null;
  }

  @Override
  public char op() {
    return switch (current.getKind()) {
      case INSERT -> '+';
      case DELETE -> '-';
      case UPDATE_BEFORE -> 'u';
      case UPDATE_AFTER -> 'U';
    };
  }

  @Override
  public Object value(int column) {
    return DoorValues.of(current.getField(column), columns.get(column).type());
  }

  @Override
  public boolean finished() {
    return ended || closed;
  }

  @Override
  public LeftOut leftOut() {
    return leftOut.get();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      rows.close();
    } catch (Exception e) {
      // The job may have ended a moment before it was to be cancelled.
      LOG.debug("Closing a push query", e);
    }
    fetcher.interrupt();
  }
}
