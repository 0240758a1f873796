package io.millrace.interop.spark;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Positions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.apache.spark.sql.connector.metric.CustomMetric;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.streaming.MicroBatchStream;
import org.apache.spark.sql.types.StructType;

/** A read of a stream or table, as a batch or epoch by epoch. */
final class TopicScan implements Scan, Batch {
  private final Relation relation;
  private final SourceOptions options;
  private final StructType columns;
  private final Bounds bounds;
  private final Connections connections;
  private final Ranges ranges;

  TopicScan(Relation relation, SourceOptions options, StructType columns, Bounds bounds) {
    this.relation = relation;
    this.options = options;
    this.columns = columns;
    this.bounds = bounds;
    this.connections = Connections.of(options.warehouse());
    this.ranges = new Ranges(options, connections, relation.topic());
  }

  /** Whether a batch gives a table's rows as they are now. */
  static boolean givesCurrentRows(Relation relation, SourceOptions options) {
    return relation.isTable() && !options.get(SourceOptions.CHANGES);
  }

  @Override
  public StructType readSchema() {
    return columns;
  }

  @Override
  public String description() {
    return relation.what() + " " + Arrays.toString(columns.fieldNames()) + bounds;
  }

  @Override
  public ColumnarSupportMode columnarSupportMode() {
    return ColumnarSupportMode.SUPPORTED;
  }

  @Override
  public CustomMetric[] supportedCustomMetrics() {
    return new CustomMetric[] {new RowsLeftOut()};
  }

  private ReadPlan plan(boolean currentRows) {
    return ReadPlan.of(
        options.warehouse(), relation, columns, currentRows, options.dropsMalformed());
  }

  @Override
  public Batch toBatch() {
    return this;
  }

  @Override
  public InputPartition[] planInputPartitions() {
    if (givesCurrentRows(relation, options) && ranges.isGiven()) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION,
              "Cannot read a range of offsets of "
                  + relation.what()
                  + ": its current rows have none")
          .hint("Option 'changes' = 'on' reads the table's changes.");
    }
    Positions start = bounds.start(ranges.start("earliest"), connections, relation.topic());
    return ranges.plan(start, bounds.end(start, ranges.end()));
  }

  @Override
  public PartitionReaderFactory createReaderFactory() {
    return new RangeReaderFactory(plan(givesCurrentRows(relation, options)));
  }

  @Override
  public MicroBatchStream toMicroBatchStream(String checkpointLocation) {
    try {
      return new TopicStream(
          relation.topic(),
          options,
          connections,
          ranges,
          plan(false),
          new CheckpointFolder(checkpointLocation));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
