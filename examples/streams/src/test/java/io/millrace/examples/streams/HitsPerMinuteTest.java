package io.millrace.examples.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.interop.streams.Millrace;
import io.millrace.interop.streams.OfflineWarehouse;
import io.millrace.interop.streams.Row;
import io.millrace.model.Column;
import io.millrace.model.RowSchema;
import io.millrace.model.TypeParser;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The program without a server. */
class HitsPerMinuteTest {
  private static final RowSchema HITS =
      RowSchema.of(column("site", "INT"), column("path", "STRING"), column("seen", "TIMESTAMP(3)"));
  private static final RowSchema SITES =
      new RowSchema(
          List.of(column("id", "INT NOT NULL"), column("country", "STRING NOT NULL")),
          List.of("id"));
  private static final RowSchema MINUTES =
      new RowSchema(
          List.of(
              column("country", "STRING NOT NULL"),
              column("minute_start", "TIMESTAMP(3) NOT NULL"),
              column("hits", "BIGINT NOT NULL")),
          List.of("country", "minute_start"));
  private static final LocalDateTime TEN = LocalDateTime.of(2026, 1, 1, 10, 0);

  private Millrace millrace;
  private TopologyTestDriver driver;
  private TestInputTopic<byte[], Row> hits;
  private TestInputTopic<Row, Row> sites;

  private static Column column(String name, String type) {
    return new Column(name, TypeParser.parse(type));
  }

  @BeforeEach
  void start() {
    OfflineWarehouse warehouse = new OfflineWarehouse();
    warehouse.add("hits", HITS, Optional.of("seen"), Optional.empty());
    warehouse.add("sites", SITES);
    warehouse.add("hits_per_minute", MINUTES);
    millrace = new Millrace(warehouse, new StreamsBuilder());
    HitsPerMinute.build(millrace);
    driver = new TopologyTestDriver(millrace.builder().build(), millrace.properties("test"));
    hits =
        driver.createInputTopic(
            "hits", new ByteArraySerializer(), millrace.valueSerde("hits").serializer());
    sites =
        driver.createInputTopic(
            "sites",
            millrace.keySerde("sites").serializer(),
            millrace.valueSerde("sites").serializer());
  }

  @AfterEach
  void stop() {
    driver.close();
  }

  private void site(int id, String country) {
    sites.pipeInput(Row.of(millrace.keySchema("sites"), id), Row.of(SITES, id, country));
  }

  private void hit(Integer site, LocalDateTime at) {
    hits.pipeInput(Row.of(HITS, site, "/", at));
  }

  private Map<Row, Row> table() {
    return driver
        .createOutputTopic(
            "hits_per_minute",
            millrace.keySerde("hits_per_minute").deserializer(),
            millrace.valueSerde("hits_per_minute").deserializer())
        .readKeyValuesToMap();
  }

  @Test
  void hitsAreCountedByCountryAndMinuteOfTheirEventTime() {
    site(1, "FI");
    site(2, "FI");
    site(3, "SE");
    hit(1, TEN.plusSeconds(1));
    hit(2, TEN.plusSeconds(59));
    hit(3, TEN.plusSeconds(30));
    hit(2, TEN.plusSeconds(60));
    hit(9, TEN.plusSeconds(61));
    hit(null, TEN.plusSeconds(62));
    assertThat(table().values())
        .containsExactlyInAnyOrder(
            Row.of(MINUTES, "FI", TEN, 2L),
            Row.of(MINUTES, "SE", TEN, 1L),
            Row.of(MINUTES, "FI", TEN.plusMinutes(1), 1L));
  }

  /** The table's records are newer than the events: enrichment takes the table as it is. */
  @Test
  void aSiteMovedIsCountedWhereItIsFromThenOn() {
    site(1, "FI");
    hit(1, TEN);
    site(1, "SE");
    hit(1, TEN.plusSeconds(1));
    sites.pipeInput(Row.of(millrace.keySchema("sites"), 1), (Row) null);
    hit(1, TEN.plusSeconds(2));
    assertThat(
            table().values().stream()
                .collect(Collectors.toMap(r -> r.getString("country"), r -> r.getLong("hits"))))
        .isEqualTo(Map.of("FI", 1L, "SE", 1L));
  }
}
