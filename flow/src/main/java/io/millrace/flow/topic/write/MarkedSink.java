package io.millrace.flow.topic.write;

import io.millrace.flow.topic.Delivery;
import io.millrace.flow.topic.TopicTable;
import java.io.IOException;
import java.util.Collection;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.SupportsWriterState;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.api.dag.Transformation;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaSinkBuilder;
import org.apache.flink.connector.kafka.sink.KafkaWriterState;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessageTypeInfo;
import org.apache.flink.streaming.api.connector.sink2.SupportsPostCommitTopology;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.table.data.RowData;

/**
 * Flink's Kafka sink with two things added: watermarks go along in record headers, and a commit
 * that was lost fails the job instead of being logged.
 */
public final class MarkedSink
    implements Sink<RowData>,
        SupportsWriterState<RowData, KafkaWriterState>,
        SupportsCommitter<Written>,
        SupportsPostCommitTopology<Written> {
  private static final long serialVersionUID = 1L;

  private final TopicTable table;
  private final RecordSerializer serializer;
  private final KafkaSink<RowData> kafka;

  /** Of rows as the table has them. */
  public MarkedSink(TopicTable table, RowLayout layout) {
    this(table, new RowSerializer(table, layout));
  }

  private MarkedSink(TopicTable table, RecordSerializer serializer) {
    this.table = table;
    // One object in both: Java's serialization keeps it one on the task manager.
    this.serializer = serializer;
    this.kafka = kafka(table, serializer);
  }

  /** Of records as {@link RawLayout} tells them, each with one header of this name. */
  public static MarkedSink ofRecords(TopicTable table, String header) {
    return new MarkedSink(table, new RawSerializer(table, header));
  }

  private static KafkaSink<RowData> kafka(TopicTable table, RecordSerializer serializer) {
    KafkaSinkBuilder<RowData> builder =
        KafkaSink.<RowData>builder()
            .setBootstrapServers(table.log().bootstrap())
            .setRecordSerializer(serializer)
            .setProperty("max.request.size", Integer.toString(8 << 20))
            // Kafka's own 16 KiB makes eight times the requests.
            .setProperty("batch.size", Integer.toString(128 << 10))
            // Nobody sees a row of a transaction before its commit, which waits for no linger.
            .setProperty("linger.ms", table.delivery() == Delivery.EXACTLY_ONCE ? "50" : "5")
            .setProperty("register.producer.metrics", "false");
    table.log().clientProperties().forEach(builder::setProperty);
    builder.setProperty("acks", "all").setProperty("enable.idempotence", "true");
    if (table.delivery() == Delivery.EXACTLY_ONCE) {
      builder
          .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
          .setTransactionalIdPrefix(table.transactionPrefix())
          .setTransactionNamingStrategy(TransactionNamingStrategy.POOLING)
          .setProperty(
              "transaction.timeout.ms", Long.toString(table.transactionTimeout().toMillis()));
    } else {
      builder.setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE);
    }
    return builder.build();
  }

  @Override
  public SinkWriter<RowData> createWriter(WriterInitContext context) throws IOException {
    WitnessingContext witness = new WitnessingContext(context);
    Sink<RowData> plain = kafka;
    return new MarkedWriter(table, serializer, plain.createWriter(witness), witness);
  }

  @Override
  public StatefulSinkWriter<RowData, KafkaWriterState> restoreWriter(
      WriterInitContext context, Collection<KafkaWriterState> states) throws IOException {
    WitnessingContext witness = new WitnessingContext(context);
    SupportsWriterState<RowData, KafkaWriterState> stateful = kafka;
    return new MarkedWriter(table, serializer, stateful.restoreWriter(witness, states), witness);
  }

  @Override
  public SimpleVersionedSerializer<KafkaWriterState> getWriterStateSerializer() {
    return kafka.getWriterStateSerializer();
  }

  @Override
  public Committer<Written> createCommitter(CommitterInitContext context) {
    return new SurfacingCommitter(table, kafka.createCommitter(context));
  }

  @Override
  public SimpleVersionedSerializer<Written> getCommittableSerializer() {
    return new Written.Serializer(kafka.getCommittableSerializer());
  }

  /**
   * Keeps the committer beside its writer, as Flink's sink does: they hand producers to each other.
   */
  @Override
  public void addPostCommitTopology(DataStream<CommittableMessage<Written>> committer) {
    if (table.delivery() != Delivery.EXACTLY_ONCE) {
      return;
    }
    Transformation<?> transformation = committer.getTransformation();
    while (transformation.getOutputType() instanceof CommittableMessageTypeInfo
        && transformation.getCoLocationGroupKey() == null) {
      transformation.setCoLocationGroupKey(table.transactionPrefix());
      transformation = transformation.getInputs().get(0);
    }
  }
}
