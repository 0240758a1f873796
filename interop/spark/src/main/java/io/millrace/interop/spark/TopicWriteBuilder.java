package io.millrace.interop.spark;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import org.apache.spark.sql.connector.write.LogicalWriteInfo;
import org.apache.spark.sql.connector.write.Write;
import org.apache.spark.sql.internal.connector.SupportsStreamingUpdateAsAppend;

/**
 * Writes a frame to a stream or table, after it has been compared with the contract. What changed
 * in output mode {@code update} are upserts of a table.
 */
final class TopicWriteBuilder implements SupportsStreamingUpdateAsAppend {
  private final Relation relation;
  private final SourceOptions options;
  private final LogicalWriteInfo info;
  private final EpochWrites epochs;

  TopicWriteBuilder(
      Relation relation, SourceOptions options, LogicalWriteInfo info, EpochWrites epochs) {
    this.relation = relation;
    this.options = options;
    this.info = info;
    this.epochs = epochs;
  }

  @Override
  public Write build() {
    Connections connections = Connections.of(options.warehouse());
    if (connections.log().find(relation.topic() + ".history").isPresent()) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot write to " + relation.what() + ": it has history, which makes its rows")
          .hint("Write its changes to " + relation.name() + "$changes.");
    }
    WriteColumns columns = WriteColumns.check(relation, info.schema());
    return new TopicWrite(
        new WritePlan(
            options.warehouse(),
            relation,
            columns,
            info.queryId(),
            options.get(SourceOptions.TRANSACTION_TIMEOUT)),
        connections,
        epochs);
  }
}
