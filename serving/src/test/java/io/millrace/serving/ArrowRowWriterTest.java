package io.millrace.serving;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ArrowRowWriterTest {
  private static final DataType POINT =
      new DataType.Row(
          List.of(
              new Column("x", DataType.INT),
              new Column("tags", new DataType.Array(DataType.STRING, true))),
          true);

  private final Database database =
      Database.open(new ServingSettings(null, 256L << 20, Duration.ofDays(1), 1L << 30));

  @AfterEach
  void close() {
    database.close();
  }

  /** What DuckDB makes of the rows. */
  private List<List<Object>> stored(ArrowRowWriter rows) throws Exception {
    database.write(
        transaction -> {
          transaction.execute("DROP TABLE IF EXISTS public.stored");
          transaction.load(rows, "CREATE TABLE public.stored AS SELECT * FROM " + Database.BATCH);
          return null;
        });
    return answer("SELECT * FROM stored");
  }

  private List<List<Object>> answer(String sql) throws Exception {
    List<List<Object>> all = new ArrayList<>();
    try (PullQuery query =
        new PullQuery(
            database.reader(), database.allocator(), sql, List.of(), () -> List.of("stored"))) {
      while (query.next()) {
        List<Object> row = new ArrayList<>();
        for (int i = 0; i < query.columns().size(); i++) {
          row.add(query.value(i));
        }
        all.add(row);
      }
    }
    return all;
  }

  private static void text(ArrowRowWriter rows, int column, String text) {
    byte[] bytes = ("<" + text).getBytes(UTF_8);
    rows.setUtf8(column, bytes, 1, bytes.length - 1);
  }

  private static ArrowRowWriter writer(DataType... types) {
    List<Column> columns = new ArrayList<>();
    for (DataType type : types) {
      columns.add(new Column("c" + columns.size(), type));
    }
    return new ArrowRowWriter(columns);
  }

  @Test
  void everyTypeArrivesAsWritten() throws Exception {
    ArrowRowWriter rows =
        writer(
            DataType.BOOLEAN,
            DataType.INT,
            DataType.BIGINT,
            DataType.FLOAT,
            DataType.DOUBLE,
            DataType.decimal(9, 2),
            DataType.decimal(38, 10),
            DataType.STRING,
            DataType.BYTES,
            DataType.DATE,
            DataType.time(3),
            DataType.time(6),
            DataType.timestamp(3),
            DataType.timestamp(6),
            DataType.timestampLtz(3),
            DataType.timestampLtz(6));
    Instant instant = Instant.parse("1969-12-31T23:59:59.123456Z");
    long micros = -876_544;
    BigDecimal wide = new BigDecimal("-1234567890123456789012345678.0123456789");
    rows.beginRow();
    rows.setBoolean(0, true);
    rows.setInt(1, Integer.MIN_VALUE);
    rows.setLong(2, Long.MAX_VALUE);
    rows.setFloat(3, -1.5f);
    rows.setDouble(4, Math.PI);
    rows.setDecimal(5, -12_345);
    byte[] unscaled = wide.unscaledValue().toByteArray();
    rows.setDecimal(6, unscaled, 0, unscaled.length);
    text(rows, 7, "grüße");
    rows.setBytes(8, new byte[] {0, -1, 7}, 0, 3);
    rows.setInt(9, -1);
    rows.setLong(10, 3_600_001);
    rows.setLong(11, 3_600_000_001L);
    rows.setLong(12, -877);
    rows.setLong(13, micros);
    rows.setLong(14, -877);
    rows.setLong(15, micros);
    rows.endRow();
    rows.beginRow();
    rows.endRow();

    List<List<Object>> stored = stored(rows);

    assertThat(stored).hasSize(2);
    assertThat(stored.get(0))
        .containsExactly(
            true,
            Integer.MIN_VALUE,
            Long.MAX_VALUE,
            -1.5f,
            Math.PI,
            new BigDecimal("-123.45"),
            wide,
            "grüße",
            new byte[] {0, -1, 7},
            LocalDate.of(1969, 12, 31),
            LocalTime.of(1, 0, 0, 1_000_000),
            LocalTime.of(1, 0, 0, 1_000),
            LocalDateTime.parse("1969-12-31T23:59:59.123"),
            LocalDateTime.parse("1969-12-31T23:59:59.123456"),
            Instant.parse("1969-12-31T23:59:59.123Z"),
            instant);
    assertThat(stored.get(1)).containsOnlyNulls().hasSize(16);
  }

  @Test
  void nestedValuesKeepTheirNullsAndOrder() throws Exception {
    ArrowRowWriter rows =
        writer(
            POINT,
            new DataType.Array(POINT, true),
            new DataType.Map(new DataType.Array(DataType.BIGINT, true), true),
            new DataType.Array(new DataType.Map(DataType.BOOLEAN, true), true));
    rows.beginRow();
    rows.beginStruct(0);
    rows.beginList(1);
    text(rows, 0, "a");
    rows.setNull(0);
    text(rows, 0, "");
    rows.endList();
    rows.endStruct();
    rows.beginMap(2);
    text(rows, 0, "one");
    rows.beginList(1);
    rows.setLong(0, 1);
    rows.endList();
    text(rows, 0, "none");
    rows.setNull(1);
    rows.endMap();
    rows.endRow();
    rows.beginRow();
    rows.beginList(1);
    rows.beginStruct(0);
    rows.setInt(0, 7);
    rows.endStruct();
    rows.setNull(0);
    rows.endList();
    rows.beginMap(2);
    rows.endMap();
    rows.beginList(3);
    rows.beginMap(0);
    text(rows, 0, "k");
    rows.setBoolean(1, false);
    rows.endMap();
    rows.endList();
    rows.endRow();

    Map<String, Object> first = new LinkedHashMap<>();
    first.put("x", null);
    first.put("tags", Arrays.asList("a", null, ""));
    Map<String, Object> lists = new LinkedHashMap<>();
    lists.put("one", List.of(1L));
    lists.put("none", null);
    Map<String, Object> seven = new LinkedHashMap<>();
    seven.put("x", 7);
    seven.put("tags", null);
    assertThat(stored(rows))
        .containsExactly(
            Arrays.asList(first, null, lists, null),
            Arrays.asList(null, Arrays.asList(seven, null), Map.of(), List.of(Map.of("k", false))));
  }

  @Test
  void abandonedRowLeavesNoTraceAtAnyDepth() throws Exception {
    ArrowRowWriter rows =
        writer(
            DataType.STRING,
            new DataType.Array(POINT, true),
            new DataType.Map(DataType.STRING, true));
    for (int i = 0; i < 300; i++) {
      rows.beginRow();
      text(rows, 0, "kept " + i);
      rows.beginList(1);
      rows.beginStruct(0);
      rows.setInt(0, i);
      rows.endStruct();
      rows.endList();
      rows.beginMap(2);
      text(rows, 0, "k");
      text(rows, 1, "v" + i);
      rows.endMap();
      rows.endRow();

      rows.beginRow();
      text(rows, 0, "abandoned");
      rows.beginMap(2);
      text(rows, 0, "lost");
      rows.endMap();
      rows.beginList(1);
      rows.beginStruct(0);
      rows.setInt(0, -1);
      rows.beginList(1);
      text(rows, 0, "lost");
      rows.abandonRow();

      rows.beginRow();
      rows.endRow();
    }

    assertThat(rows.rows()).isEqualTo(600);
    List<List<Object>> stored = stored(rows);
    for (int i = 0; i < 300; i++) {
      Map<String, Object> point = new LinkedHashMap<>();
      point.put("x", i);
      point.put("tags", null);
      assertThat(stored.get(2 * i))
          .containsExactly("kept " + i, List.of(point), Map.of("k", "v" + i));
      assertThat(stored.get(2 * i + 1)).containsExactly(null, null, null);
    }
  }

  @Test
  void writerIsReusedAfterClear() throws Exception {
    ArrowRowWriter rows = writer(DataType.STRING, new DataType.Array(DataType.INT, true));
    for (int round = 0; round < 3; round++) {
      rows.clear();
      for (int i = 0; i < 1000; i++) {
        rows.beginRow();
        if ((i + round) % 2 == 0) {
          text(rows, 0, round + "/" + i);
          rows.beginList(1);
          rows.setInt(0, round);
          rows.endList();
        }
        rows.endRow();
      }
      stored(rows);
      assertThat(
              answer(
                  "SELECT count(*), count(c0), count(DISTINCT c0), min(c1[1]), max(c1[1])"
                      + " FROM stored"))
          .containsExactly(List.of(1000L, 500L, 500L, round, round));
    }
  }

  @Test
  void timeBeyondMicrosecondsIsRefused() {
    ArrowRowWriter rows = writer(DataType.timestamp(3));
    rows.beginRow();

    assertThatThrownBy(() -> rows.setLong(0, Long.MAX_VALUE / 10))
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void decimalOfMoreThan128BitsIsRefused() {
    ArrowRowWriter rows = writer(DataType.decimal(38, 0));
    byte[] tooWide = BigInteger.ONE.shiftLeft(128).toByteArray();
    rows.beginRow();

    assertThatThrownBy(() -> rows.setDecimal(0, tooWide, 0, tooWide.length))
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void typesThatOnlyAnswersHaveComeAsTheNearest() throws Exception {
    assertThat(
            answer(
                "SELECT sum(i), 18446744073709551615::UBIGINT, 1::TINYINT, 200::UTINYINT,"
                    + " 65535::USMALLINT, 4000000000::UINTEGER, [1, 2]::INTEGER[2],"
                    + " 'a'::ENUM('b', 'a'), NULL, MAP {1: 'x'},"
                    + " TIMESTAMP_NS '2020-01-01 00:00:00.000000001',"
                    + " '6f1f5b8a-1c2d-4e3f-8a9b-0c1d2e3f4a5b'::UUID, TIMESTAMP_S '2020-01-01',"
                    + " [TIMESTAMP '2020-03-29 02:30:00']"
                    + " FROM range(3) r(i)"))
        .containsExactly(
            Arrays.asList(
                new BigDecimal(3),
                new BigDecimal("18446744073709551615"),
                1,
                200,
                65535,
                4_000_000_000L,
                List.of(1, 2),
                "a",
                null,
                Map.of("1", "x"),
                LocalDateTime.of(2020, 1, 1, 0, 0, 0, 1),
                "6f1f5b8a-1c2d-4e3f-8a9b-0c1d2e3f4a5b",
                LocalDateTime.of(2020, 1, 1, 0, 0),
                List.of(LocalDateTime.of(2020, 3, 29, 2, 30))));
  }
}
