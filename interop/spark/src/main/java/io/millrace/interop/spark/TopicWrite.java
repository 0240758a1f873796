package io.millrace.interop.spark;

import org.apache.spark.sql.connector.write.BatchWrite;
import org.apache.spark.sql.connector.write.DataWriterFactory;
import org.apache.spark.sql.connector.write.PhysicalWriteInfo;
import org.apache.spark.sql.connector.write.Write;
import org.apache.spark.sql.connector.write.WriterCommitMessage;
import org.apache.spark.sql.connector.write.streaming.StreamingDataWriterFactory;
import org.apache.spark.sql.connector.write.streaming.StreamingWrite;

/**
 * Rows into a topic, each once. A task writes its rows in one Kafka transaction, together with the
 * note that it has written this epoch; so the driver has nothing left to commit, and where it dies
 * before it knows, the epoch comes again and is written by those tasks alone whose note is missing.
 */
final class TopicWrite implements Write {
  private final WritePlan plan;
  private final Connections connections;
  private final EpochWrites epochs;

  TopicWrite(WritePlan plan, Connections connections, EpochWrites epochs) {
    this.plan = plan;
    this.connections = connections;
    this.epochs = epochs;
  }

  @Override
  public String description() {
    return "millrace " + plan.relation().what();
  }

  @Override
  public BatchWrite toBatch() {
    return new BatchWrite() {
      @Override
      public DataWriterFactory createBatchWriterFactory(PhysicalWriteInfo info) {
        return new TopicWriterFactory(plan, info.numPartitions());
      }

      @Override
      public void commit(WriterCommitMessage[] messages) {}

      @Override
      public void abort(WriterCommitMessage[] messages) {}
    };
  }

  @Override
  public StreamingWrite toStreaming() {
    return new StreamingWrite() {
      @Override
      public StreamingDataWriterFactory createStreamingWriterFactory(PhysicalWriteInfo info) {
        epochs.begin(plan, connections);
        return new TopicWriterFactory(plan, info.numPartitions());
      }

      @Override
      public void commit(long epochId, WriterCommitMessage[] messages) {}

      @Override
      public void abort(long epochId, WriterCommitMessage[] messages) {}
    };
  }
}
