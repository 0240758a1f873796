package io.millrace.examples.streams;

import io.millrace.interop.streams.Millrace;
import io.millrace.interop.streams.Row;
import io.millrace.model.RowSchema;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.TimeWindows;

/**
 * Counts the hits of each minute by the country of their site: stream {@code hits}, joined to table
 * {@code sites}, into table {@code hits_per_minute}; {@code hits.sql} makes all three. Run it with
 * a server's URL and, if you like, settings of Kafka Streams as {@code key=value}; it ends with the
 * process.
 */
public final class HitsPerMinute {
  /** Rows further behind are lost in catch-up: as far back as the program may have to read. */
  private static final Duration BACKLOG = Duration.ofDays(1);

  private HitsPerMinute() {}

  public static void main(String[] arguments) throws InterruptedException {
    Millrace millrace =
        Millrace.connect(arguments.length > 0 ? arguments[0] : "http://localhost:8080");
    build(millrace);
    Properties properties = millrace.properties("hits-per-minute");
    Arrays.stream(arguments)
        .skip(1)
        .map(setting -> setting.split("=", 2))
        .forEach(setting -> properties.put(setting[0], setting[1]));
    try (KafkaStreams streams = new KafkaStreams(millrace.builder().build(), properties)) {
      streams.start();
      new CountDownLatch(1).await();
    }
  }

  /** The whole program, as it stands in the guide. */
  static void build(Millrace millrace) {
    RowSchema siteKey = millrace.keySchema("sites");
    RowSchema minuteKey = millrace.keySchema("hits_per_minute");
    RowSchema minutes = millrace.schema("hits_per_minute");
    Serde<Row> siteKeys = millrace.keySerde("sites");

    KTable<Row, Row> sites = millrace.table("sites");
    KStream<Row, Row> counts =
        millrace.stream("hits")
            .filter((none, hit) -> !hit.isNull("site"))
            .<Row>selectKey((none, hit) -> Row.of(siteKey, hit.getInt("site")))
            .join(
                sites,
                (hit, site) -> site.getString("country"),
                Joined.with(siteKeys, millrace.valueSerde("hits"), null, "hits-by-site"))
            .groupBy(
                (site, country) -> country,
                Grouped.with("hits-by-country", Serdes.String(), Serdes.String()))
            .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMinutes(1), BACKLOG))
            .count(Materialized.as("hits-per-minute"))
            .toStream()
            .map(
                (window, hits) -> {
                  LocalDateTime minute =
                      LocalDateTime.ofInstant(
                          Instant.ofEpochMilli(window.window().start()), ZoneOffset.UTC);
                  return KeyValue.pair(
                      Row.of(minuteKey, window.key(), minute),
                      Row.of(minutes, window.key(), minute, hits));
                });
    millrace.to("hits_per_minute", counts);
  }
}
