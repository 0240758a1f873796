package io.millrace.flow.topic.write;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.apache.flink.api.common.JobInfo;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.common.operators.ProcessingTimeService;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.metrics.groups.SinkWriterMetricGroup;
import org.apache.flink.util.UserCodeClassLoader;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * A writer's context that remembers where acknowledged records lie. The producer's thread tells of
 * them; a flush stands between that and {@link #take}, which belongs to the task's thread.
 */
final class WitnessingContext implements WriterInitContext {
  private final WriterInitContext context;
  private Places places = new Places();

  WitnessingContext(WriterInitContext context) {
    this.context = context;
  }

  /** The records acknowledged since last asked. Called after a flush. */
  Places take() {
    Places taken = places;
    places = new Places();
    return taken;
  }

  @Override
  @SuppressWarnings("unchecked")
  public <M> Optional<Consumer<M>> metadataConsumer() {
    Consumer<RecordMetadata> witness =
        metadata -> places.add(metadata.partition(), metadata.hasOffset() ? metadata.offset() : -1);
    return Optional.of((Consumer<M>) witness);
  }

  @Override
  public UserCodeClassLoader getUserCodeClassLoader() {
    return context.getUserCodeClassLoader();
  }

  @Override
  public MailboxExecutor getMailboxExecutor() {
    return context.getMailboxExecutor();
  }

  @Override
  public ProcessingTimeService getProcessingTimeService() {
    return context.getProcessingTimeService();
  }

  @Override
  public SinkWriterMetricGroup metricGroup() {
    return context.metricGroup();
  }

  @Override
  public SerializationSchema.InitializationContext asSerializationSchemaInitializationContext() {
    return context.asSerializationSchemaInitializationContext();
  }

  @Override
  public boolean isObjectReuseEnabled() {
    return context.isObjectReuseEnabled();
  }

  @Override
  public <I> TypeSerializer<I> createInputSerializer() {
    return context.createInputSerializer();
  }

  @Override
  public OptionalLong getRestoredCheckpointId() {
    return context.getRestoredCheckpointId();
  }

  @Override
  public JobInfo getJobInfo() {
    return context.getJobInfo();
  }

  @Override
  public TaskInfo getTaskInfo() {
    return context.getTaskInfo();
  }
}
