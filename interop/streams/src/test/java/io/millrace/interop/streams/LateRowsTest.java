package io.millrace.interop.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.Column;
import io.millrace.model.RowSchema;
import io.millrace.model.TypeParser;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.Windowed;
import org.junit.jupiter.api.Test;

/**
 * What the guide warns of. Two partitions, each with an hour of rows in order, are regrouped into
 * one. Kafka Streams takes the newest time seen in the regrouped partition for the time that it is,
 * and nothing holds back the reader that runs ahead.
 */
class LateRowsTest {
  private static final RowSchema HITS =
      RowSchema.of(
          new Column("site", TypeParser.parse("STRING")),
          new Column("at", TypeParser.parse("TIMESTAMP(3)")));
  private static final LocalDateTime TEN = LocalDateTime.of(2026, 1, 1, 10, 0);

  private record Outcome(long counted, double dropped) {}

  /** An hour of rows, one a minute, in order. */
  private static List<Row> partition(String site) {
    return IntStream.range(0, 60).mapToObj(i -> Row.of(HITS, site, TEN.plusMinutes(i))).toList();
  }

  /**
   * Counts by the minute, one minute of grace, in the order in which a repartition topic has them.
   */
  private static Outcome count(List<Row> rows) {
    OfflineWarehouse warehouse = new OfflineWarehouse();
    warehouse.add("hits", HITS, Optional.of("at"), Optional.empty());
    Millrace millrace = new Millrace(warehouse, new StreamsBuilder());
    List<Windowed<String>> counted = new ArrayList<>();
    millrace.stream("hits")
        .groupBy(
            (none, hit) -> "all",
            Grouped.with("regrouped", Serdes.String(), millrace.valueSerde("hits")))
        .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMinutes(1), Duration.ofMinutes(1)))
        .count(Materialized.as(Materialized.StoreType.IN_MEMORY))
        .toStream()
        .foreach((window, hits) -> counted.add(window));
    try (TopologyTestDriver driver =
        new TopologyTestDriver(millrace.builder().build(), millrace.properties("late"))) {
      TestInputTopic<byte[], Row> input =
          driver.createInputTopic(
              "hits", new ByteArraySerializer(), millrace.valueSerde("hits").serializer());
      rows.forEach(input::pipeInput);
      double dropped =
          driver.metrics().values().stream()
              .filter(metric -> metric.metricName().name().equals("dropped-records-total"))
              .mapToDouble(metric -> (Double) metric.metricValue())
              .sum();
      return new Outcome(counted.size(), dropped);
    }
  }

  @Test
  void onTimeRowsAreDroppedInSilenceWhereOneReaderRunsAhead() {
    List<Row> caughtUp = new ArrayList<>(partition("a"));
    caughtUp.addAll(partition("b"));
    Outcome outcome = count(caughtUp);
    // Of the second reader's hour only the two minutes whose windows are still open are left.
    assertThat(outcome).isEqualTo(new Outcome(60 + 2, 58));
  }

  @Test
  void noRowIsDroppedWhereOrderSurvivedTheLog() {
    List<Row> inOrder = new ArrayList<>(partition("a"));
    inOrder.addAll(partition("b"));
    inOrder.sort(Comparator.comparing(row -> row.getTimestamp("at")));
    assertThat(count(inOrder)).isEqualTo(new Outcome(120, 0));
  }
}
