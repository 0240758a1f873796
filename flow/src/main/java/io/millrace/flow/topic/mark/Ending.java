package io.millrace.flow.topic.mark;

import io.millrace.log.LogClient;
import io.millrace.log.TopicInfo;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * Tells the readers of a topic that a statement fills it no more. A statement that is dropped
 * leaves no final mark, and readers would wait for its writers for ever. Whoever drops a statement
 * whose target stays calls this once its job has stopped.
 */
public final class Ending {
  private Ending() {}

  /** {@code epoch} is higher than that of any submission of the statement. */
  public static void write(LogClient log, String topic, Name statement, long epoch) {
    TopicInfo info =
        log.find(topic)
            .orElseThrow(
                () ->
                    new MillraceException(
                        ErrorCode.NOT_FOUND,
                        "Cannot end " + statement + " in topic " + topic + ": it does not exist"));
    String writer = statement.toString();
    byte[] key = info.compacted() ? Mark.controlKey(writer, 0) : null;
    byte[] mark = new Mark(writer, epoch, 0, 1, true, false, Long.MIN_VALUE).toBytes();
    try (Producer<byte[], byte[]> producer = log.producer(Map.of())) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (int p = 0; p < info.partitions(); p++) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, p, key, null);
        record.headers().add(Mark.HEADER, mark);
        sent.add(producer.send(record));
      }
      for (Future<RecordMetadata> one : sent) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw new MillraceException(
          ErrorCode.KAFKA_UNAVAILABLE,
          "Cannot end " + statement + " in topic " + topic + ": " + e.getCause().getMessage(),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MillraceException(
          ErrorCode.CANCELLED, "Cannot end " + statement + " in topic " + topic, e);
    }
  }
}
