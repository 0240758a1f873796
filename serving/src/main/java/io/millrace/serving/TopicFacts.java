package io.millrace.serving;

import io.millrace.log.LogClient;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Positions;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * What tails have to know of their topics while they run, asked for many topics at once.
 * Thread-safe.
 */
final class TopicFacts implements AutoCloseable {
  private static final long ANSWER_SECONDS = 20;

  private final Admin admin;

  /** One topic: its id changes where it is deleted and made again. */
  record Fact(String id, int partitions) {}

  TopicFacts(LogClient log) {
    this.admin = Admin.create(log.clientProperties());
  }

  /** The topics of that name that there are. */
  Map<String, Fact> find(Collection<String> topics) {
    Map<String, KafkaFuture<TopicDescription>> answers =
        admin.describeTopics(topics).topicNameValues();
    Map<String, Fact> facts = new HashMap<>();
    answers.forEach(
        (topic, answer) ->
            await(answer, "describe topic " + topic)
                .ifPresent(
                    d ->
                        facts.put(topic, new Fact(d.topicId().toString(), d.partitions().size()))));
    return facts;
  }

  /** The oldest offsets of these topics' partitions; a topic that is gone is left out. */
  Map<String, Positions> beginnings(Map<String, Integer> partitionsByTopic) {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    partitionsByTopic.forEach(
        (topic, partitions) -> {
          for (int p = 0; p < partitions; p++) {
            asked.put(new TopicPartition(topic, p), OffsetSpec.earliest());
          }
        });
    ListOffsetsResult answers = admin.listOffsets(asked);
    Map<String, Map<Integer, Long>> offsets = new HashMap<>();
    for (TopicPartition partition : asked.keySet()) {
      await(answers.partitionResult(partition), "read the positions of topic " + partition.topic())
          .ifPresent(
              info ->
                  offsets
                      .computeIfAbsent(partition.topic(), t -> new TreeMap<>())
                      .put(partition.partition(), info.offset()));
    }
    Map<String, Positions> beginnings = new HashMap<>();
    offsets.forEach((topic, o) -> beginnings.put(topic, Positions.of(o)));
    return beginnings;
  }

  /** Empty where the topic is not there. */
  private static <T> Optional<T> await(KafkaFuture<T> answer, String act) {
    try {
      return Optional.of(answer.get(ANSWER_SECONDS, TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return Optional.empty();
      }
      throw new MillraceException(
          ErrorCode.KAFKA_UNAVAILABLE,
          "Cannot " + act + ": " + e.getCause().getMessage(),
          e.getCause());
    } catch (TimeoutException e) {
      throw new MillraceException(
          ErrorCode.KAFKA_UNAVAILABLE, "Cannot " + act + ": Kafka does not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MillraceException(ErrorCode.CANCELLED, "Cannot " + act + ": interrupted", e);
    }
  }

  @Override
  public void close() {
    admin.close(java.time.Duration.ofSeconds(2));
  }
}
