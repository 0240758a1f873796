package io.millrace.interop.spark;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * What a writer last wrote: kept as the committed offset of a group of its own, because an offset
 * can be committed within the transaction of the rows.
 *
 * @param rows how many rows it wrote
 * @param digest of those rows, in whatever order
 * @param writers of how many writers it was one
 */
record EpochNote(long epoch, long rows, long digest, int writers) {
  private static final Pattern TEXT =
      Pattern.compile("epoch=(\\d+) rows=(\\d+) digest=(-?\\d+) writers=(\\d+)");

  /** The group's one partition. */
  private static TopicPartition place(WritePlan plan) {
    return new TopicPartition(plan.relation().topic(), 0);
  }

  /** What goes into the transaction. */
  Map<TopicPartition, OffsetAndMetadata> offsets(WritePlan plan) {
    return Map.of(
        place(plan),
        new OffsetAndMetadata(
            epoch + 1,
            "epoch=" + epoch + " rows=" + rows + " digest=" + digest + " writers=" + writers));
  }

  /** The note of a writer; a transaction of its that is still open is waited for. */
  static Optional<EpochNote> find(Connections connections, WritePlan plan, int writer) {
    try (Consumer<byte[], byte[]> group =
        connections.log().consumer(Map.of(ConsumerConfig.GROUP_ID_CONFIG, plan.writer(writer)))) {
      OffsetAndMetadata kept = group.committed(Set.of(place(plan))).get(place(plan));
      return kept == null ? Optional.empty() : Optional.of(parse(kept.metadata()));
    }
  }

  private static EpochNote parse(String text) {
    Matcher found = TEXT.matcher(text);
    if (!found.matches()) {
      throw new IllegalStateException("The note of a writer is not its own: " + text);
    }
    return new EpochNote(
        Long.parseLong(found.group(1)),
        Long.parseLong(found.group(2)),
        Long.parseLong(found.group(3)),
        Integer.parseInt(found.group(4)));
  }
}
