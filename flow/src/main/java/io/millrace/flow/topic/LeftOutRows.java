package io.millrace.flow.topic;

import io.millrace.flow.LeftOut;
import org.apache.flink.api.common.accumulators.Accumulator;
import org.apache.flink.api.common.functions.RuntimeContext;

/**
 * Counts what the readers of a statement of the moment leave out, and travels to whoever asked with
 * the job's result. One thread adds, any may look.
 */
public final class LeftOutRows implements Accumulator<String, LeftOut> {
  private static final long serialVersionUID = 1L;

  /** Its name among a job's accumulators. */
  public static final String NAME = "millraceLeftOut";

  private volatile LeftOut sum = LeftOut.NONE;

  /** The one of this task, which several readers may share. */
  public static LeftOutRows of(RuntimeContext context) {
    Accumulator<String, LeftOut> known = context.getAccumulator(NAME);
    if (known != null) {
      return (LeftOutRows) known;
    }
    LeftOutRows made = new LeftOutRows();
    context.addAccumulator(NAME, made);
    return made;
  }

  /** One row more is left out for this reason. */
  @Override
  public void add(String reason) {
    sum = sum.rows() > 0 ? sum.and(new LeftOut(1, "")) : new LeftOut(1, reason);
  }

  @Override
  public LeftOut getLocalValue() {
    return sum;
  }

  @Override
  public void resetLocal() {
    sum = LeftOut.NONE;
  }

  @Override
  public void merge(Accumulator<String, LeftOut> other) {
    sum = sum.and(other.getLocalValue());
  }

  @Override
  public LeftOutRows clone() {
    LeftOutRows copy = new LeftOutRows();
    copy.sum = sum;
    return copy;
  }
}
