package io.millrace.interop.spark;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Positions;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.connector.read.InputPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which offsets of a topic are read, by the options. Used by the driver. */
final class Ranges {
  private static final Logger LOG = LoggerFactory.getLogger(Ranges.class);
  private static final long LATEST = -1;
  private static final long EARLIEST = -2;

  private final SourceOptions options;
  private final Connections connections;
  private final String topic;

  Ranges(SourceOptions options, Connections connections, String topic) {
    this.options = options;
    this.connections = connections;
    this.topic = topic;
  }

  /** Where reading begins; {@code usual} is {@code earliest} or {@code latest}. */
  Positions start(String usual) {
    Optional<String> timestamp = options.find(SourceOptions.STARTING_TIMESTAMP);
    Optional<String> offsets = options.find(SourceOptions.STARTING_OFFSETS);
    requireOne("starting", timestamp, offsets);
    return timestamp
        .map(text -> connections.log().at(topic, instant("startingTimestamp", text)))
        .orElseGet(() -> offsets(offsets.orElse(usual)));
  }

  /** Where a batch ends. */
  Positions end() {
    Optional<String> timestamp = options.find(SourceOptions.ENDING_TIMESTAMP);
    Optional<String> offsets = options.find(SourceOptions.ENDING_OFFSETS);
    requireOne("ending", timestamp, offsets);
    return timestamp
        .map(text -> connections.log().at(topic, instant("endingTimestamp", text)))
        .orElseGet(() -> offsets(offsets.orElse("latest")));
  }

  /** Whether a range is given that a table's current rows do not have. */
  boolean isGiven() {
    return options.find(SourceOptions.STARTING_TIMESTAMP).isPresent()
        || options.find(SourceOptions.STARTING_OFFSETS).isPresent()
        || options.find(SourceOptions.ENDING_TIMESTAMP).isPresent()
        || options.find(SourceOptions.ENDING_OFFSETS).isPresent();
  }

  private static void requireOne(String side, Optional<String> one, Optional<String> other) {
    if (one.isPresent() && other.isPresent()) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION,
              "Invalid options: both " + side + "Timestamp and " + side + "Offsets are set")
          .hint("Keep one of them.");
    }
  }

  private static Instant instant(String option, String text) {
    try {
      return text.matches("-?\\d+")
          ? Instant.ofEpochMilli(Long.parseLong(text))
          : Instant.parse(text);
    } catch (DateTimeParseException | NumberFormatException e) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION, "Invalid value for '" + option + "': " + text, e)
          .hint("Write milliseconds since 1970, or 2026-01-31T10:00:00Z.");
    }
  }

  private Positions offsets(String text) {
    if (text.equalsIgnoreCase("earliest")) {
      return connections.log().beginning(topic);
    }
    Positions end = connections.log().end(topic);
    if (text.equalsIgnoreCase("latest")) {
      return end;
    }
    Positions given = StreamOffset.parse(topic, text).positions();
    if (!given.offsets().keySet().equals(end.offsets().keySet())) {
      throw new MillraceException(
              ErrorCode.INVALID_OPTION,
              "Invalid offsets: " + text + " names partitions " + given.offsets().keySet())
          .hint("Topic " + topic + " has partitions " + end.offsets().keySet() + ".");
    }
    Positions beginning = connections.log().beginning(topic);
    Map<Integer, Long> offsets = new TreeMap<>(given.offsets());
    offsets.replaceAll(
        (partition, offset) ->
            offset == LATEST
                ? end.offsets().get(partition)
                : offset == EARLIEST ? beginning.offsets().get(partition) : offset);
    return Positions.of(offsets);
  }

  /**
   * The parts of a batch or epoch. A partition that is new since {@code start} is read from its
   * beginning. DATA_EXPIRED where retention has removed what is to be read.
   */
  InputPartition[] plan(Positions start, Positions end) {
    Positions beginning = connections.log().beginning(topic);
    List<InputPartition> parts = new ArrayList<>();
    end.offsets()
        .forEach(
            (partition, to) -> {
              long first = beginning.offsets().getOrDefault(partition, 0L);
              long from = start.offsets().getOrDefault(partition, first);
              if (from < to && from < first) {
                from = skipped(partition, from, first);
              } else if (from > to) {
                throw Expired.at(connections, topic, partition, from);
              }
              if (from < to) {
                parts.add(new PartitionRange(topic, partition, from, to));
              }
            });
    return parts.toArray(InputPartition[]::new);
  }

  private long skipped(int partition, long from, long first) {
    MillraceException expired = Expired.at(connections, topic, partition, from);
    if (!options.get(SourceOptions.SKIP_EXPIRED)) {
      throw expired;
    }
    LOG.warn("{}; going on from offset {} as 'skipExpired' says", expired.getMessage(), first);
    return first;
  }
}
