package io.millrace.interop.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.format.ByteSink;
import io.millrace.format.ObjectRow;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import io.millrace.model.TypeParser;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serde;
import org.junit.jupiter.api.Test;

class RowSerdesTest {
  private static final RowSchema EVERY_TYPE =
      RowSchema.of(
          column("b", "BOOLEAN"),
          column("i", "INT"),
          column("l", "BIGINT NOT NULL"),
          column("f", "FLOAT"),
          column("d", "DOUBLE"),
          column("n", "DECIMAL(20, 2)"),
          column("s", "STRING"),
          column("x", "BYTES"),
          column("day", "DATE"),
          column("t", "TIME(3)"),
          column("ts", "TIMESTAMP(6)"),
          column("ltz", "TIMESTAMP_LTZ(3)"),
          column("list", "ARRAY<STRING>"),
          column("map", "MAP<STRING, INT>"),
          column("place", "ROW<city STRING, zip INT>"));

  private static final Row FULL =
      Row.of(
          EVERY_TYPE,
          true,
          1,
          2L,
          1.5f,
          2.5,
          new BigDecimal("123456789012345678.90"),
          "Jyväskylä",
          new byte[] {0, 1},
          LocalDate.of(2026, 1, 2),
          LocalTime.of(3, 4, 5),
          LocalDateTime.of(2026, 1, 2, 3, 4, 5, 6_000),
          Instant.parse("2026-01-02T03:04:05.006Z"),
          List.of("a", "b"),
          Map.of("one", 1),
          Map.of("city", "Oulu", "zip", 90100));

  private final OfflineWarehouse warehouse = new OfflineWarehouse();

  private static Column column(String name, String type) {
    return new Column(name, TypeParser.parse(type));
  }

  private static Row through(Serde<Row> serde, Row row) {
    return serde.deserializer().deserialize("t", serde.serializer().serialize("t", row));
  }

  @Test
  void aRowOfEveryTypeComesBackAsItWas() {
    TopicRows rows = warehouse.add("every", EVERY_TYPE);
    Serde<Row> serde = RowSerdes.values(rows, warehouse.formats());
    Row empty = Row.of(EVERY_TYPE, new Object[15]).with("l", 7L);
    assertThat(through(serde, FULL)).isEqualTo(FULL);
    assertThat(through(serde, empty)).isEqualTo(empty);
    assertThat(through(RowSerdes.own(EVERY_TYPE), FULL)).isEqualTo(FULL);
    assertThat(through(serde, null)).isNull();
  }

  @Test
  void valuesAreReadByNameAndType() {
    Row row = through(RowSerdes.own(EVERY_TYPE), FULL);
    assertThat(row.getLong("L")).isEqualTo(2);
    assertThat(row.getLong("i")).isEqualTo(1);
    assertThat(row.getString("s")).isEqualTo("Jyväskylä");
    assertThat(row.getInstant("ltz")).isEqualTo("2026-01-02T03:04:05.006Z");
    assertThat(row.getRow("place").getInt("zip")).isEqualTo(90100);
    assertThat(row.with("s", null).getString("s")).isNull();
    assertThat(row.getString("s")).isEqualTo("Jyväskylä");
    assertThatThrownBy(() -> row.getInt("l"))
        .hasMessage("Cannot read column l as Integer: it is of type BIGINT");
    assertThatThrownBy(() -> row.get("city"))
        .isInstanceOf(MillraceException.class)
        .hasMessage("Cannot find column city in a row");
  }

  @Test
  void whatAnOlderOrANewerVersionWroteIsReadByTheContractOfNow() {
    RowSchema old = RowSchema.of(column("id", "INT NOT NULL"), column("gone", "STRING"));
    RowSchema now = RowSchema.of(column("id", "INT NOT NULL"), column("added", "STRING"));
    TopicRows before = warehouse.add("v", old);
    TopicRows after = warehouse.add("v", now);
    byte[] written =
        RowSerdes.values(before, warehouse.formats())
            .serializer()
            .serialize("v", Row.of(old, 7, "x"));
    assertThat(
            RowSerdes.values(after, warehouse.formats()).deserializer().deserialize("v", written))
        .isEqualTo(Row.of(now, 7, null));
  }

  /** Kafka's partitioner sees nothing but the key's bytes. */
  @Test
  void keysHaveTheBytesThatMillracesOwnWritersGiveThem() {
    Column site = column("site", "STRING NOT NULL");
    Column hour = column("hour", "INT NOT NULL");
    Column hits = column("hits", "BIGINT");
    for (List<String> primaryKey : List.of(List.of("site"), List.of("hour", "site"))) {
      RowSchema schema = new RowSchema(List.of(site, hour, hits), primaryKey);
      TopicRows table = warehouse.add("hits" + primaryKey.size(), schema);
      ByteSink sink = new ByteSink();
      warehouse
          .formats()
          .keyEncoder(schema, table.keyContract())
          .encode(new ObjectRow(schema).set("oulu", 7, 1L), sink);
      Row row = Row.of(schema, "oulu", 7, 1L);
      Row key = row.project(primaryKey.toArray(String[]::new));
      Serde<Row> serde = RowSerdes.keys(table, warehouse.formats());
      assertThat(serde.serializer().serialize("t", key)).isEqualTo(sink.toByteArray());
      assertThat(serde.deserializer().deserialize("t", sink.toByteArray())).isEqualTo(key);
    }
  }

  @Test
  void whatCannotBeReadOrWrittenSaysWhichColumnAndWhy() {
    TopicRows rows = warehouse.add("every", EVERY_TYPE);
    Serde<Row> serde = RowSerdes.values(rows, warehouse.formats());
    assertThatThrownBy(() -> serde.deserializer().deserialize("every", new byte[] {1, 2}))
        .isInstanceOf(SerializationException.class)
        .hasMessageStartingWith("Cannot read a record of topic every: Cannot read record: ");
    assertThatThrownBy(() -> serde.serializer().serialize("every", FULL.with("i", "many")))
        .hasMessageContaining("for column i of type INT");
    assertThatThrownBy(() -> serde.serializer().serialize("every", FULL.with("l", null)))
        .hasMessageContaining("NULL in a NOT NULL column");
    RowSchema other = RowSchema.of(column("l", "BIGINT NOT NULL"), column("y", "INT"));
    assertThatThrownBy(() -> serde.serializer().serialize("every", Row.of(other, 1L, 2)))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.ROW_REFUSED))
        .hasMessage("Cannot write column y: unknown");
    assertThatThrownBy(() -> RowSerdes.keys(rows, warehouse.formats()))
        .hasMessage("Cannot make keys of stream every: its rows have none");
  }

  @Test
  void oneSerdeServesManyThreads() {
    RowSchema schema = RowSchema.of(new Column("text", DataType.STRING));
    Serde<Row> serde = RowSerdes.own(schema);
    assertThat(
            IntStream.range(0, 20_000)
                .parallel()
                .filter(
                    i -> {
                      Row row = Row.of(schema, "x".repeat(i % 50) + i);
                      return through(serde, row).equals(row);
                    })
                .count())
        .isEqualTo(20_000);
  }
}
