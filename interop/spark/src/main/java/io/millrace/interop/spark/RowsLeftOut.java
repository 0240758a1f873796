package io.millrace.interop.spark;

import org.apache.spark.sql.connector.metric.CustomSumMetric;
import org.apache.spark.sql.connector.metric.CustomTaskMetric;

/** How many rows were malformed or refused and left out, as Spark's pages show it. */
public final class RowsLeftOut extends CustomSumMetric {
  private static final String NAME = "rowsLeftOut";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String description() {
    return "rows left out";
  }

  static CustomTaskMetric of(long rows) {
    return new CustomTaskMetric() {
      @Override
      public String name() {
        return NAME;
      }

      @Override
      public long value() {
        return rows;
      }
    };
  }
}
