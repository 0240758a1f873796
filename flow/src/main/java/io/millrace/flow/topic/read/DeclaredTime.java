package io.millrace.flow.topic.read;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.lang.reflect.Field;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.generated.GeneratedWatermarkGeneratorSupplier.DefaultWatermarkGenerator;
import org.apache.flink.util.clock.RelativeClock;
import org.apache.flink.util.clock.SystemClock;

/**
 * The WATERMARK of a declaration. The planner compiles its expression and wraps it in a generator
 * that keeps the highest value to itself; whether a row is late can only be told from the row's own
 * value, so what it wraps is taken out.
 */
public final class DeclaredTime implements EventTime<RowData> {
  private static final long serialVersionUID = 1L;

  private final WatermarkStrategy<RowData> strategy;
  private transient org.apache.flink.table.runtime.generated.WatermarkGenerator expression;

  public DeclaredTime(WatermarkStrategy<RowData> strategy) {
    this.strategy = strategy;
  }

  @Override
  public void open(SourceReaderContext context) {
    WatermarkGenerator<RowData> generator =
        strategy.createWatermarkGenerator(
            new WatermarkGeneratorSupplier.Context() {
              @Override
              public MetricGroup getMetricGroup() {
                return context.metricGroup();
              }

              @Override
              public RelativeClock getInputActivityClock() {
                return SystemClock.getInstance();
              }
            });
    try {
      Field wrapped = DefaultWatermarkGenerator.class.getDeclaredField("innerWatermarkGenerator");
      wrapped.setAccessible(true);
      expression =
          (org.apache.flink.table.runtime.generated.WatermarkGenerator) wrapped.get(generator);
    } catch (ReflectiveOperationException e) {
      throw new MillraceException(
          ErrorCode.INTERNAL_ERROR, "Cannot read a watermark's expression out of Flink", e);
    }
  }

  @Override
  public boolean declaresWatermarks() {
    return true;
  }

  @Override
  public long watermark(RowData row) {
    try {
      Long watermark = expression.currentWatermark(row);
      return watermark == null ? NONE : watermark;
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public long timestamp(RowData row) {
    try {
      return expression.extractTimestamp(row);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
