package io.millrace.flow.topic;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.catalog.DeadLetters;
import io.millrace.flow.DeadLetter;
import io.millrace.flow.topic.mark.Mark;
import io.millrace.model.Name;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;

/**
 * A refused record on its way through its statement once more: its bytes as they were, and in
 * headers whose it is and where it lay.
 */
public final class Replayed {
  /** Stands for the topic of replayed records where partitions are numbered. */
  public static final int PARTITION = -1;

  private static final String PREFIX = "millrace.";
  private static final String STATEMENT = PREFIX + "statement";
  private static final String CREATED = PREFIX + "created";
  private static final String TOPIC = PREFIX + "topic";
  private static final String PARTITION_NUMBER = PREFIX + "partition";
  private static final String OFFSET = PREFIX + "offset";
  private static final String TIMESTAMP = PREFIX + "timestamp";

  private Replayed() {}

  /** For the statement that was created then, and for none of that name before or after it. */
  static ProducerRecord<byte[], byte[]> of(DeadLetter letter, Instant created) {
    Headers headers = new RecordHeaders();
    letter
        .headers()
        .forEach(
            (name, value) -> {
              // It is not part of its partition any more, so it says nothing about time there.
              if (!name.equals(Mark.HEADER)) {
                headers.add(name, value);
              }
            });
    add(headers, STATEMENT, letter.statement().folded());
    add(headers, CREATED, Long.toString(created.toEpochMilli()));
    add(headers, TOPIC, letter.topic());
    add(headers, PARTITION_NUMBER, Integer.toString(letter.partition()));
    add(headers, OFFSET, Long.toString(letter.offset()));
    add(headers, TIMESTAMP, Long.toString(letter.timestamp().toEpochMilli()));
    return new ProducerRecord<>(
        DeadLetters.REPLAYS, 0, null, letter.key(), letter.value(), headers);
  }

  private static void add(Headers headers, String name, String value) {
    headers.add(name, value.getBytes(UTF_8));
  }

  /** The record as it lay in its topic, if it is for this statement's reader of that topic. */
  public static Optional<ConsumerRecord<byte[], byte[]>> original(
      ConsumerRecord<byte[], byte[]> replayed, TopicTable table, Name statement, Instant created) {
    Headers headers = replayed.headers();
    if (!text(headers, STATEMENT).equals(statement.folded())
        || !text(headers, CREATED).equals(Long.toString(created.toEpochMilli()))
        || !text(headers, TOPIC).equals(table.relation().topic())) {
      return Optional.empty();
    }
    Headers own = new RecordHeaders();
    for (Header header : headers) {
      if (!header.key().startsWith(PREFIX)) {
        own.add(header);
      }
    }
    return Optional.of(
        new ConsumerRecord<>(
            table.relation().topic(),
            Integer.parseInt(text(headers, PARTITION_NUMBER)),
            Long.parseLong(text(headers, OFFSET)),
            Long.parseLong(text(headers, TIMESTAMP)),
            TimestampType.CREATE_TIME,
            replayed.serializedKeySize(),
            replayed.serializedValueSize(),
            replayed.key(),
            replayed.value(),
            own,
            Optional.empty()));
  }

  private static String text(Headers headers, String name) {
    Header header = headers.lastHeader(name);
    return header == null ? "" : new String(header.value(), UTF_8);
  }
}
