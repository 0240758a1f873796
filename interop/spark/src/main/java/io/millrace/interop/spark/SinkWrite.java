package io.millrace.interop.spark;

import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.sink.Sink;
import io.millrace.sink.SinkDefinition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.connector.distributions.Distribution;
import org.apache.spark.sql.connector.distributions.Distributions;
import org.apache.spark.sql.connector.expressions.Expression;
import org.apache.spark.sql.connector.expressions.Expressions;
import org.apache.spark.sql.connector.expressions.SortOrder;
import org.apache.spark.sql.connector.metric.CustomMetric;
import org.apache.spark.sql.connector.write.RequiresDistributionAndOrdering;
import org.apache.spark.sql.connector.write.streaming.StreamingWrite;
import org.apache.spark.sql.types.StructType;

/** A query's frame into a sink. Rows of one key go to one task, or the last one would be chance. */
final class SinkWrite implements RequiresDistributionAndOrdering {
  private final SinkTask.Plan plan;
  private final RowSchema schema;
  private final EpochLedger ledger;

  private SinkWrite(SinkTask.Plan plan, RowSchema schema, EpochLedger ledger) {
    this.plan = plan;
    this.schema = schema;
    this.ledger = ledger;
  }

  /** Checks the frame and the sink's options, and makes the sink ready. */
  static SinkWrite open(SinkOptions options, StructType frame, String queryId) {
    List<String> key = options.primaryKey();
    int op =
        IntStream.range(0, frame.size())
            .filter(i -> frame.fields()[i].name().equalsIgnoreCase(Metadata.OP.column()))
            .findFirst()
            .orElse(-1);
    if (op >= 0 && key.isEmpty()) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION, "Cannot delete rows: option 'primaryKey' is not set")
          .hint("Set it to the columns of the key, or drop column _op.");
    }
    if (!key.isEmpty() && !options.connector().capability().upserts()) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot set rows by key in sink " + options.connector().type() + ": it only appends")
          .hint("Drop option 'primaryKey'.");
    }
    int[] ordinals = IntStream.range(0, frame.size()).filter(i -> i != op).toArray();
    List<Column> all = SparkTypes.fromSpark(frame);
    List<Column> columns = new ArrayList<>();
    for (int ordinal : ordinals) {
      Column column = all.get(ordinal);
      boolean isKey = key.stream().anyMatch(column.name()::equalsIgnoreCase);
      columns.add(
          new Column(
              column.name(), column.type().withNullable(!isKey && column.type().nullable())));
    }
    RowSchema schema = new RowSchema(columns, key);
    Sink sink =
        options
            .connector()
            .create(
                new SinkDefinition(
                    Name.parse(options.name(queryId)),
                    schema,
                    !key.isEmpty(),
                    options.sinkOptions()));
    try {
      return new SinkWrite(
          new SinkTask.Plan(sink, frame, ordinals, op, schema.keyIndexes(), options.dropsRefused()),
          schema,
          new EpochLedger(options.checkpoint() + "/millrace-sink"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Distribution requiredDistribution() {
    return schema.isKeyed()
        ? Distributions.clustered(
            schema.primaryKey().stream().map(Expressions::column).toArray(Expression[]::new))
        : Distributions.unspecified();
  }

  @Override
  public SortOrder[] requiredOrdering() {
    return new SortOrder[0];
  }

  @Override
  public CustomMetric[] supportedCustomMetrics() {
    return new CustomMetric[] {new RowsLeftOut()};
  }

  @Override
  public StreamingWrite toStreaming() {
    return new SinkEpochs(plan, ledger);
  }
}
