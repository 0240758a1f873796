package io.millrace.interop.spark;

import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.write.DataWriter;
import org.apache.spark.sql.connector.write.DataWriterFactory;
import org.apache.spark.sql.connector.write.streaming.StreamingDataWriterFactory;

/** Opens the writers of a plan, in the tasks. */
record TopicWriterFactory(WritePlan plan, int writers)
    implements StreamingDataWriterFactory, DataWriterFactory {
  @Override
  public DataWriter<InternalRow> createWriter(int partitionId, long taskId, long epochId) {
    return new TopicDataWriter(plan, partitionId, writers, epochId);
  }

  /** A batch is one epoch. */
  @Override
  public DataWriter<InternalRow> createWriter(int partitionId, long taskId) {
    return new TopicDataWriter(plan, partitionId, writers, 0);
  }
}
